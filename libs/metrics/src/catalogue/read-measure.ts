import { Section, type Contract, type ContractField, type YamlValue } from '@freshet/contracts';
import type { AdditiveMeasure, FieldMeasure, Measure, SimpleMeasure } from '../metric.js';
import { readField } from './field-reference.js';
import { readFilter } from './read-filter.js';

const SIMPLE = [
  'count',
  'sum',
  'avg',
  'min',
  'max',
  'last',
  'distinct',
  'quantile',
  'sessions',
  'duration',
] as const;
const ADDITIVE = ['count', 'sum'] as const;
const COMPOSED = ['ratio', 'runningTotal', 'rate'] as const;
const KINDS = [...SIMPLE, 'quantiles', ...COMPOSED] as const;
const MAX_QUANTILES = 10;
type SimpleKind = (typeof SIMPLE)[number];

/**
 * Reads a measure: `{ count: {} }`, `{ sum: { field } }` and the like, each with an optional `where` beside it, or
 * one made of them: `{ ratio: { numerator, denominator } }`, `{ runningTotal: { plus, minus, opening } }`,
 * `{ rate: { count: {} } }`. Arithmetic needs whole numbers: integers or decimals.
 */
export function readMeasure(section: Section, key: string, contract: Contract): Measure | undefined {
  const value = section.required(key);
  const measure = value && Section.open(value, [...KINDS, 'where'], section.problems);
  if (measure === undefined) return undefined;
  if (measure.has('quantiles')) {
    return KINDS.some((kind) => kind !== 'quantiles' && measure.has(kind))
      ? severalKinds(measure)
      : quantilesOf(measure, contract);
  }
  const composed = COMPOSED.find((kind) => measure.has(kind));
  if (composed === undefined) return simple(measure, contract);
  if (KINDS.some((kind) => kind !== composed && measure.has(kind))) return severalKinds(measure);
  if (measure.has('where')) {
    const remedy = 'Put it beside the count or sum that it is about.';
    return measure.report('where', `does not belong to a ${composed}`, remedy);
  }
  switch (composed) {
    case 'ratio':
      return ratioOf(measure, contract);
    case 'runningTotal':
      return runningTotalOf(measure, contract);
    case 'rate': {
      const of = part(measure, 'rate', contract, ADDITIVE) as AdditiveMeasure | undefined;
      return of && { kind: 'rate', of };
    }
  }
}

function quantilesOf(measure: Section, contract: Contract): Measure | undefined {
  const where = measure.has('where') ? readFilter(measure, 'where', contract) : undefined;
  const inner = measure.section('quantiles', ['field', 'at']);
  const field = inner && readField(inner, 'field', contract);
  if (inner === undefined || field === undefined) return undefined;
  if (field.type !== 'integer' && field.type !== 'decimal')
    return noNumber(inner, 'quantiles', field, contract);
  const at: number[] = [];
  for (const leaf of inner.leaves('at')) {
    const q = typeof leaf.value === 'number' ? leaf.value : NaN;
    if (!(q > 0 && q < 1)) {
      inner.problems.add(leaf, `${leaf.path}: ${leaf.text} is not between 0 and 1`, 'Write 0.95 for p95.');
    } else if (at.includes(q)) {
      inner.problems.add(leaf, `${leaf.path}: ${q} is listed twice`, 'Remove one.');
    } else at.push(q);
  }
  if (!inner.problems.isEmpty) return undefined;
  if (at.length === 0 || at.length > MAX_QUANTILES) {
    const remedy = `Write 1 to ${MAX_QUANTILES}, such as [0.5, 0.95, 0.99]; the first is told where none is chosen.`;
    return inner.report('at', `${at.length} quantiles`, remedy);
  }
  const scale = field.type === 'decimal' ? { scale: field.scale ?? 0 } : {};
  return { kind: 'quantiles', field: field.name, at, ...scale, ...(where === undefined ? {} : { where }) };
}

function ratioOf(measure: Section, contract: Contract): Measure | undefined {
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

function runningTotalOf(measure: Section, contract: Contract): Measure | undefined {
  const total = measure.section('runningTotal', ['plus', 'minus', 'opening']);
  if (total === undefined) return undefined;
  const plus = part(total, 'plus', contract, ADDITIVE) as AdditiveMeasure | undefined;
  const minus = total.has('minus') ? part(total, 'minus', contract, ADDITIVE) : undefined;
  const opening = total.has('opening') ? part(total, 'opening', contract, ['last']) : undefined;
  if (plus === undefined) return undefined;
  for (const [key, other] of Object.entries({ minus, opening })) {
    if (other === undefined || scaleOf(other) === scaleOf(plus)) continue;
    const remedy = 'Add and subtract fields of the same unit.';
    total.report(key, `has ${scaleOf(other)} decimals and plus has ${scaleOf(plus)}`, remedy);
  }
  return {
    kind: 'runningTotal',
    plus,
    ...(minus === undefined ? {} : { minus: minus as AdditiveMeasure }),
    ...(opening === undefined ? {} : { opening: opening as FieldMeasure<'last'> }),
  };
}

function scaleOf(measure: SimpleMeasure): number {
  return 'scale' in measure ? (measure.scale ?? 0) : 0;
}

function part(
  section: Section,
  key: string,
  contract: Contract,
  kinds: readonly SimpleKind[] = SIMPLE,
): SimpleMeasure | undefined {
  const value: YamlValue | undefined = section.required(key);
  const inner = value && Section.open(value, [...kinds, 'where'], section.problems);
  return inner && simple(inner, contract);
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
  if (kind === 'count' || kind === 'sessions') return { kind, ...rest };
  if (kind === 'duration') {
    if (where === undefined) return { kind };
    return section.report('where', 'does not belong to a duration', 'Remove it, or filter the metric.');
  }
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
    return noNumber(inner, kind, field, contract);
  }
  const scale = field.type === 'decimal' ? { scale: field.scale ?? 0 } : {};
  if (kind !== 'quantile') return { kind, field: field.name, ...scale, ...rest };
  const q = inner.required('q') && inner.optionalNumber('q');
  if (q === undefined) return undefined;
  if (!(q > 0 && q < 1)) return inner.report('q', `${q} is not between 0 and 1`, 'Write 0.95 for p95.');
  return { kind, field: field.name, q, ...scale, ...rest };
}

function keysOf(kind: SimpleKind): readonly string[] {
  if (kind === 'count' || kind === 'sessions' || kind === 'duration') return [];
  return kind === 'quantile' ? ['field', 'q'] : ['field'];
}

function noNumber(inner: Section, kind: string, field: ContractField, contract: Contract): undefined {
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
