import {
  parseDurationMs,
  Section,
  type Contract,
  type ContractField,
  type YamlValue,
} from '@freshet/contracts';
import type { Filter, Scalar } from '../metric.js';
import { readField } from './field-reference.js';

const LEAF_KEYS = ['equals', 'in', 'from', 'to', 'exists', 'prefix'] as const;
const KEYS = ['field', ...LEAF_KEYS, 'not', 'all', 'any'] as const;
const MAX_DEPTH = 8;

/**
 * Reads a filter: `{ field, equals | in | from/to | exists | prefix }`, `{ not }`, `{ all }`, `{ any }`. Values
 * are checked against the field's type and, where the contract lists them, its allowed values.
 */
export function readFilter(section: Section, key: string, contract: Contract): Filter | undefined {
  const value = section.required(key);
  return value && filterOf(value, section, contract, 0);
}

function filterOf(value: YamlValue, parent: Section, contract: Contract, depth: number): Filter | undefined {
  const section = Section.open(value, KEYS, parent.problems);
  if (section === undefined) return undefined;
  if (depth > MAX_DEPTH) {
    parent.problems.add(
      value,
      `${value.path}: filters are nested too deep`,
      `Nest at most ${MAX_DEPTH} deep.`,
    );
    return undefined;
  }
  const forms = ['not', 'all', 'any', 'field'].filter((form) => section.has(form));
  if (forms.length !== 1) {
    parent.problems.add(
      value,
      `${value.path}: a filter is one of field, not, all, any; found ${forms.join(' and ') || 'none'}`,
      'Write { field: …, equals: … }, or combine filters with not, all or any.',
    );
    return undefined;
  }
  if (section.has('field')) return leafOf(section, contract);
  if (section.has('not')) {
    const inner = filterOf(section.value('not')!, section, contract, depth + 1);
    return inner && { kind: 'not', filter: inner };
  }
  const kind = section.has('all') ? 'all' : 'any';
  const items = section.items(kind);
  if (items.length === 0) return section.report(kind, 'is empty', 'List at least one filter.');
  const filters = items.map((item) => filterOf(item, section, contract, depth + 1));
  return { kind, filters: filters.filter((filter) => filter !== undefined) };
}

function leafOf(section: Section, contract: Contract): Filter | undefined {
  const field = readField(section, 'field', contract);
  const tests = LEAF_KEYS.filter((key) => section.has(key));
  const isRange = tests.length > 0 && tests.every((key) => key === 'from' || key === 'to');
  if (tests.length !== 1 && !isRange) {
    return section.report(
      'field',
      `a filter asks one thing of its field; found ${tests.join(' and ') || 'nothing'}`,
      'Use one of equals, in, exists, prefix, or from and to.',
    );
  }
  if (field === undefined) return undefined;
  const name = field.name;
  if (isRange) return rangeOf(section, field);
  switch (tests[0]) {
    case 'exists':
      if (!section.flag('exists', true)) {
        return { kind: 'not', filter: { kind: 'exists', field: name } };
      }
      return { kind: 'exists', field: name };
    case 'prefix': {
      const prefix = section.text('prefix');
      if (field.type !== 'string')
        return section.report('prefix', `${name} is not text`, 'Use equals, in or from/to.');
      return prefix === undefined ? undefined : { kind: 'prefix', field: name, prefix };
    }
    case 'in': {
      const values = section.items('in').map((item) => scalarOf(item, field, section));
      if (values.length === 0) return section.report('in', 'is empty', 'List at least one value.');
      return { kind: 'in', field: name, values: values.filter((value) => value !== undefined) };
    }
    default: {
      const written = section.required('equals');
      const value = written && scalarOf(written, field, section);
      return value === undefined ? undefined : { kind: 'equals', field: name, value };
    }
  }
}

function rangeOf(section: Section, field: ContractField): Filter | undefined {
  const bound = (key: 'from' | 'to'): number | undefined => {
    if (!section.has(key)) return undefined;
    if (field.type === 'timestamp') {
      const timeMs = Date.parse(section.text(key) ?? '');
      if (Number.isFinite(timeMs)) return timeMs;
      return section.report(key, 'is not a time', 'Write a time such as 2025-01-31T00:00:00Z.');
    }
    return section.optionalNumber(key);
  };
  if (field.type !== 'integer' && field.type !== 'decimal' && field.type !== 'timestamp') {
    return section.report(
      'field',
      `${field.name} is ${article(field.type)}, which has no range`,
      'Use equals or in.',
    );
  }
  const [from, to] = [bound('from'), bound('to')];
  return {
    kind: 'range',
    field: field.name,
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
  };
}

function scalarOf(item: YamlValue, field: ContractField, section: Section): Scalar | undefined {
  const wrong = (what: string, remedy: string): undefined => {
    const found = item.kind === 'scalar' ? item.text : '';
    section.problems.add(item, `${item.path}: ${what}`, remedy, { found, candidates: field.values });
    return undefined;
  };
  if (item.kind !== 'scalar' || item.value === null) {
    return wrong('expected one value', 'To test for absence write exists: false.');
  }
  const { value, text } = item;
  switch (field.type) {
    case 'string':
      if (field.values.length > 0 && !field.values.includes(text)) {
        return wrong(
          `"${text}" is not a value of ${field.name}`,
          `The contract allows: ${field.values.join(', ')}.`,
        );
      }
      return text;
    case 'boolean':
      return typeof value === 'boolean'
        ? value
        : wrong(`${field.name} is true or false`, 'Write true or false.');
    case 'timestamp':
      return wrong(`${field.name} is a time`, 'Use from and to.');
    case 'integer':
    case 'decimal': {
      const places = field.type === 'decimal' ? (field.scale ?? 0) : 0;
      if (typeof value === 'number' && Number.isSafeInteger(Number(`${value}e${places}`))) return value;
      if (parseDurationMs(text) !== undefined)
        return wrong('durations are not read here', 'Write a plain number.');
      return wrong(
        `${field.name} is ${article(field.type)}`,
        `Write a number with at most ${places} decimals.`,
      );
    }
  }
}

function article(type: string): string {
  return /^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`;
}
