import { Section, type Contract, type YamlValue } from '@freshet/contracts';
import type { Measure, SimpleMeasure } from '../metric.js';
import { readField } from './field-reference.js';
import { readFilter } from './read-filter.js';

const SIMPLE = ['count', 'sum', 'avg', 'min', 'max', 'last', 'distinct', 'quantile'] as const;
const KINDS = [...SIMPLE, 'ratio'] as const;
type SimpleKind = (typeof SIMPLE)[number];

/**
 * Reads a measure: `{ count: {} }`, `{ sum: { field } }` and the like, each with an optional `where` beside it,
 * or `{ ratio: { numerator, denominator } }`. Arithmetic needs whole numbers: integers or decimals.
 */
export function readMeasure(section: Section, key: string, contract: Contract): Measure | undefined {
  const value = section.required(key);
  const measure = value && Section.open(value, [...KINDS, 'where'], section.problems);
  if (measure === undefined) return undefined;
  if (!measure.has('ratio')) return simple(measure, contract);
  if (SIMPLE.some((kind) => measure.has(kind))) return severalKinds(measure);
  if (measure.has('where')) {
    return measure.report('where', 'does not belong to a ratio', 'Put it into numerator or denominator.');
  }
  const ratio = measure.section('ratio', ['numerator', 'denominator']);
  const numerator = ratio && part(ratio, 'numerator', contract);
  const denominator = ratio && part(ratio, 'denominator', contract);
  if (ratio === undefined || numerator === undefined || denominator === undefined) return undefined;
  for (const single of ['distinct', 'quantile'] as const) {
    if (numerator.kind === single && denominator.kind === single) {
      return ratio.report('denominator', `a second ${single}`, `Use at most one ${single} a metric.`);
    }
  }
  return { kind: 'ratio', numerator, denominator };
}

function part(ratio: Section, key: string, contract: Contract): SimpleMeasure | undefined {
  const value: YamlValue | undefined = ratio.required(key);
  const section = value && Section.open(value, [...SIMPLE, 'where'], ratio.problems);
  return section && simple(section, contract);
}

function severalKinds(section: Section): undefined {
  const found = KINDS.filter((kind) => section.has(kind)).join(' and ') || 'none';
  section.problems.add(
    section.map,
    `${section.map.path}: a measure is one of ${KINDS.join(', ')}; found ${found}`,
    'Keep one: two numbers are two metrics.',
  );
  return undefined;
}

function simple(section: Section, contract: Contract): SimpleMeasure | undefined {
  const kinds = SIMPLE.filter((kind) => section.has(kind));
  const kind = kinds[0];
  if (kinds.length !== 1 || kind === undefined) return severalKinds(section);
  const where = section.has('where') ? readFilter(section, 'where', contract) : undefined;
  const rest = where === undefined ? {} : { where };
  const inner = section.section(kind, keysOf(kind));
  if (inner === undefined) return undefined;
  if (kind === 'count') return { kind, ...rest };
  const field = readField(inner, 'field', contract);
  if (field === undefined) return undefined;
  if (kind === 'distinct') {
    if (field.type === 'string' || field.type === 'integer') return { kind, field: field.name, ...rest };
    return inner.report(
      'field',
      `distinct counts texts or integers; ${field.name} is a ${field.type}`,
      'Name such a field.',
    );
  }
  if (field.type !== 'integer' && field.type !== 'decimal') {
    const numeric = contract.fields.filter(
      ({ type, each }) => (type === 'integer' || type === 'decimal') && !each,
    );
    return inner.report(
      'field',
      `${kind} needs an integer or a decimal; ${field.name} is a ${field.type}`,
      `Numbers of ${contract.name}: ${numeric.map(({ name }) => name).join(', ') || 'none'}.`,
      { found: field.name, candidates: numeric.map(({ name }) => name) },
    );
  }
  const scale = field.type === 'decimal' ? { scale: field.scale ?? 0 } : {};
  if (kind !== 'quantile') return { kind, field: field.name, ...scale, ...rest };
  const q = inner.required('q') && inner.optionalNumber('q');
  if (q === undefined) return undefined;
  if (!(q > 0 && q < 1)) return inner.report('q', `${q} is not between 0 and 1`, 'Write 0.95 for p95.');
  return { kind, field: field.name, q, ...scale, ...rest };
}

function keysOf(kind: SimpleKind): readonly string[] {
  if (kind === 'count') return [];
  return kind === 'quantile' ? ['field', 'q'] : ['field'];
}
