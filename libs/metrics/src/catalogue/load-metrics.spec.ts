import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { formatProblem, loadContracts, loadTeams, parseContract } from '@freshet/contracts';
import { describe, expect, it } from 'vitest';
import { loadMetrics } from './load-metrics.js';
import { parseMetric } from './parse-metric.js';
import { parseLookup } from './read-lookup.js';
import { parseRatio, ratioHead } from './parse-ratio.js';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const { contracts } = loadContracts(`${root}catalog/contracts`);
const teams = loadTeams(`${root}catalog/teams.yaml`).value!.map(({ name }) => name);

const GOOD = `apiVersion: freshet/v1
kind: Metric
name: failures
title: Failures
owner: payments-team
source: payments
filter: { field: type, equals: payments.payment_attempted }
measure:
  ratio:
    numerator: { count: {}, where: { field: status, equals: failed } }
    denominator: { count: {} }
dimensions: [provider, region]
window: { hopping: 5m, every: 1m }
lateness: { watermarkDelay: 5s, allowed: 10m }
freshness: { target: 2s, objective: 99.5% }
unit: percent
runbook: docs/runbooks/checkout-failure-rate.md
`;

const products = parseContract(
  `apiVersion: freshet/v1
kind: DataContract
name: products
physicalName: products
version: 1.0.0
businessName: Products
owner: commerce-team
encoding: json
reference: { key: sku }
properties:
  - { name: sku, logicalType: string, required: true }
  - { name: category, logicalType: string, required: true }
`,
  'contracts/products.yaml',
).contract!;

const problemsOf = (text: string): string[] =>
  parseMetric(text, 'metrics/x.yaml', [...contracts, products], { teams }).problems.map(formatProblem);
const changed = (from: string | RegExp, to: string): string => {
  const text = GOOD.replace(from, to);
  expect(text).not.toBe(GOOD);
  return text;
};

describe('the catalogue of this repository', () => {
  const { metrics, problems } = loadMetrics(`${root}catalog/metrics`, contracts, { teams });

  it('loads without a problem, in order of display', () => {
    expect(problems.map(formatProblem)).toEqual([]);
    expect(metrics.map(({ name }) => name)).toEqual([
      'orders',
      'gross_revenue',
      'average_order_value',
      'checkout_failure_rate',
      'payment_latency_p95',
      'risk_exposure',
      'active_users',
      'page_views',
      'promotion_conversion',
      'support_backlog',
      'inventory_level',
    ]);
  });

  it('names a runbook that exists for each metric', () => {
    expect(metrics.filter(({ runbook }) => !existsSync(root + runbook))).toEqual([]);
  });

  it('keeps money apart by currency', () => {
    expect(
      metrics.filter(({ unit }) => unit === 'money').map(({ currencyDimension }) => currencyDimension),
    ).toEqual(['currency', 'currency', 'currency']);
  });
});

