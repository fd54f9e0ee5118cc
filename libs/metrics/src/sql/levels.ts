import type { MetricDefinition } from '../metric.js';
import { stepEndsSql, type Steps } from './calendar-sql.js';
import { LEVEL_STATES, levelChange } from './states.js';
import { lines, nested } from './text.js';
import { items, keyColumns, type WindowPlan } from './windows.js';

/**
 * Columns of a level's series inside this file: where readings open it, a level belongs to one series of all
 * dimensions (a count of one shelf says nothing of another), and is added up to what was asked for only then.
 */
export function levelKeys(plan: WindowPlan): readonly string[] {
  const isOpened = levelChange(plan.definition).isRead !== undefined;
  const own = isOpened ? plan.definition.dimensions.map((_, index) => `d${index}`) : [];
  return [...own, ...keyColumns(plan)];
}

/**
 * SELECT of a running total's windows from its merged panes (`pane_start`, `levelKeys`, states, counts), which are all
 * from the beginning on. A level goes on until the series' next pane, so windows without an event have a row too.
 * @param ends SQL of epoch ms: windows end after the first and not after the second
 */
export function levelSelect(
  plan: WindowPlan,
  panes: string,
  window: Steps & { readonly afterMs: string; readonly lastEndMs: string },
): string {
  const keys = levelKeys(plan);
  const { movement, isRead, reading } = levelChange(plan.definition);
  const of = (...more: string[]): string => {
    const by = [...keys, ...more];
    return `${by.length === 0 ? '' : `PARTITION BY ${by.join(', ')} `}ORDER BY pane_start`;
  };
  const before = 'ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW';
  const whole = 'ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING';
  const changes = lines(
    `SELECT pane_start, ${items([...keys])}${keys.length > 0 ? ', ' : ''}events, late_events, partial,`,
    isRead === undefined
      ? `  ${movement} AS change, toUInt64(1) AS readings,`
      : `  if(${isRead}, ${reading!}, 0) + ${movement} AS change, countIf(${isRead}) OVER (${of()} ${before}) AS readings,`,
    `  leadInFrame(toUnixTimestamp64Milli(pane_start), 1, toInt64(${window.lastEndMs})) OVER (${of()} ${whole}) AS until_ms`,
    `FROM ${nested(panes)}`,
  );
  const levels = lines(
    `SELECT pane_start, until_ms, ${items([...keys])}${keys.length > 0 ? ', ' : ''}`,
    `  sum(change) OVER (${of('readings')} ${before}) AS level, toUInt8(readings = 0) AS unopened,`,
    `  sum(events) OVER (${of()} ${before}) AS all_events, sum(late_events) OVER (${of()} ${before}) AS all_late_events,`,
    `  max(partial) OVER (${of()} ${before}) AS any_partial`,
    `FROM ${nested(changes)}`,
  );
  const from = `greatest(toUnixTimestamp64Milli(pane_start), ${window.afterMs})`;
  const outer = keyColumns(plan);
  const [level, unopened] = LEVEL_STATES;
  return lines(
    `SELECT fromUnixTimestamp64Milli(end_ms, 'UTC') AS window_end, ${outer.map((key) => `${key}, `).join('')}`,
    `  sum(level) AS ${level.name}, max(unopened) AS ${unopened.name},`,
    `  sum(all_events) AS events, sum(all_late_events) AS late_events, max(any_partial) AS partial`,
    `FROM ${nested(levels)}`,
    `ARRAY JOIN ${stepEndsSql(window, from, `least(until_ms, ${window.lastEndMs})`)} AS end_ms`,
    `GROUP BY ${['end_ms', ...outer].join(', ')}`,
  );
}

/** Select items of the series that levels are made of; `dimension` gives the SQL of one by its index. */
export function levelSeries(
  definition: MetricDefinition,
  dimension: (index: number) => string,
): readonly string[] {
  if (levelChange(definition).isRead === undefined) return [];
  return definition.dimensions.map((_, index) => `${dimension(index)} AS d${index}`);
}
