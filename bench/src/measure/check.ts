import { recount, RULES, valueOf, type Tally } from './recount.js';
import { type Backlog } from '../load/backlog.js';
import { TOPICS, type Topic } from '../load/events.js';

/** Values by name of a metric and `windowStartMs|dimension…`; a window without value is left out. */
export type Reading = ReadonlyMap<string, ReadonlyMap<string, number>>;

/** How one metric compares with its recount. */
export interface Comparison {
  readonly windows: number;
  readonly wrong: number;
  /** Of all events or units that should be there, the share that is missing; only for counts and sums. */
  readonly missingShare?: number;
  readonly example?: string;
}

/** Between which bounds a value is right. */
interface Bounds {
  readonly low: number;
  readonly high: number;
}

export type Expected = ReadonlyMap<string, ReadonlyMap<string, Bounds>>;

/** What a division may round. */
const ROUNDING = 1e-9;
/** Stated errors of the sketches in use. */
const DISTINCT_ERROR = 0.02;
const QUANTILE_ERROR = 0.02;
const ADDITIVE = new Set(['orders', 'gross_revenue', 'page_views']);

const about = (value: number, error: number): Bounds => ({
  low: value - error * Math.max(1, Math.abs(value)),
  high: value + error * Math.max(1, Math.abs(value)),
});

/** Every window of the eight metrics, and count and sum of each topic's facts, from the records themselves. */
export function recountAll(backlog: Backlog): Expected {
  const expected = new Map<string, Map<string, Bounds>>();
  for (const [metric, rule] of Object.entries(RULES)) {
    const windows = new Map<string, Bounds>();
    for (const [key, tally] of recount(metric, backlog.records[rule.topic as Topic])) {
      const bounds = boundsOf(metric, tally);
      if (bounds !== undefined) windows.set(key, bounds);
    }
    expected.set(metric, windows);
  }
  for (const topic of TOPICS) {
    let amounts = 0;
    for (const { value } of backlog.records[topic]) {
      const { data } = JSON.parse(value ?? '{}') as { data: Record<string, number> };
      amounts += data['totalMinor'] ?? data['amountMinor'] ?? 0;
    }
    const facts = { count: backlog.records[topic].length, sum: amounts };
    expected.set(
      `facts.${topic}`,
      new Map(Object.entries(facts).map(([name, value]) => [name, about(value, ROUNDING)])),
    );
  }
  return expected;
}

/** Undefined where a window has no value. A quantile may be of either rank beside it: definitions differ. */
function boundsOf(metric: string, tally: Tally): Bounds | undefined {
  if (metric === 'payment_latency_p95') {
    const sorted = tally.observations.toSorted((a, b) => a - b);
    const rank = 0.95 * (sorted.length - 1);
    const [below, above] = [
      sorted[Math.floor(rank)],
      sorted[Math.min(Math.ceil(rank) + 1, sorted.length - 1)],
    ];
    if (below === undefined || above === undefined) return undefined;
    return { low: about(below, QUANTILE_ERROR).low, high: about(above, QUANTILE_ERROR).high };
  }
  const value = valueOf(metric, tally);
  if (value === null) return undefined;
  return about(value, metric === 'active_users' ? DISTINCT_ERROR : ROUNDING);
}

/** Compares what readers find with the recount, metric by metric. */
export function compare(expected: Expected, found: Reading): Record<string, Comparison> {
  return Object.fromEntries(
    [...expected].map(([metric, values]) => [
      metric,
      compareMetric(metric, values, found.get(metric) ?? new Map()),
    ]),
  );
}

export function isRight(comparisons: Readonly<Record<string, Comparison>>): boolean {
  return Object.values(comparisons).every(({ wrong }) => wrong === 0);
}

function compareMetric(
  metric: string,
  expected: ReadonlyMap<string, Bounds>,
  found: ReadonlyMap<string, number>,
): Comparison {
  let wrong = 0;
  let example: string | undefined;
  for (const key of new Set([...expected.keys(), ...found.keys()])) {
    const should = expected.get(key);
    const is = found.get(key);
    if (should !== undefined && is !== undefined && is >= should.low && is <= should.high) continue;
    wrong++;
    example ??= `${key}: ${is ?? 'nothing'} instead of ${should === undefined ? 'nothing' : middle(should)}`;
  }
  const sum = (of: Iterable<number>) => [...of].reduce((total, value) => total + value, 0);
  const share = () => 1 - sum(found.values()) / sum([...expected.values()].map(middle));
  return {
    windows: expected.size,
    wrong,
    ...(ADDITIVE.has(metric) ? { missingShare: share() } : {}),
    ...(example === undefined ? {} : { example }),
  };
}

const middle = ({ low, high }: Bounds): number => (low + high) / 2;
