import {
  TextRows,
  parseContract,
  type ColumnData,
  type Contract,
  type ContractField,
  type DecodedBlock,
} from '@freshet/contracts';
import type { Segment } from '../aggregator.js';
import { parseMetric } from '../catalogue/parse-metric.js';
import { ratioOf } from '../metric-ratio.js';
import type { MetricDefinition, MetricRatio, Scalar } from '../metric.js';

/** A contract with a field of every type, required and optional. */
export const SAMPLE_CONTRACT: Contract = parseContract(
  `apiVersion: freshet/v1
kind: DataContract
name: sample
physicalName: sample
version: 1.0.0
businessName: Sample
owner: team
types: [a, b]
properties:
  - { name: shop, logicalType: string, lowCardinality: true, required: true }
  - { name: promo, logicalType: string, lowCardinality: true }
  - { name: user, logicalType: string }
  - { name: level, logicalType: integer }
  - { name: amount, logicalType: integer, required: true, currencyField: currency }
  - { name: currency, logicalType: string, lowCardinality: true, required: true }
  - { name: weight, logicalType: number, scale: 2 }
  - { name: isNew, logicalType: boolean }
  - { name: seenAt, logicalType: timestamp }
`,
  'contracts/sample.yaml',
).contract!;

/** One decoded event: values by field name; absent optional ones are left out. */
export interface SampleEvent {
  readonly offset: number;
  readonly timeMs: number;
  readonly frontierMs: number;
  readonly fields: Readonly<Record<string, Scalar>>;
}

/** A metric over the sample contract; `definition` are the lines that differ from the usual. */
export function sampleMetric(definition: string): MetricDefinition {
  const text = [
    'apiVersion: freshet/v1',
    'kind: Metric',
    'title: Sample',
    'owner: team',
    'source: sample',
    'lateness: { watermarkDelay: 5s, allowed: 2m }',
    'freshness: { target: 2s, objective: 99% }',
    'runbook: docs/runbooks/sample.md',
    definition,
  ].join('\n');
  const lookups = new Map([['levels.csv', { '1': 'odd', '2': 'even', '-1': 'odd' }]]);
  const { metric, problems } = parseMetric(text, 'metrics/sample.yaml', [SAMPLE_CONTRACT], { lookups });
  if (metric === undefined) throw new Error(JSON.stringify(problems, null, 1));
  return metric;
}

/** One metric of every kind of measure, filter and dimension. */
export const SAMPLE_METRICS: readonly MetricDefinition[] = [
  'name: counts\nmeasure: { count: {} }\ndimensions: [shop]\nwindow: { tumbling: 1m }',
  'name: total\nmeasure: { count: {} }\nwindow: { tumbling: 1m }',
  'name: revenue\nfilter: { field: type, equals: a }\nmeasure: { sum: { field: amount } }\ndimensions: [shop, currency]\nlimits: { maxSeries: 3 }\nwindow: { tumbling: 1m }',
  'name: basket\nmeasure: { avg: { field: amount } }\ndimensions: [shop, currency]\nwindow: { hopping: 3m, every: 1m }',
  'name: conversion\nfilter: { field: promo, exists: true }\nmeasure: { ratio: { numerator: { count: {}, where: { field: type, equals: b } }, denominator: { count: {} } } }\ndimensions: [promo, isNew]\nwindow: { hopping: 3m, every: 1m }',
  'name: visitors\nmeasure: { distinct: { field: user } }\ndimensions: [shop]\nlimits: { maxSeries: 2 }\nwindow: { hopping: 3m, every: 1m }',
  'name: promos\nmeasure: { distinct: { field: promo }, where: { field: shop, prefix: s } }\nwindow: { tumbling: 2m }',
  'name: levels\nmeasure: { distinct: { field: level } }\ndimensions: [level]\nwindow: { tumbling: 1m }',
  'name: p90\nmeasure: { quantile: { field: level, q: 0.9 } }\ndimensions: [shop]\nwindow: { tumbling: 2m }',
  'name: level_quantiles\nmeasure: { quantiles: { field: level, at: [0.9, 0.5, 0.999] } }\ndimensions: [shop]\nlimits: { maxSeries: 4 }\nwindow: { hopping: 4m, every: 2m }',
  'name: heaviest\nmeasure: { max: { field: weight } }\ndimensions: [user]\nlimits: { maxSeries: 2 }\nwindow: { tumbling: 1m }',
  'name: lightest\nfilter: { not: { field: weight, from: 1.5, to: 9.25 } }\nmeasure: { min: { field: weight } }\nwindow: { tumbling: 1m }',
  'name: stock\nmeasure: { last: { field: level, }, where: { any: [{ field: level, in: [0, 1, 2] }, { field: isNew, equals: true }] } }\ndimensions: [shop]\nwindow: { tumbling: 2m }',
  'name: weight_share\nmeasure: { ratio: { numerator: { sum: { field: weight } }, denominator: { max: { field: level } } } }\ndimensions: [shop]\nwindow: { hopping: 4m, every: 2m }',
  'name: pace\nmeasure: { rate: { count: {}, where: { field: type, equals: a } } }\ndimensions: [shop]\nwindow: { hopping: 3m, every: 1m }',
  'name: backlog\nmeasure: { runningTotal: { plus: { count: {}, where: { field: type, equals: a } }, minus: { count: {}, where: { field: type, equals: b } } } }\ndimensions: [shop]\nwindow: { tumbling: 1m }',
  'name: balance\nmeasure: { runningTotal: { plus: { sum: { field: amount } } } }\ndimensions: [shop, currency]\nlimits: { maxSeries: 3 }\nwindow: { tumbling: 1m }',
  'name: on_hand\nmeasure: { runningTotal: { plus: { sum: { field: weight } }, opening: { last: { field: weight }, where: { field: isNew, equals: true } } } }\ndimensions: [shop, promo]\nwindow: { tumbling: 1m }',
  'name: by_size\nmeasure: { sum: { field: amount } }\ndimensions: [currency, { name: size, field: amount, bands: [0, 500, 99999999999999] }, { name: weightBand, field: weight, bands: [2.5, 10], labels: [light, middle, heavy] }]\nlimits: { maxSeries: 6 }\nwindow: { tumbling: 1m }',
  'name: by_group\nmeasure: { count: {} }\ndimensions: [{ name: kind, field: shop, mapping: { values: { s1: own, s2: own, x: "o\'k" }, otherwise: partner } }, { name: leap, field: level, mapping: { file: levels.csv } }]\nlimits: { maxSeries: 4 }\nwindow: { tumbling: 2m }',
  'name: by_segment\nmeasure: { distinct: { field: user } }\ndimensions: [{ name: segment, field: shop, mapping: { reference: sample, key: shop, value: promo, otherwise: none } }, type]\nlimits: { maxSeries: 5 }\nwindow: { hopping: 3m, every: 1m }',
  'name: by_day\nmeasure: { avg: { field: level } }\ndimensions: [shop]\nwindow: { calendar: day, timeZone: Pacific/Fiji }',
  'name: level_by_day\nmeasure: { runningTotal: { plus: { sum: { field: amount } } } }\ndimensions: [currency]\nwindow: { calendar: day, timeZone: Pacific/Fiji }',
  'name: visits\nmeasure: { sessions: {}, where: { field: level, exists: true } }\nwindow: { session: { gap: 40s, by: shop, longest: 2m } }',
  'name: visit_length\nmeasure: { ratio: { numerator: { duration: {} }, denominator: { sessions: {} } } }\ndimensions: [type]\nwindow: { session: { gap: 20s, by: shop, longest: 40s }, every: 2m }',
  'name: spent_a_visit\nmeasure: { ratio: { numerator: { sum: { field: amount } }, denominator: { sessions: {} } } }\ndimensions: [currency, promo]\nwindow: { session: { gap: 30s, by: shop } }',
  'name: weight_of_visits\nfilter: { field: type, equals: a }\nmeasure: { avg: { field: weight } }\nwindow: { session: { gap: 1m, by: amount, longest: 10m }, every: 30s }',
  'name: rate_by_hour\nmeasure: { rate: { count: {} } }\nwindow: { calendar: hour, timeZone: Europe/Berlin }',
].map(sampleMetric);

