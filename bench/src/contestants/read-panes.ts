import { RULES } from '../measure/recount.js';
import { type Reading } from '../measure/check.js';
import { TOPICS } from '../load/events.js';
import { type Store } from '../store.js';

/** How to read a metric from one-minute panes. */
interface PaneQuery {
  /** Query with a column `minute` and what `series` and `value` need. */
  readonly panes: string;
  /** Expressions of the dimensions, in the metric's order. */
  readonly series: readonly string[];
  /** Aggregate over the panes of a window. */
  readonly value: string;
}

export type PaneQueries = Readonly<Record<string, PaneQuery>>;

/** Reads all metrics, longer windows merged of minutes, and count and sum of the facts. */
export async function readPanes(store: Store, queries: PaneQueries): Promise<Reading> {
  const reading = new Map<string, Map<string, number>>();
  for (const [metric, { panes, series, value }] of Object.entries(queries)) {
    const rule = RULES[metric];
    if (rule === undefined) throw new Error(`no rule of metric ${metric}`);
    const minutes = rule.sizeMs / 60_000;
    const rows = await store.rows<{ start: number; series: string[]; value: number | null }>(
      `SELECT toInt64(toUnixTimestamp(minute) - 60 * back) * 1000 AS start,
         [${series.map((name) => `toString(${name})`).join(', ')}] AS series, ${value} AS value
       FROM (${panes}) ARRAY JOIN range(${minutes}) AS back GROUP BY start, series`,
    );
    reading.set(
      metric,
      new Map(
        rows.flatMap(({ start, series: names, value: found }) =>
          found === null ? [] : [[[start, ...names].join('|'), found] as const],
        ),
      ),
    );
  }
  for (const topic of TOPICS) {
    const amount = { orders: 'total_minor', payments: 'amount_minor', clickstream: '0' }[topic];
    const [row] = await store.rows<{ count: number; sum: number }>(
      `SELECT count() AS count, sum(${amount}) AS sum FROM freshet.${topic}_facts FINAL`,
    );
    reading.set(`facts.${topic}`, new Map(Object.entries(row ?? {})));
  }
  return reading;
}