describe('a definition', () => {
  it('is read with defaults, meaning and revision', () => {
    const { metric } = parseMetric(GOOD, 'metrics/x.yaml', contracts, { teams });
    expect(metric).toMatchObject({
      maxSeries: 500,
      window: { kind: 'hopping', sizeMs: 300_000, everyMs: 60_000 },
      freshness: { targetMs: 2000, objective: 0.995, overMs: 2_592_000_000, actionWindowMs: 60_000 },
      replay: 'recompute',
      goodDirection: 'none',
      subtitle: 'last 5 minutes',
      meaning:
        'number of events where status is failed ÷ number of events, of payments events where type is payments.payment_attempted',
    });
    expect(metric!.revision).toMatch(/^[0-9a-f]{16}$/);
  });

  it.each([
    [
      'an unknown key',
      changed('owner:', 'onwer:'),
      'metrics/x.yaml:5:1: unknown key "onwer" (nearest: "owner")',
    ],
    ['a missing owner', changed('owner: payments-team\n', ''), 'metrics/x.yaml:1:1: owner: is missing'],
    ['an unknown team', changed('payments-team', 'payment-team'), '(nearest: "payments-team")'],
    ['an unknown contract', changed('source: payments', 'source: payment'), '(nearest: "payments")'],
    [
      'a field that the contract lacks',
      changed('[provider, region]', '[provider, regoin]'),
      'metrics/x.yaml:12:24: dimensions[1]: contract payments has no field "regoin" (nearest: "region")',
    ],
    [
      'a value that the field cannot have',
      changed('equals: failed', 'equals: fialed'),
      'metrics/x.yaml:10:61: measure.ratio.numerator.where.equals: "fialed" is not a value of status (nearest: "failed")',
    ],
    [
      'a sum of text',
      changed(/measure:[^]*?dimensions/, 'measure: { sum: { field: status } }\ndimensions'),
      'sum needs an integer',
    ],
    [
      'money without its currency',
      changed(/measure:[^]*?dimensions/, 'measure: { sum: { field: amountMinor } }\ndimensions'),
      'amountMinor is money in currency, which is not among the dimensions',
    ],
    [
      'a window that its step does not divide',
      changed('every: 1m', 'every: 2m'),
      'window.hopping: is not a multiple of every',
    ],
    [
      'a window of zero',
      changed('hopping: 5m', 'hopping: 0s'),
      'metrics/x.yaml:13:20: window.hopping: is shorter than its step',
    ],
    [
      'a step of zero',
      changed('every: 1m', 'every: 0s'),
      'metrics/x.yaml:13:31: window.every: is shorter than 1s',
    ],
    [
      'a tumbling window of zero',
      changed('{ hopping: 5m, every: 1m }', '{ tumbling: 0s }'),
      'metrics/x.yaml:13:21: window.tumbling: is shorter than 1s',
    ],
    [
      'a calendar without a time zone',
      changed('{ hopping: 5m, every: 1m }', '{ calendar: day }'),
      'metrics/x.yaml:13:21: window.calendar: needs a time zone',
    ],
    [
      'a time zone that is none',
      changed('{ hopping: 5m, every: 1m }', '{ calendar: day, timeZone: Europe/Berlino }'),
      'metrics/x.yaml:13:36: window.timeZone: "Europe/Berlino" is not a time zone (nearest: "Europe/Berlin")',
    ],
    [
      'hours that are not all an hour long',
      changed('{ hopping: 5m, every: 1m }', '{ calendar: hour, timeZone: Australia/Lord_Howe }'),
      'metrics/x.yaml:13:21: window.calendar: hours of Australia/Lord_Howe are not all an hour long',
    ],
    [
      'a calendar that hops',
      changed('hopping: 5m', 'calendar: day, timeZone: Europe/Berlin'),
      'window.every: does not belong to a calendar window',
    ],
    [
      'two kinds of windows',
      changed('every: 1m', 'tumbling: 1m'),
      'metrics/x.yaml:13:9: window: is one of tumbling, hopping, calendar, session; found tumbling and hopping',
    ],
    [
      'a quantile of one',
      changed(
        /measure:[^]*?dimensions/,
        'measure: { quantiles: { field: latencyMs, at: [0.5, 1] } }\ndimensions',
      ),
      'measure.quantiles.at[1]: 1 is not between 0 and 1',
    ],
    [
      'a quantile twice',
      changed(
        /measure:[^]*?dimensions/,
        'measure: { quantiles: { field: latencyMs, at: [0.5, 0.5] } }\ndimensions',
      ),
      'metrics/x.yaml:8:53: measure.quantiles.at[1]: 0.5 is listed twice',
    ],
    [
      'no quantiles',
      changed(/measure:[^]*?dimensions/, 'measure: { quantiles: { field: latencyMs, at: [] } }\ndimensions'),
      'measure.quantiles.at: 0 quantiles',
    ],
    [
      'quantiles of text',
      changed(/measure:[^]*?dimensions/, 'measure: { quantiles: { field: status, at: [0.5] } }\ndimensions'),
      'measure.quantiles.field: quantiles needs an integer or a decimal; status is a string',
    ],
    [
      'a dimension with the name of the quantiles',
      changed(
        /measure:[^]*?dimensions:.*/,
        'measure: { quantiles: { field: latencyMs, at: [0.5] } }\ndimensions: [{ name: quantile, field: region }]',
      ),
      'dimensions: hold "quantile", which tells the quantiles apart',
    ],
    [
      'a ratio of several quantiles',
      changed('denominator: { count: {} }', 'denominator: { quantiles: { field: latencyMs, at: [0.5] } }'),
      'unknown key "quantiles" in measure.ratio.denominator',
    ],
    [
      'quantiles of sessions',
      changed(
        /measure:[^]*?window:.*/,
        'measure: { quantiles: { field: latencyMs, at: [0.5] } }\nwindow: { session: { gap: 30m, by: orderId } }',
      ),
      'measure: quantiles is not told of sessions',
    ],
    [
      'sessions without a gap',
      changed('hopping: 5m', 'session: { by: provider }'),
      'metrics/x.yaml:13:20: window.session.gap: is missing',
    ],
    [
      'a gap of zero',
      changed('hopping: 5m', 'session: { gap: 0s, by: provider }'),
      'metrics/x.yaml:13:27: window.session.gap: is shorter than 1s',
    ],
    [
      'a gap that does not fit into a day',
      changed('hopping: 5m', 'session: { gap: 7m, by: provider }'),
      'window.session.gap: does not fit: 86400000 ms are no multiple of the gap',
    ],
    [
      'sessions longer than a week',
      changed('hopping: 5m', 'session: { gap: 30m, by: provider, longest: 8d }'),
      'window.session.longest: is more than 7d',
    ],
    [
      'sessions by a field that the contract lacks',
      changed('hopping: 5m', 'session: { gap: 30m, by: providr }'),
      'metrics/x.yaml:13:36: window.session.by: contract payments has no field "providr" (nearest: "provider")',
    ],
    [
      'sessions by a field that may be absent',
      changed('hopping: 5m', 'session: { gap: 30m, by: failureReason }'),
      'window.session.by: failureReason may be absent',
    ],
    [
      'the key of the sessions as a dimension',
      changed('hopping: 5m', 'session: { gap: 30m, by: provider }'),
      'dimensions: hold the key of the sessions',
    ],
    [
      'sessions that are folded',
      changed(
        '{ hopping: 5m, every: 1m }',
        '{ session: { gap: 30m, by: orderId } }\nlimits: { maxSeries: 5 }',
      ),
      'limits: do not fold sessions',
    ],
    [
      'sessions of the largest value',
      changed(
        /measure:[^]*?window:.*/,
        'measure: { max: { field: latencyMs } }\nwindow: { session: { gap: 30m, by: orderId } }',
      ),
      'measure: max is not told of sessions',
    ],
    [
      'a number of sessions where there are none',
      changed(/measure:[^]*?dimensions/, 'measure: { sessions: {} }\ndimensions'),
      'measure: sessions is told of sessions, and the window is none',
    ],
    [
      'a running total of averages',
      changed(
        /measure:[^]*?dimensions/,
        'measure: { runningTotal: { plus: { avg: { field: latencyMs } } } }\ndimensions',
      ),
      'metrics/x.yaml:8:36: unknown key "avg" in measure.runningTotal.plus',
    ],
    [
      'a running total that hops',
      changed(/measure:[^]*?dimensions/, 'measure: { runningTotal: { plus: { count: {} } } }\ndimensions'),
      'window: hops, and a running total has no length',
    ],
    [
      'a running total across currencies',
      changed(
        /measure:[^]*?dimensions/,
        'measure: { runningTotal: { plus: { sum: { field: amountMinor } } } }\ndimensions',
      ),
      'amountMinor is money in currency, which is not among the dimensions',
    ],
    [
      'a where beside a rate',
      changed(
        /measure:[^]*?dimensions/,
        'measure: { rate: { count: {} }, where: { field: status, equals: failed } }\ndimensions',
      ),
      'measure.where: does not belong to a rate',
    ],
    ['an objective of 100 %', changed('99.5%', '100%'), 'is not a share'],
    ['two measures at once', changed('measure:\n', 'measure:\n  count: {}\n'), 'a measure is one of'],
    [
      'a filter that asks two things',
      changed('equals: failed', 'equals: failed, prefix: f'),
      'asks one thing',
    ],
    ['a range over text', changed('equals: failed', 'from: 3'), 'has no range'],
    ['a dimension twice', changed('[provider, region]', '[region, region]'), 'listed twice'],
    [
      'bands of text',
      changed('[provider, region]', '[{ name: p, field: provider, bands: [1] }]'),
      'metrics/x.yaml:12:49: dimensions[0].bands: are of numbers; provider is a string',
    ],
    [
      'bands out of order',
      changed('[provider, region]', '[{ name: size, field: amountMinor, bands: [5, 5] }]'),
      'dimensions[0].bands[1]: 5 is not above 5',
    ],
    [
      'too few labels',
      changed('[provider, region]', '[{ name: size, field: amountMinor, bands: [5], labels: [a] }]'),
      '1 labels for 1 bounds',
    ],
    [
      'a lookup file that is not there',
      changed('[provider, region]', '[{ name: p, field: provider, mapping: { file: x.csv } }]'),
      'there is no lookups/x.csv',
    ],
    [
      'a reference topic that is not there',
      changed(
        '[provider, region]',
        '[{ name: p, field: provider, mapping: { reference: order, key: a, value: b } }]',
      ),
      'there is no contract "order" (nearest: "orders")',
    ],
    [
      'a source of which nothing can be counted',
      changed('source: payments', 'source: products'),
      '"products" is reference data',
    ],
    [
      'reference data mapped by another field than its key',
      changed(
        '[provider, region]',
        '[{ name: p, field: provider, mapping: { reference: products, key: category, value: sku } }]',
      ),
      '"category" is not the key of products, which is by sku',
    ],
    ['a runbook elsewhere', changed('docs/runbooks/', 'http://wiki/'), 'runbook'],
  ])('is refused with %s', (_, text, message) => {
    const problems = problemsOf(text);
    expect(problems.join('\n')).toContain(message);
  });

  it('says which of several quantiles is told where they are not told apart', () => {
    const text = changed(
      /measure:[^]*?dimensions/,
      'measure: { quantiles: { field: latencyMs, at: [0.9, 0.5] } }\ndimensions',
    ).replace('percent', 'milliseconds');
    expect(parseMetric(text, 'x', contracts, { teams }).metric).toMatchObject({
      subtitle: 'p90, last 5 minutes',
      dimensions: [{ name: 'provider' }, { name: 'region' }, { name: 'quantile' }],
    });
  });

  it('takes the time zone of the business for a calendar that names none', () => {
    const text = changed('{ hopping: 5m, every: 1m }', '{ calendar: day }');
    const of = (timeZone: string) => parseMetric(text, 'x', contracts, { timeZone }).metric!;
    expect(of('Europe/Berlin').window).toEqual({
      kind: 'calendar',
      sizeMs: 900_000,
      everyMs: 900_000,
      calendar: { unit: 'day', timeZone: 'Europe/Berlin' },
    });
    expect(of('Europe/London').revision).not.toBe(of('Europe/Berlin').revision);
  });

  it('accepts money whose currency is pinned by a filter', () => {
    const text = changed(
      /measure:[^]*?dimensions/,
      'measure: { sum: { field: amountMinor } }\ndimensions',
    ).replace(
      'filter: { field: type, equals: payments.payment_attempted }',
      'filter: { field: currency, equals: EUR }',
    );
    expect(problemsOf(text)).toEqual([]);
  });

  it('has a revision that follows its numbers, not its words', () => {
    const revision = (text: string): string => parseMetric(text, 'x', contracts).metric!.revision;
    const original = revision(GOOD);
    expect(revision(changed('title: Failures', 'title: Other words'))).toBe(original);
    expect(revision(changed('target: 2s', 'target: 5s'))).toBe(original);
    expect(revision(changed('owner: payments-team', 'owner: growth-team'))).toBe(original);
    expect(revision(changed('equals: failed', 'equals: succeeded'))).not.toBe(original);
    expect(revision(changed('allowed: 10m', 'allowed: 11m'))).not.toBe(original);
    expect(revision(changed('[provider, region]', '[provider]'))).not.toBe(original);
    const otherContract = contracts.map((contract) => ({ ...contract, hash: 'f'.repeat(32) }));
    expect(parseMetric(GOOD, 'x', otherContract).metric!.revision).not.toBe(original);
  });
});

