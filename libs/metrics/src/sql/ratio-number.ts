import type { Contract } from '@freshet/contracts';
import type { MetricRatio } from '../metric.js';
import { numberSql, type OneNumber } from './number-query.js';
import { ratioColumns } from './ratio.js';
import { items } from './windows.js';
import { lines, nested } from './text.js';

/**
 * A whole statement that gives a ratio of two metrics again from the facts of both: `numberSql` of each part, divided.
 * One row with `value`, `numerator`, `denominator` and `events` of both. Throws `SelectionError` on an unknown dimension.
 */
export function ratioNumberSql(
  ratio: MetricRatio,
  contracts: { readonly numerator: Contract; readonly denominator: Contract },
  number: OneNumber,
): string {
  const none = 'CAST(NULL AS Nullable(Float64))';
  const part = (name: 'numerator' | 'denominator', columns: string): string =>
    lines(
      `SELECT ${columns}, toUInt64(events) AS events`,
      `FROM ${nested(numberSql(ratio[name], contracts[name], number))}`,
    );
  const own = 'CAST(value AS Nullable(Float64))';
  const both = lines(
    part('numerator', `${own} AS upper, ${none} AS lower`),
    `UNION ALL`,
    part('denominator', `${none} AS upper, ${own} AS lower`),
  );
  const { value, numerator, denominator } = ratioColumns(ratio, '0', '0');
  return lines(
    `SELECT ${items([`${value} AS value`, `${numerator} AS numerator`, `${denominator} AS denominator`, 'events'])}`,
    `FROM (`,
    `  SELECT anyOrNull(t.upper) AS upper, anyOrNull(t.lower) AS lower, sum(t.events) AS events`,
    `  FROM ${nested(both)} AS t`,
    `)`,
  );
}
