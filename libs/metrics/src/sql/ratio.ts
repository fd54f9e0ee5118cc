import { isLevel } from '../slots.js';
import type { MetricDefinition, MetricRatio } from '../metric.js';
import {
  gapsScalar,
  incompleteSql,
  lackingSql,
  PARTIAL,
  planOf,
  stateSql,
  trustScalars,
  windowsSelect,
  type PanesSelectOptions,
} from './panes-query.js';
import { windowStartSql } from './calendar-sql.js';
import { resolveSelection } from './selection.js';
import { valueSql } from './states.js';
import { lines, literal, nested } from './text.js';
import { items, keptSelect, largestSelect, type WindowPlan } from './windows.js';

type Part = 'numerator' | 'denominator';
const PARTS: readonly Part[] = ['numerator', 'denominator'];

/** The selection of each part: a part is always split by the ratio's currency, so by the same columns. */
export function partSelections(
  ratio: MetricRatio,
  options: PanesSelectOptions,
): (readonly [MetricDefinition, PanesSelectOptions])[] {
  const { groupBy } = resolveSelection(ratio, options);
  return PARTS.map((name) => [ratio[name], { ...options, groupBy }]);
}

/** `panesSelect` of a ratio of two metrics. The largest series are the denominator's. */
export function ratioSelect(ratio: MetricRatio, options: PanesSelectOptions): string {
  const selection = resolveSelection(ratio, options);
  const { groupBy, sizeMs, top } = selection;
  const planned = (part: MetricDefinition): { plan: WindowPlan; windows: string } => {
    const own = { ...selection, top: undefined };
    const plan = { ...planOf(part, own), currency: groupBy.indexOf(ratio.currencyDimension ?? '') };
    return { plan, windows: windowsSelect(plan, own) };
  };
  const ranking = planned(ratio.denominator);
  const isRanked = top !== undefined && groupBy.length > 0;
  const rows = ratioRows(ratio, groupBy.length, (part) => {
    const { plan, windows } = planned(part);
    if (!isRanked) return { plan, windows };
    return { plan, windows: keptSelect(plan, windows, largestSelect(ranking.plan, ranking.windows, top)) };
  });
  const end = `toUnixTimestamp64Milli(window_end)`;
  const start = windowStartSql(selection, sizeMs);
  const { value, numerator, denominator, incomplete } = ratioColumns(ratio, start, end);
  const withState = options.withState ?? true;
  const columns = items([
    `${literal(options.sub ?? '')} AS sub`,
    `${start} AS window_start_ms`,
    `${end} AS window_end_ms`,
    `[${groupBy.map((_, index) => `g${index}`).join(', ')}]::Array(String) AS series`,
    `${value} AS value`,
    `${numerator} AS numerator`,
    `${denominator} AS denominator`,
    `toUInt64(events) AS events`,
    `toUInt64(late_events) AS late_events`,
    PARTIAL,
    `${incomplete} AS incomplete`,
    `${withState ? stateSql(ratio, end) : `'live'`} AS state`,
  ]);
  return lines(
    withState ? trustScalars(ratio, options.topics) : `WITH\n  ${gapsScalar(options.topics)}`,
    `SELECT ${columns}`,
    `FROM ${nested(rows)} AS w`,
  );
}

/** SELECT of both parts side by side: window_end, g0 …, upper, lower, events, late_events, partial, unopened. */
export function ratioRows(
  ratio: MetricRatio,
  columns: number,
  partOf: (part: MetricDefinition) => { readonly plan: WindowPlan; readonly windows: string },
): string {
  const keys = Array.from({ length: columns }, (_, index) => `g${index}`);
  const none = 'CAST(NULL AS Nullable(Float64))';
  const parts = PARTS.map((name) => {
    const { plan, windows } = partOf(ratio[name]);
    const value = `CAST(${valueSql(plan.definition, plan).value} AS Nullable(Float64))`;
    const unopened = isLevel(plan.definition) ? 'run_unopened' : 'toUInt8(0)';
    return lines(
      `SELECT ${items(['window_end', ...keys])}, ${name === 'numerator' ? `${value} AS upper, ${none}` : `${none} AS upper, ${value}`} AS lower,`,
      `  toUInt64(events) AS events, toUInt64(late_events) AS late_events, toUInt8(partial) AS partial, ${unopened} AS unopened`,
      `FROM ${nested(windows)}`,
    );
  });
  return lines(
    `SELECT ${items(['window_end', ...keys])}, anyOrNull(t.upper) AS upper, anyOrNull(t.lower) AS lower,`,
    `  sum(t.events) AS events, sum(t.late_events) AS late_events, max(t.partial) AS partial, max(t.unopened) AS unopened`,
    `FROM ${nested(parts.join('\nUNION ALL\n'))} AS t`,
    `GROUP BY ${['window_end', ...keys].join(', ')}`,
  );
}

/** SQL of the ratio's columns over `ratioRows`: a part that counts is 0 where nothing happened, another is unknown. */
export function ratioColumns(
  ratio: MetricRatio,
  startMs: string,
  endMs: string,
): {
  readonly value: string;
  readonly numerator: string;
  readonly denominator: string;
  readonly incomplete: string;
} {
  const of = (name: Part, column: string): string =>
    isZeroWhenSilent(ratio[name]) ? `ifNull(${column}, 0)` : column;
  const [numerator, denominator] = [of('numerator', 'upper'), of('denominator', 'lower')];
  const from = isLevel(ratio) ? 'toInt64(-62135596800000)' : startMs;
  return {
    value: `CAST(if(ifNull(lower, 0) = 0, NULL, (${numerator}) / lower) AS Nullable(Float64))`,
    numerator: `CAST(${numerator} AS Nullable(Float64))`,
    denominator: `CAST(${denominator} AS Nullable(Float64))`,
    incomplete: lackingSql(`${incompleteSql(from, endMs)} OR unopened > 0`),
  };
}

function isZeroWhenSilent({ measure }: MetricDefinition): boolean {
  return ['count', 'sum', 'distinct', 'rate', 'runningTotal', 'sessions', 'duration'].includes(measure.kind);
}
