import { Section, type Contract } from '@freshet/contracts';
import type { Dimension } from '../metric.js';
import { resolveField } from './field-reference.js';

/** Columns of every metric's view. */
const VIEW_COLUMNS = [
  'window_start',
  'window_end',
  'window',
  'value',
  'numerator',
  'denominator',
  'state',
  'partial',
  'incomplete',
  'late_events',
  'as_of',
];
const MAX_DIMENSIONS = 8;

/** Reads `dimensions`: names of fields, or `{ name, field }`. */
export function readDimensions(section: Section, contract: Contract): Dimension[] {
  const dimensions: Dimension[] = [];
  const items = section.items('dimensions');
  if (items.length > MAX_DIMENSIONS) {
    section.report('dimensions', `${items.length} dimensions`, `Keep at most ${MAX_DIMENSIONS}.`);
  }
  for (const item of items) {
    // Either the name of a field, or { name, field } where the two differ.
    const named = item.kind === 'map' ? Section.open(item, ['name', 'field'], section.problems) : undefined;
    const fieldName = named?.text('field') ?? (item.kind === 'scalar' ? item.text : undefined);
    const name =
      named?.name('name', /^[a-z][A-Za-z0-9_]{0,63}$/, 'a name of letters, digits and _') ?? fieldName;
    if (fieldName === undefined || name === undefined) {
      if (item.kind === 'list')
        section.problems.add(item, `${item.path}: expected a field`, 'Write its name.');
      continue;
    }
    const field = resolveField(section, item, item.path, fieldName, contract);
    if (field?.type === 'timestamp' || field?.type === 'decimal') {
      section.problems.add(
        item,
        `${item.path}: a ${field.type} is no dimension`,
        'Name a text, boolean or integer field.',
      );
    }
    if (VIEW_COLUMNS.includes(name)) {
      section.problems.add(
        item,
        `${item.path}: "${name}" is a column of every metric's view`,
        'Write { name: other, field: … }.',
      );
    }
    if (dimensions.some((other) => other.name === name || other.field === fieldName)) {
      section.problems.add(item, `${item.path}: "${name}" is listed twice`, 'Remove one.');
    }
    if (field !== undefined) dimensions.push({ name, field: field.name });
  }
  return dimensions;
}
