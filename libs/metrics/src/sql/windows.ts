import { OTHER, type MetricDefinition } from '../metric.js';
import { valueSql, windowStates, type ValueMode } from './states.js';
import { integer, lines, literal, nested } from './text.js';

/**
 * Steps that pane and fact queries share. All of them hand on: `window_end` (DateTime64(3, 'UTC')), series
 * columns g0, g1 …, `matches` where a filter is set, the measure's states, `events`, `late_events`, `partial`.
 */
export interface WindowPlan extends ValueMode {
  readonly definition: MetricDefinition;
  /** Number of series columns, and which of them is the currency (-1: none). */
  readonly series: number;
  readonly currency: number;
  readonly hasFilter: boolean;
}

const COUNTS = ['events', 'late_events'] as const;

/** Names of the columns that rows are grouped by besides the window. */
export function keyColumns(plan: WindowPlan): string[] {
  const keys = Array.from({ length: plan.series }, (_, index) => `g${index}`);
  return plan.hasFilter ? [...keys, 'matches'] : keys;
}

/** Every state and count of `from` merged, as select items. */
export function mergedColumns(plan: WindowPlan): string[] {
  return [
    ...windowStates(plan.definition, plan.perPane).map(({ name, merge }) => `${merge} AS ${name}`),
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
  const keys = keyColumns(plan).filter((key) => key !== 'matches');
  const other = (key: string, index: number): string =>
    index === plan.currency ? `${key}` : `if(place <= ${integer(top)}, ${key}, ${literal(OTHER)})`;
  if (keys.length === 0 || (keys.length === 1 && plan.currency === 0)) return windows;
  const sized = lines(
    `SELECT *, sum(${valueSql(plan.definition, plan).size}) OVER (PARTITION BY ${keys.join(', ')}) AS series_size`,
    `FROM ${nested(windows)}`,
  );
  const currency = plan.currency < 0 ? '' : `PARTITION BY g${plan.currency} `;
  const placed = lines(
    `SELECT *, dense_rank() OVER (${currency}ORDER BY series_size DESC, ${keys.join(', ')}) AS place`,
    `FROM ${nested(sized)}`,
  );
  const named = lines(
    `SELECT * EXCEPT (${keys.join(', ')}), ${items(keys.map((key, index) => `${other(key, index)} AS k${index}`))}`,
    `FROM ${nested(placed)}`,
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
