import { Section, type Contract } from '@freshet/contracts';
import type { Dimension } from '../metric.js';
import { resolveField } from './field-reference.js';
import { readDerivation } from './read-derivation.js';
import type { Lookup } from './read-lookup.js';

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

/** What dimensions may refer to besides their contract. */
export interface DimensionSources {
  /** Contracts of reference topics. */
  readonly contracts: readonly Contract[];
  /** Lookup files by name, e.g. `product-categories.csv`. */
  readonly lookups: ReadonlyMap<string, Lookup>;
}

/** Reads `dimensions`: names of fields, or `{ name, field }` with `bands` or a `mapping`. */
export function readDimensions(section: Section, contract: Contract, sources: DimensionSources): Dimension[] {
  const dimensions: Dimension[] = [];
  const items = section.items('dimensions');
  if (items.length > MAX_DIMENSIONS) {
    section.report('dimensions', `${items.length} dimensions`, `Keep at most ${MAX_DIMENSIONS}.`);
  }
  for (const item of items) {
    // Either the name of a field, or { name, field } where the two differ.
    const keys = ['name', 'field', 'bands', 'labels', 'mapping'];
    const named = item.kind === 'map' ? Section.open(item, keys, section.problems) : undefined;
    const fieldName = named?.text('field') ?? (item.kind === 'scalar' ? item.text : undefined);
    const name =
      named?.name('name', /^[a-z][A-Za-z0-9_]{0,63}$/, 'a name of letters, digits and _') ?? fieldName;
    if (fieldName === undefined || name === undefined) {
      if (item.kind === 'list')
        section.problems.add(item, `${item.path}: expected a field`, 'Write its name.');
      continue;
    }
    const field = resolveField(section, item, item.path, fieldName, contract);
    const isDerived = named !== undefined && (named.has('bands') || named.has('mapping'));
    const by = field && isDerived ? readDerivation(named, field, sources) : undefined;
    if (!isDerived && (field?.type === 'timestamp' || field?.type === 'decimal')) {
      section.problems.add(
        item,
        `${item.path}: a ${field.type} is no dimension`,
        field.type === 'decimal' ? 'Cut it into bands: [10, 100].' : 'Name a text, boolean or integer field.',
      );
    }
    if (VIEW_COLUMNS.includes(name)) {
      section.problems.add(
        item,
        `${item.path}: "${name}" is a column of every metric's view`,
        'Write { name: other, field: … }.',
      );
    }
    const isTwin = (other: Dimension): boolean =>
      other.name === name || (other.field === fieldName && other.by === undefined && !isDerived);
    if (dimensions.some(isTwin)) {
      section.problems.add(item, `${item.path}: "${name}" is listed twice`, 'Remove one.');
    }
    if (field !== undefined) {
      dimensions.push({ name, field: field.name, ...(by === undefined ? {} : { by }) });
    }
  }
  return dimensions;
}
