import type { Contract } from '@freshet/contracts';
import type { MetricRatio } from '../metric.js';
import { factsQuery } from './facts-query.js';
import { ratioColumns } from './ratio.js';
import { resolveSelection, type PaneSelection } from './selection.js';
import { lines, nested } from './text.js';

/**
 * SELECT (no FORMAT) of a ratio of two metrics from the facts of both, with the columns of `FactsQueryRow`. All
 * series: `top` is not looked at.
 */
export function ratioFactsQuery(
  ratio: MetricRatio,
  contracts: { readonly numerator: Contract; readonly denominator: Contract },
  options: Omit<PaneSelection, 'top' | 'perPane'> & { readonly fold?: boolean },
): string {
  const { groupBy } = resolveSelection(ratio, options);
  const part = (name: 'numerator' | 'denominator', columns: string): string =>
    lines(
      `SELECT window_start_ms, window_end_ms, series, ${columns}, events`,
      `FROM ${nested(factsQuery(ratio[name], contracts[name], { ...options, groupBy }))}`,
    );
  const none = 'CAST(NULL AS Nullable(Float64))';
  const both = lines(
    part('numerator', `value AS upper, ${none} AS lower`),
    `UNION ALL`,
    part('denominator', `${none} AS upper, value AS lower`),
  );
  const rows = lines(
    `SELECT window_start_ms, window_end_ms, series, anyOrNull(t.upper) AS upper, anyOrNull(t.lower) AS lower, sum(t.events) AS events`,
    `FROM ${nested(both)} AS t`,
    `GROUP BY window_start_ms, window_end_ms, series`,
  );
  const { value, numerator, denominator } = ratioColumns(ratio, 'window_start_ms', 'window_end_ms');
  return lines(
    `SELECT window_start_ms, window_end_ms, series, ${value} AS value, ${numerator} AS numerator, ${denominator} AS denominator,`,
    `  toUInt64(events) AS events`,
    `FROM ${nested(rows)}`,
    `ORDER BY window_end_ms, series`,
  );
}
