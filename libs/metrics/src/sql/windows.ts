import type { Calendar } from '@freshet/windowing';
import { OTHER, type MetricDefinition } from '../metric.js';
import { valueSql, windowStates, type ValueMode } from './states.js';
import { integer, lines, literal, nested } from './text.js';

/**
 * Steps that pane and fact queries share. All of them hand on: `window_end` (DateTime64(3, 'UTC')), series
 * columns g0, g1 …, `matches` where a filter is set, the measure's states, `events`, `late_events`, `partial`.
 */
export interface WindowPlan extends ValueMode {
  readonly definition: MetricDefinition;
  /** Length of the windows, ms; of a calendar, see `ResolvedSelection`. */
  readonly sizeMs: number;
  readonly calendar?: Calendar | undefined;
  /** Dimension of each series column, by index in the definition, and which column is the currency (-1: none). */
  readonly series: readonly number[];
  readonly currency: number;
  readonly hasFilter: boolean;
}

const COUNTS = ['events', 'late_events'] as const;

/** Names of the columns that rows are grouped by besides the window. */
export function keyColumns(plan: WindowPlan): string[] {
  const keys = plan.series.map((_, index) => `g${index}`);
  return plan.hasFilter ? [...keys, 'matches'] : keys;
}

/** Every state and count of `from` merged, as select items. */
export function mergedColumns(plan: WindowPlan): string[] {
  return [
    ...windowStates(plan.definition, plan.perPane, plan.isLast).map(
      ({ name, merge }) => `${merge} AS ${name}`,
    ),
    ...COUNTS.map((name) => `sum(${name}) AS ${name}`),
  ];
}

/** SELECT that merges panes (with `pane_start`) into hopping windows that end in (firstEndMs, lastEndMs]. */
export function hoppingSelect(
  plan: WindowPlan,
  panes: string,
  window: { sizeMs: number; everyMs: number; afterMs: number; lastEndMs: number },
): string {
  const pane = `toUnixTimestamp64Milli(pane_start)`;
  const every = integer(window.everyMs);
  const ends =
    `range(${pane} - positiveModulo(${pane}, ${every}) + ${every}, ` +
    `${pane} + ${integer(window.sizeMs)} + 1, ${every})`;
  const keys = keyColumns(plan);
  return lines(
    `SELECT fromUnixTimestamp64Milli(end_ms, 'UTC') AS window_end, ${items([...keys, ...mergedColumns(plan), 'max(t.partial) AS partial'])}`,
    `FROM ${nested(panes)} AS t`,
    `ARRAY JOIN arrayFilter(end -> end > ${integer(window.afterMs)} AND end <= ${integer(window.lastEndMs)}, ${ends}) AS end_ms`,
    `GROUP BY ${['end_ms', ...keys].join(', ')}`,
  );
}

/**
 * SELECT that calls every series of a window partial where any series of it was folded, and then drops the
 * folded rows that were read for that reason only.
 */
export function spreadPartial(plan: WindowPlan, windows: string): string {
  // A window has one row then; each layer of a statement costs the store a millisecond to plan.
  if (keyColumns(plan).length === 0) return windows;
  const columns = [
    'window_end',
    ...keyColumns(plan).filter((key) => key !== 'matches'),
    ...windowStates(plan.definition, plan.perPane).map(({ name }) => name),
    ...COUNTS,
  ];
  const spread = lines(
    `SELECT ${items([...columns, ...(plan.hasFilter ? ['matches'] : [])])}, max(partial) OVER (PARTITION BY window_end) AS is_partial`,
    `FROM ${nested(windows)}`,
  );
  return lines(
    `SELECT ${items(columns)}, is_partial AS partial`,
    `FROM ${nested(spread)}`,
    plan.hasFilter && `WHERE matches`,
  );
}

/** SELECT that keeps the `top` largest series of each currency and merges the rest into `(other)`. */
export function topSelect(plan: WindowPlan, windows: string, top: number): string {
  const keys = seriesColumns(plan);
  if (!isRanked(plan)) return windows;
  const placed = lines(
    `SELECT *, dense_rank() OVER (${placing(plan)}) AS place`,
    `FROM ${nested(sizedSelect(plan, windows))}`,
  );
  return foldedSelect(plan, placed, `place <= ${integer(top)}`, keys);
}

/** SELECT of the keys (`series` as a tuple) of the `top` largest series of each currency. */
export function largestSelect(plan: WindowPlan, windows: string, top: number): string {
  const keys = seriesColumns(plan);
  const placed = lines(
    `SELECT DISTINCT ${items(keys)}, dense_rank() OVER (${placing(plan)}) AS place`,
    `FROM ${nested(sizedSelect(plan, windows))}`,
  );
  return `SELECT tuple(${items(keys)}) FROM ${nested(placed)} WHERE place <= ${integer(top)}`;
}

/** The same as `topSelect` with the series of `largestSelect`, of another metric for instance. */
export function keptSelect(plan: WindowPlan, windows: string, largest: string): string {
  const keys = seriesColumns(plan);
  if (!isRanked(plan)) return windows;
  return foldedSelect(
    plan,
    `SELECT * FROM ${nested(windows)}`,
    `tuple(${items(keys)}) IN ${nested(largest)}`,
    keys,
  );
}

function seriesColumns(plan: WindowPlan): string[] {
  return keyColumns(plan).filter((key) => key !== 'matches');
}

/** Whether there is anything besides the currency to fold. */
function isRanked({ series, currency }: WindowPlan): boolean {
  return series.length > 1 || (series.length === 1 && currency !== 0);
}

function sizedSelect(plan: WindowPlan, windows: string): string {
  const keys = seriesColumns(plan);
  return lines(
    `SELECT *, sum(${valueSql(plan.definition, plan).size}) OVER (PARTITION BY ${keys.join(', ')}) AS series_size`,
    `FROM ${nested(windows)}`,
  );
}

function placing(plan: WindowPlan): string {
  const currency = plan.currency < 0 ? '' : `PARTITION BY g${plan.currency} `;
  return `${currency}ORDER BY series_size DESC, ${seriesColumns(plan).join(', ')}`;
}

/** Merges the series for which `isKept` does not hold, as states. */
function foldedSelect(plan: WindowPlan, rows: string, isKept: string, keys: readonly string[]): string {
  const other = (key: string, index: number): string =>
    index === plan.currency ? key : `if(${isKept}, ${key}, ${literal(OTHER)})`;
  const named = lines(
    `SELECT * EXCEPT (${keys.join(', ')}), ${items(keys.map((key, index) => `${other(key, index)} AS k${index}`))}`,
    `FROM ${nested(rows)}`,
  );
  return lines(
    `SELECT window_end, ${items(keys.map((key, index) => `k${index} AS ${key}`))}, ${items(mergedColumns(plan))}, max(t.partial) AS partial`,
    `FROM ${nested(named)} AS t`,
    `GROUP BY window_end, ${keys.map((_, index) => `k${index}`).join(', ')}`,
  );
}

export function items(columns: readonly string[]): string {
  return columns.join(', ');
}
