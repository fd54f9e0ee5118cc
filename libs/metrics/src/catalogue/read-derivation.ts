import type { ContractField, Section } from '@freshet/contracts';
import type { Derivation } from '../metric.js';
import { readField } from './field-reference.js';
import type { DimensionSources } from './read-dimensions.js';

const MAX_BANDS = 50;

/** Reads `bands` (with `labels`) or `mapping` of a dimension. */
export function readDerivation(
  section: Section,
  field: ContractField,
  sources: DimensionSources,
): Derivation | undefined {
  if (section.has('bands') && section.has('mapping')) {
    return section.report('mapping', 'and bands exclude each other', 'Keep one.');
  }
  return section.has('bands') ? readBands(section, field) : readMapping(section, field, sources);
}

function readBands(section: Section, field: ContractField): Derivation | undefined {
  if (field.type !== 'integer' && field.type !== 'decimal') {
    return section.report('bands', `are of numbers; ${field.name} is a ${field.type}`, 'Use a mapping.');
  }
  const places = field.type === 'decimal' ? (field.scale ?? 0) : 0;
  const written: number[] = [];
  for (const item of section.items('bands')) {
    const value = item.kind === 'scalar' ? item.value : undefined;
    if (typeof value !== 'number' || !Number.isSafeInteger(Number(`${value}e${places}`))) {
      section.problems.add(
        item,
        `${item.path}: is no bound`,
        `Write a number with at most ${places} decimals.`,
      );
      return undefined;
    }
    if (written.length > 0 && value <= written.at(-1)!) {
      section.problems.add(
        item,
        `${item.path}: ${value} is not above ${written.at(-1)!}`,
        'Write bounds in ascending order.',
      );
      return undefined;
    }
    written.push(value);
  }
  if (written.length === 0 || written.length > MAX_BANDS) {
    return section.report(
      'bands',
      `${written.length} bounds`,
      `Write 1 to ${MAX_BANDS} bounds, such as [1000, 5000].`,
    );
  }
  const labels = section.has('labels') ? section.texts('labels') : labelsOf(written);
  if (labels.length !== written.length + 1 || new Set(labels).size !== labels.length) {
    const remedy = `Write ${written.length + 1} different labels: below the first bound, between, from the last on.`;
    return section.report('labels', `${labels.length} labels for ${written.length} bounds`, remedy);
  }
  return { kind: 'bands', bounds: written.map((bound) => Number(`${bound}e${places}`)), labels };
}

function labelsOf(bounds: readonly number[]): string[] {
  const between = bounds.slice(1).map((bound, index) => `${bounds[index]!} to below ${bound}`);
  return [`below ${bounds[0]!}`, ...between, `${bounds.at(-1)!} and more`];
}

function readMapping(
  section: Section,
  field: ContractField,
  { contracts, lookups }: DimensionSources,
): Derivation | undefined {
  const mapping = section.section('mapping', ['values', 'file', 'reference', 'key', 'value', 'otherwise']);
  if (mapping === undefined) return undefined;
  if (field.type === 'decimal' || field.type === 'timestamp') {
    return mapping.report(
      'otherwise',
      `${field.name} is a ${field.type}, which is no key`,
      'Map a text or an integer.',
    );
  }
  const forms = ['values', 'file', 'reference'].filter((form) => mapping.has(form));
  if (forms.length !== 1) {
    section.report(
      'mapping',
      `is by one of values, file, reference; found ${forms.join(' and ') || 'none'}`,
      'Write { file: table.csv, otherwise: unknown }.',
    );
    return undefined;
  }
  const otherwise = mapping.optionalText('otherwise') ?? 'unknown';
  if (mapping.has('reference')) return readReference(mapping, otherwise, contracts);
  for (const key of ['key', 'value']) {
    if (mapping.has(key)) mapping.report(key, 'belongs to a reference topic', 'Remove it.');
  }
  if (mapping.has('file')) {
    const file = mapping.text('file');
    if (file === undefined) return undefined;
    const lookup = lookups.get(file);
    if (lookup !== undefined) return { kind: 'values', values: lookup, otherwise };
    return mapping.report(
      'file',
      `there is no lookups/${file}`,
      'Put a CSV with a header, key and value there.',
      {
        found: file,
        candidates: lookups.keys(),
      },
    );
  }
  const inline = mapping.value('values');
  if (inline?.kind !== 'map')
    return mapping.report('values', 'expected keys and values', 'Write { key: value }.');
  const values: Record<string, string> = {};
  for (const [key, { value }] of inline.entries) {
    if (value.kind === 'scalar' && value.value !== null && value.text !== '') values[key] = value.text;
    else section.problems.add(value, `${value.path}: expected text`, 'Write a plain text.');
  }
  return { kind: 'values', values, otherwise };
}

function readReference(
  mapping: Section,
  otherwise: string,
  contracts: DimensionSources['contracts'],
): Derivation | undefined {
  const name = mapping.text('reference');
  const contract = contracts.find((candidate) => candidate.name === name);
  if (name === undefined) return undefined;
  if (contract === undefined) {
    return mapping.report(
      'reference',
      `there is no contract "${name}"`,
      'Name the contract of a reference topic.',
      {
        found: name,
        candidates: contracts.map((candidate) => candidate.name),
      },
    );
  }
  const key = readField(mapping, 'key', contract);
  const value = readField(mapping, 'value', contract);
  if (key === undefined || value === undefined) return undefined;
  const kept = contract.reference?.key ?? key.name;
  if (key.name !== kept)
    return mapping.report(
      'key',
      `"${key.name}" is not the key of ${name}, which is by ${kept}`,
      `Write ${kept}.`,
    );
  if (!key.required) return mapping.report('key', `${key.name} may be absent`, 'Name a required field.');
  return { kind: 'reference', contract: contract.name, key: key.name, value: value.name, otherwise };
}
