import { type Contract, type ContractField, type FieldType } from '../contract.js';
import { factColumnName, RESERVED_COLUMNS } from '../fact-columns.js';
import {
  CLASSIFICATIONS,
  LOGICAL_TYPES,
  MOST_DECIMALS,
  MOST_PROPERTIES,
  PROPERTY_NAME,
  propertyForm,
  TIME_FORMATS,
  typeOptionsForm,
} from '../form/contract-form.js';
import { formatFieldPath, parseFieldPath, PATH_FORMAT, type FieldPath } from './field-path.js';
import { type Position, type ProblemList } from './problem.js';
import { Section } from './section.js';

type LogicalType = (typeof LOGICAL_TYPES)[number];

/** A field and where its pieces stand in the file. */
export interface ReadField {
  readonly field: ContractField;
  readonly at: Position;
  readonly currencyAt: Position;
}

/** CloudEvents attributes that every such contract has without naming them; a contract may redefine them. */
export function cloudEventsFields(types: readonly string[]): ContractField[] {
  const attribute = (name: string, type: FieldType, lowCardinality: boolean, description: string) => ({
    name,
    path: [name],
    type,
    required: true,
    lowCardinality,
    values: name === 'type' ? types : [],
    ...(type === 'timestamp' ? { timeFormat: 'iso' as const } : {}),
    classification: 'internal' as const,
    description,
  });
  return [
    attribute('id', 'string', false, 'Identifies the event, as given by its producer.'),
    attribute('source', 'string', true, 'Where the event was produced.'),
    attribute('type', 'string', true, 'Kind of event.'),
    attribute('time', 'timestamp', false, 'When it happened, UTC.'),
  ];
}

/** Reads the items of `properties`; what is wrong goes to the section's problem list. */
export function readFields(section: Section, encoding: Contract['encoding']): ReadField[] {
  const items = section.items('properties');
  if (items.length > MOST_PROPERTIES) {
    section.report('properties', `${items.length} properties`, `Keep at most ${MOST_PROPERTIES} a contract.`);
    return [];
  }
  const read: ReadField[] = [];
  for (const item of items) {
    const field = Section.open(item, Object.keys(propertyForm.shape), section.problems);
    const found = field && readField(field, encoding);
    if (found !== undefined) read.push(found);
  }
  return read;
}

function readField(section: Section, encoding: Contract['encoding']): ReadField | undefined {
  const name = section.name('name', PROPERTY_NAME, 'a lowerCamelCase name');
  const logicalType = section.oneOf('logicalType', LOGICAL_TYPES);
  const options = section.optionalSection('logicalTypeOptions', Object.keys(typeOptionsForm.shape));
  const path = readPath(section, name ?? '', encoding);
  const values = section.texts('enum');
  const lowCardinality = section.flag('lowCardinality', values.length > 0);
  const minimum = options?.optionalNumber('minimum');
  const maximum = options?.optionalNumber('maximum');
  const scale = section.optionalInteger('scale', 0, MOST_DECIMALS);
  const timeFormat = section.has('timeFormat') ? section.oneOf('timeFormat', TIME_FORMATS) : undefined;
  const timeZone = options?.optionalText('defaultTimezone');
  const currencyField = section.optionalText('currencyField');
  const classification = section.oneOf('classification', CLASSIFICATIONS, 'internal');
  const description = section.optionalText('description') ?? '';
  const required = section.flag('required', false);
  if (name === undefined || logicalType === undefined || path === undefined || classification === undefined) {
    return undefined;
  }
  const type: FieldType = logicalType === 'number' ? 'decimal' : logicalType;
  checkKeysOfType(section, options, logicalType);
  if (values.length > 0 && !lowCardinality) {
    section.report('lowCardinality', 'a field with "enum" is interned', 'Remove lowCardinality: false.');
  }
  if (minimum !== undefined && maximum !== undefined && minimum > maximum) {
    options?.report('minimum', `${minimum} is above the maximum ${maximum}`, 'Exchange the two.');
  }
  if (RESERVED_COLUMNS.includes(factColumnName(name))) {
    section.report(
      'name',
      `"${name}" would be the column ${factColumnName(name)}, which every fact table has already`,
      'Give the field another name and say its place with "path".',
    );
  }
  return {
    at: section.at('name'),
    currencyAt: section.at('currencyField'),
    field: {
      name,
      ...path,
      type,
      required,
      lowCardinality: type === 'string' && lowCardinality,
      values,
      ...(minimum === undefined ? {} : { minimum }),
      ...(maximum === undefined ? {} : { maximum }),
      ...(type === 'decimal' ? { scale: scale ?? 2 } : {}),
      ...(type === 'timestamp' ? { timeFormat: timeFormat ?? 'iso' } : {}),
      ...(timeZone === undefined ? {} : { timeZone }),
      ...(currencyField === undefined ? {} : { currencyField }),
      classification,
      description,
    },
  };
}

