import { type ClickHouseClient } from '@clickhouse/client';
import { type Contract } from '@freshet/contracts';
import { ARCHIVE_TABLE, PANES_TABLE, whereMetric, type MetricDefinition } from '@freshet/metrics';
import { factTableName } from '../schema/fact-table.js';
import { readRows } from '../store/read-rows.js';

/** What one comparison reads at most, unless a single hour has more: bounds the memory of both sides. */
const MOST_PANE_ROWS = 100_000;
const MOST_FACTS = 2_000_000;
const HOUR_MS = 3_600_000;

export interface TimeRange {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Cuts a range of event time into runs of hours that are read at once; hours with neither panes nor facts fall out. */
export async function auditSegments(
  client: ClickHouseClient,
  metric: MetricDefinition,
  contract: Contract,
  range: TimeRange,
): Promise<TimeRange[]> {
  const { everyMs } = metric.window;
  const fromMs = Math.floor(range.fromMs / everyMs) * everyMs;
  const toMs = Math.ceil(range.toMs / everyMs) * everyMs;
  const within = (column: string): string =>
    `${column} >= fromUnixTimestamp64Milli({from: Int64}, 'UTC') AND ${column} < fromUnixTimestamp64Milli({to: Int64}, 'UTC')`;
  const hours = await readRows<{ hour: number; panes: number; facts: number }>(
    client,
    `SELECT hour, sum(panes) AS panes, sum(facts) AS facts FROM (
       SELECT intDiv(toUnixTimestamp64Milli(pane_start), ${HOUR_MS}) AS hour, count() AS panes, 0 AS facts
       FROM ${PANES_TABLE} ${whereMetric(metric)} AND ${within('pane_start')} GROUP BY hour
       UNION ALL
       SELECT intDiv(toUnixTimestamp64Milli(pane_start), ${HOUR_MS}) AS hour, count() AS panes, 0 AS facts
       FROM ${ARCHIVE_TABLE} ${whereMetric(metric)} AND ${within('pane_start')} GROUP BY hour
       UNION ALL
       SELECT intDiv(toUnixTimestamp64Milli(event_time), ${HOUR_MS}) AS hour, 0 AS panes, count() AS facts
       FROM ${factTableName(contract.name)} WHERE ${within('event_time')} GROUP BY hour
     ) GROUP BY hour ORDER BY hour`,
    { from: fromMs, to: toMs },
  );
  // A pane may be longer than an hour: cuts lie between panes only.
  const stepMs = Math.max(HOUR_MS, everyMs);
  const segments: { fromMs: number; toMs: number; panes: number; facts: number }[] = [];
  for (const { hour, panes, facts } of hours) {
    const start = Math.floor((hour * HOUR_MS) / stepMs) * stepMs;
    const end = Math.min(start + stepMs, toMs);
    const last = segments.at(-1);
    const fits =
      last !== undefined &&
      (start < last.toMs ||
        (start === last.toMs && last.panes + panes <= MOST_PANE_ROWS && last.facts + facts <= MOST_FACTS));
    if (fits) {
      last.toMs = end;
      last.panes += panes;
      last.facts += facts;
    } else segments.push({ fromMs: Math.max(start, fromMs), toMs: end, panes, facts });
  }
  return segments;
}