const sampleRatio = (name: string, over: string, dimensions: readonly string[]): MetricRatio => {
  const part = (wanted: string): MetricDefinition => SAMPLE_METRICS.find((each) => each.name === wanted)!;
  const words = { ...part(name), name: `${name}_by_${over}`, display: { order: 1 } };
  return ratioOf({
    ...words,
    dimensions: dimensions.map((each) => ({ name: each })),
    numerator: part(name),
    denominator: part(over),
  });
};

/** Ratios of metrics: of a rate and a set, of money, of a level. */
export const SAMPLE_RATIOS: readonly MetricRatio[] = [
  sampleRatio('pace', 'visitors', ['shop']),
  sampleRatio('revenue', 'balance', ['currency', 'shop']),
  sampleRatio('total', 'backlog', []),
  sampleRatio('total', 'visits', []),
];

/** Turns events into blocks of `sizes` rows each (the last size repeats), with a dictionary a block. */
export function segmentsOf(events: readonly SampleEvent[], sizes: readonly number[]): Segment[] {
  const segments: Segment[] = [];
  for (let from = 0, at = 0; from < events.length; at++) {
    const size = Math.max(1, sizes[Math.min(at, sizes.length - 1)] ?? events.length);
    segments.push(segmentOf(events.slice(from, from + size)));
    from += size;
  }
  return segments;
}

function segmentOf(events: readonly SampleEvent[]): Segment {
  const count = events.length;
  const block: DecodedBlock = {
    count,
    outcomes: new Uint8Array(count),
    reasons: new Uint8Array(count),
    details: new Map(),
    idHash: new Uint32Array(count * 4),
    eventTimesMs: Float64Array.from(events, ({ timeMs }) => timeMs),
    columns: SAMPLE_CONTRACT.fields.map((field) => ({
      name: field.name,
      absent: field.required
        ? undefined
        : Uint8Array.from(events, ({ fields }) => (fields[field.name] === undefined ? 1 : 0)),
      data: columnOf(field, events),
    })),
  };
  return {
    block,
    rows: Int32Array.from({ length: count }, (_, row) => row),
    count,
    frontiersMs: Float64Array.from(events, ({ frontierMs }) => frontierMs),
    offsets: Float64Array.from(events, ({ offset }) => offset),
  };
}

function columnOf(field: ContractField, events: readonly SampleEvent[]): ColumnData {
  const values = events.map(({ fields }) => fields[field.name]);
  if (field.type === 'string' && field.lowCardinality) {
    const dictionary = ['', ...new Set(values.filter((value) => value !== undefined && value !== ''))];
    return {
      kind: 'dictionary',
      ids: Int32Array.from(values, (value) => Math.max(0, dictionary.indexOf(value ?? ''))),
      dictionary: { values: dictionary as string[] },
    };
  }
  if (field.type === 'string')
    return { kind: 'text', values: TextRows.of(values.map((value) => String(value ?? ''))) };
  if (field.type === 'boolean')
    return { kind: 'boolean', values: Uint8Array.from(values, (value) => (value ? 1 : 0)) };
  return { kind: 'number', values: Float64Array.from(values, (value) => Number(value ?? 0)) };
}