function readPath(section: Section, name: string, encoding: Contract['encoding']): FieldPath | undefined {
  const written = section.optionalText('path');
  if (written === undefined) {
    return section.has('path') ? undefined : { path: encoding === 'cloudevents' ? ['data', name] : [name] };
  }
  const path = parseFieldPath(written);
  return path ?? section.report('path', `"${written}" is not a path`, `Write ${PATH_FORMAT}.`);
}

/** Keys that only some types have. */
function checkKeysOfType(section: Section, options: Section | undefined, type: LogicalType): void {
  const onlyFor: readonly (readonly [string, readonly LogicalType[]])[] = [
    ['enum', ['string']],
    ['lowCardinality', ['string']],
    ['minimum', ['integer', 'number']],
    ['maximum', ['integer', 'number']],
    ['currencyField', ['integer', 'number']],
    ['scale', ['number']],
    ['timeFormat', ['timestamp']],
    ['defaultTimezone', ['timestamp']],
  ];
  for (const [key, types] of onlyFor) {
    const holder = options?.has(key) ? options : section;
    if (!holder.has(key) || types.includes(type)) continue;
    holder.report(key, `a ${type} has no "${key}"`, `Remove it, or make the field a ${types.join(' or ')}.`);
  }
  if (type !== 'timestamp') return;
  const timeZone = options?.optionalText('defaultTimezone');
  const isLocal = section.optionalText('timeFormat') === 'local';
  if (isLocal && timeZone === undefined) {
    section.report(
      'timeFormat',
      'local times need a time zone',
      'Add logicalTypeOptions: { defaultTimezone: Europe/London }.',
    );
  }
  if (!isLocal && timeZone !== undefined) {
    options?.report(
      'defaultTimezone',
      'only local times have a time zone',
      'Remove it, or set timeFormat: local.',
    );
  }
  if (timeZone !== undefined && !isTimeZone(timeZone)) {
    options?.report('defaultTimezone', `"${timeZone}" is not a time zone`, 'Use an IANA name.', {
      found: timeZone,
      candidates: Intl.supportedValuesOf('timeZone'),
    });
  }
}

export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/**
 * Adds the fields that the encoding implies in front of those of the file, and checks the fields against
 * each other: names, columns and places in the message are unique, and no place lies inside another one.
 */
export function combineFields(
  implied: readonly ContractField[],
  read: readonly ReadField[],
  problems: ProblemList,
): ContractField[] {
  const redefined = new Set(read.map(({ field }) => field.name));
  const fields = implied.filter((field) => !redefined.has(field.name));
  for (const { field, at } of read) {
    for (const other of fields) {
      const clash = clashOf(field, other);
      if (clash === undefined) continue;
      problems.add(at, `field "${field.name}": ${clash}`, 'Give every field its own name and place.');
      break;
    }
    fields.push(field);
  }
  for (const { field, currencyAt } of read) {
    if (field.currencyField === undefined) continue;
    const currency = fields.find((candidate) => candidate.name === field.currencyField);
    if (currency?.type === 'string' && currency.each === undefined) continue;
    problems.add(
      currencyAt,
      `currencyField "${field.currencyField}" is not a text field of this contract`,
      'Name the field that holds the ISO 4217 code.',
      {
        found: field.currencyField,
        candidates: fields.filter((candidate) => candidate.type === 'string').map(({ name }) => name),
      },
    );
  }
  return fields;
}

function clashOf(a: ContractField, b: ContractField): string | undefined {
  if (a.name === b.name) return 'the name is used twice';
  if (factColumnName(a.name) === factColumnName(b.name)) {
    return `its column ${factColumnName(a.name)} is also that of "${b.name}"`;
  }
  const [pathA, pathB] = [steps(a), steps(b)];
  const shorter = Math.min(pathA.length, pathB.length);
  for (let index = 0; index < shorter; index++) {
    const [stepA, stepB] = [pathA[index] ?? '', pathB[index] ?? ''];
    if (stepA === stepB) continue;
    if (stepA.replace(/\[\]$/, '') !== stepB.replace(/\[\]$/, '')) return undefined;
    return `${formatFieldPath(a)} and ${formatFieldPath(b)} disagree on what is an array`;
  }
  if (pathA.length === pathB.length) return `"${b.name}" already reads ${formatFieldPath(b)}`;
  return `${formatFieldPath(a)} and ${formatFieldPath(b)}: one lies inside the other`;
}

function steps(field: ContractField): string[] {
  return formatFieldPath(field).split('.');
}