const RATIO = `apiVersion: freshet/v1
kind: Metric
name: orders_per_click
title: Orders per click
owner: commerce-team
measure: { ratio: { numerator: { metric: orders }, denominator: { metric: page_views } } }
dimensions: [region]
freshness: { target: 2s, objective: 99.5% }
unit: percent
runbook: docs/runbooks/orders.md
`;

describe('a ratio of two metrics', () => {
  const base = loadMetrics(`${root}catalog/metrics`, contracts, { teams }).metrics.find(
    ({ name }) => name === 'orders',
  )!;
  const other = (name: string, dimensions: readonly string[], more: object = {}): typeof base => ({
    ...base,
    name,
    dimensions: dimensions.map((dimension) => ({ name: dimension, field: dimension })),
    ...more,
  });
  const metrics = [
    other('orders', ['channel', 'region']),
    other('page_views', ['page', 'region'], { lateness: { watermarkDelayMs: 9000, allowedMs: 1 } }),
    other('revenue', ['region', 'currency'], { currencyDimension: 'currency' }),
    other('slow', ['region'], { window: { kind: 'tumbling', sizeMs: 300_000, everyMs: 300_000 } }),
  ];
  const read = (text: string, ...others: (readonly [string, readonly string[]])[]) =>
    parseRatio(text, 'metrics/r.yaml', { metrics, ratios: new Map(others) }, { teams });
  const problems = (text: string, ...others: (readonly [string, readonly string[]])[]): string =>
    read(text, ...others)
      .problems.map(formatProblem)
      .join('\n');

  it('takes window and the longer lateness from its parts', () => {
    const { ratio } = read(RATIO);
    expect(ratio).toMatchObject({ window: metrics[0]!.window, dimensions: [{ name: 'region' }] });
    expect(ratio!.lateness).toEqual({ watermarkDelayMs: 9000, allowedMs: base.lateness.allowedMs });
    expect(ratioHead(RATIO, 'x')).toEqual({ name: 'orders_per_click', parts: ['orders', 'page_views'] });
    expect(ratioHead(GOOD, 'x')).toBeUndefined();
  });

  it.each([
    [
      'other dimensions',
      RATIO.replace('[region]', '[channel]'),
      'metrics/r.yaml:7:14: dimensions[0]: page_views has no dimension "channel"',
    ],
    [
      'a metric that is not there',
      RATIO.replace('metric: page_views', 'metric: page_view'),
      '(nearest: "page_views")',
    ],
    [
      'other windows',
      RATIO.replace('metric: page_views', 'metric: slow'),
      'Divide metrics with the same window',
    ],
    [
      'mixed currencies',
      RATIO.replace('metric: orders', 'metric: revenue'),
      'revenue is money in currency, which is not among the dimensions',
    ],
    ['a filter', `${RATIO}filter: { field: x, equals: 1 }\n`, 'unknown key "filter"'],
  ])('is refused with %s', (_, text, message) => {
    expect(problems(text)).toContain(message);
  });

  it('is refused where it leads back to itself, or to another ratio', () => {
    const text = RATIO.replace('metric: page_views', 'metric: a');
    expect(problems(text, ['a', ['b', 'orders']], ['b', ['orders', 'orders_per_click']])).toContain(
      'orders_per_click → a → b → orders_per_click is a cycle',
    );
    expect(problems(text, ['a', ['orders', 'orders']])).toContain('a is itself a ratio of metrics');
    expect(problems(RATIO.replace('metric: page_views', 'metric: orders_per_click'))).toContain(
      'orders_per_click → orders_per_click is a cycle',
    );
  });
});

describe('a lookup file', () => {
  it('is a CSV of keys and values', () => {
    const text = 'sku,category\nA1,Mugs\n"B,2","The ""best"""\r\n\n';
    expect(parseLookup(text, 'lookups/x.csv')).toEqual({
      lookup: { A1: 'Mugs', 'B,2': 'The "best"' },
      problems: [],
    });
  });

  it('is refused with a line that has no two columns, and with a key that comes twice', () => {
    const { problems } = parseLookup('k,v\na,1\nb\nc,1,2\na,2\n"d,3\n', 'lookups/x.csv');
    expect(problems.map(({ line, message }) => `${line} ${message}`)).toEqual([
      '3 expected a key and a value',
      '4 expected a key and a value',
      '5 the key "a" is there already',
      '6 expected a key and a value',
    ]);
  });
});
