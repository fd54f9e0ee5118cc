/** Files that between them have every key, to ask the reader which keys it knows at each place. */

const outline = {
  apiVersion: 'freshet/v1',
  kind: 'Metric',
  name: 'sample',
  title: 'Sample',
  owner: 'payments-team',
  freshness: { target: '2s', objective: '99.5%', over: '30d', actionWindow: '60s' },
  unit: 'count',
  goodDirection: 'none',
  runbook: 'docs/runbooks/orders.md',
  alerts: [{ name: 'high', title: 'High', above: 3, for: '1m', severity: 'page' }],
  display: { team: 'payments-team', order: 1 },
};
const unlimited = {
  ...outline,
  source: 'payments',
  window: { hopping: '5m', every: '1m' },
  lateness: { watermarkDelay: '5s', allowed: '10m' },
  replay: { contract: 'recompute', promotion: 'by-hand' },
  dimensions: ['region'],
};
const counted = { ...unlimited, limits: { maxSeries: 10 } };
const visits = {
  ...unlimited,
  window: { session: { gap: '30m', by: 'orderId', longest: '12h' }, every: '5m' },
};
const leaf = { field: 'status', equals: 'failed' };
const visit = [{ sessions: {}, where: leaf }, { duration: {} }];
const latency = { field: 'latencyMs' };

export const COUNTED_METRICS: readonly object[] = [
  {
    ...counted,
    filter: { all: [leaf, { not: { field: 'provider', in: ['Adyen'] } }, { any: [leaf] }] },
    measure: { ratio: { numerator: { count: {}, where: leaf }, denominator: { count: {} } } },
    dimensions: [
      'region',
      { name: 'band', field: 'latencyMs', bands: [100], labels: ['fast', 'slow'] },
      { name: 'kind', field: 'provider', mapping: { values: { Adyen: 'card' }, otherwise: 'other' } },
      {
        name: 'segment',
        field: 'customerId',
        mapping: { reference: 'customers', key: 'customerId', value: 'segment' },
      },
    ],
  },
  ...['sum', 'avg', 'min', 'max', 'last'].map((kind) => ({ ...counted, measure: { [kind]: latency } })),
  { ...counted, measure: { distinct: { field: 'orderId' } } },
  { ...counted, measure: { quantile: { ...latency, q: 0.5 } } },
  { ...counted, measure: { quantiles: { ...latency, at: [0.5, 0.9] }, where: leaf } },
  ...['sum', 'avg', 'min', 'max', 'last', 'quantile'].map((kind) => {
    const inner = { [kind]: kind === 'quantile' ? { ...latency, q: 0.5 } : latency, where: leaf };
    return { ...counted, measure: { ratio: { numerator: inner, denominator: { count: {} } } } };
  }),
  {
    ...counted,
    measure: { ratio: { numerator: { distinct: { field: 'orderId' } }, denominator: { count: {} } } },
  },
  ...['distinct', 'quantile'].map((kind) => {
    const denominator = { [kind]: kind === 'quantile' ? { ...latency, q: 0.5 } : { field: 'orderId' } };
    return { ...counted, measure: { ratio: { numerator: { count: {} }, denominator } } };
  }),
  ...['sum', 'avg', 'min', 'max', 'last'].map((kind) => ({
    ...counted,
    measure: { ratio: { numerator: { count: {} }, denominator: { [kind]: latency, where: leaf } } },
  })),
  {
    ...counted,
    window: { tumbling: '1m' },
    measure: {
      runningTotal: {
        plus: { count: {}, where: leaf },
        minus: { sum: latency, where: leaf },
        opening: { last: latency, where: leaf },
      },
    },
  },
  {
    ...counted,
    window: { tumbling: '1m' },
    measure: { runningTotal: { plus: { sum: latency }, minus: { count: {} } } },
  },
  { ...counted, measure: { count: {}, where: leaf } },
  { ...visits, measure: { sessions: {}, where: leaf } },
  { ...visits, measure: { duration: {} } },
  ...[visit, visit.toReversed()].map(([numerator, denominator]) => ({
    ...visits,
    measure: { ratio: { numerator, denominator } },
  })),
  { ...counted, measure: { rate: { count: {}, where: leaf } } },
  { ...counted, measure: { rate: { sum: latency } }, window: { calendar: 'day', timeZone: 'Europe/London' } },
];

export const METRIC_RATIO = {
  ...outline,
  dimensions: ['region'],
  measure: { ratio: { numerator: { metric: 'one' }, denominator: { metric: 'two' } } },
};

export const CONTRACT = {
  apiVersion: 'freshet/v1',
  kind: 'DataContract',
  name: 'sample',
  physicalName: 'sample',
  version: '1.0.0',
  businessName: 'Sample',
  owner: 'payments-team',
  encoding: 'json',
  late: { above: '5%', over: '5m' },
  event: { id: ['id'], time: 'at' },
  reference: { key: 'id' },
  properties: [
    { name: 'id', logicalType: 'string' },
    {
      name: 'at',
      logicalType: 'timestamp',
      timeFormat: 'local',
      logicalTypeOptions: { defaultTimezone: 'Europe/London' },
    },
  ],
};

export const TEAMS = {
  teams: [
    {
      name: 'sample-team',
      title: 'Sample',
      stages: ['broker'],
      addresses: [
        { webhook: { url: 'https://example.org/hook', tokenFrom: 'TOKEN' }, for: ['page'] },
        { webhook: { urlFrom: 'HOOK' } },
        { slack: { urlFrom: 'SLACK' }, for: ['ticket'] },
        { email: ['a@example.org'], for: ['page'] },
      ],
      hours: { timeZone: 'Europe/London', days: ['mon'], from: '08:00', to: '18:00' },
    },
  ],
};

export const BUSINESS = { name: 'Sample', timeZone: 'Europe/London', currency: 'GBP', locale: 'en-GB' };
