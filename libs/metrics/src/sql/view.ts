import { DAY_MS, HOUR_MS } from '@freshet/windowing';
import {
  isMetricRatio,
  type AnyMetric,
  type MetricDefinition,
  type MetricRatio,
  type Window,
} from '../metric.js';
import { QUANTILE, ranksOf } from '../ranks.js';
import { SESSION } from '../session-panes.js';
import { isBySession, isLevel, partsOf } from '../slots.js';
import { stepEndSql, windowLengthSql, windowStartSql } from './calendar-sql.js';
import { METRICS_DATABASE, PANE, PROGRESS, PROGRESS_VIEW } from './pane-columns.js';
import { paneDimensionSql } from './dimension-sql.js';
import { levelKeys, levelSelect, levelSeries } from './levels.js';
import { whereMetric } from './archive.js';
import { paneRows } from './pane-rows.js';
import { missingSql, PARTIAL, stateSql, trustScalars } from './panes-query.js';
import { ratioColumns, ratioRows } from './ratio.js';
import { RANK, rankMode, ranksJoin } from './ranks-sql.js';
import { dimensionIndex } from './selection.js';
import { paneFragments, sessionSeries, sessionsSelect, sessionSteps } from './sessions.js';
import { stateColumns, valueSql } from './states.js';
import { identifier, integer, lines, literal, nested } from './text.js';
import { items, keyColumns, mergedColumns, spreadPartial, type WindowPlan } from './windows.js';

/** Branches of a hopping view; windows of more panes are expanded row by row, without use of the key's order. */
const MAX_BRANCHES = 16;

/**
 * Body of the analysts' view `metrics.<name>`: one row a window and series of all dimensions, with the columns
 * `window_start`, `window_end`, the dimensions, `value`, `numerator` and `denominator` of a ratio, `state`,
 * `partial`, `incomplete`, `late_events`, `as_of`. Bounds on `window_start` or `window_end` reach the primary
 * key. Windows whose last step has not begun are left out, at every door: an event from a clock that runs ahead
 * is counted, and seen when its time comes.
 *
 * Of sessions it has a row each, those that go on too: `window_start` is its first event, `window_end` the time at
 * which it ends or ended unless an event comes before, `session` its key. Bounds on them do not reach the key.
 */
export function metricViewSelect(definition: AnyMetric, topics: readonly string[]): string {
  const { window, dimensions } = definition;
  const endMs = `toUnixTimestamp64Milli(window_end)`;
  const startMs = windowStartSql(window, stepMs(window));
  const isSessions = !isMetricRatio(definition) && isBySession(definition);
  const ranks = ranksOf(definition);
  const start = isSessions
    ? `fromUnixTimestamp64Milli(start_ms, 'UTC')`
    : window.calendar?.unit === 'day'
      ? `fromUnixTimestamp64Milli(${startMs}, 'UTC')`
      : `window_end - toIntervalMillisecond(${integer(stepMs(window))})`;
  const names = [
    ...dimensions.map(({ name }, index) =>
      name === QUANTILE && ranks !== undefined
        ? `${RANK}.1 AS ${identifier(name)}`
        : `g${index} AS ${identifier(name)}`,
    ),
    ...(isSessions ? [`session_key AS ${SESSION}`] : []),
  ];
  const { value, numerator, denominator, incomplete, rows } = isMetricRatio(definition)
    ? ratioView(definition, startMs, endMs)
    : countedView(definition, isSessions ? 'start_ms' : startMs, endMs);
  const of = `${PROGRESS.topic} IN (${topics.map(literal).join(', ')})`;
  return lines(
    `${trustScalars(definition, topics)},`,
    `  (SELECT if(uniqExact(${PROGRESS.topic}) < ${integer(new Set(topics).size)}, -1, ifNull(minOrNull(${PROGRESS.asOfMs}), -1)) FROM ${PROGRESS_VIEW} WHERE ${of}) AS as_of_ms`,
    `SELECT`,
    `  ${start} AS window_start,`,
    `  window_end,`,
    names.length > 0 && `  ${items(names)},`,
    `  ${value} AS value,`,
    numerator !== undefined && `  ${numerator} AS numerator, ${denominator ?? 'NULL'} AS denominator,`,
    `  ${stateSql(definition, endMs)} AS state,`,
    `  ${PARTIAL},`,
    `  ${incomplete} AS incomplete,`,
    `  toUInt64(late_events) AS late_events,`,
    `  if(as_of_ms < 0, NULL, fromUnixTimestamp64Milli(toInt64(as_of_ms), 'UTC')) AS as_of`,
    `FROM ${nested(rows)} AS w`,
    ranksJoin(ranks),
  );
}

/** SQL of a view's columns, over its rows by series (g0 …). */
interface ViewParts {
  readonly value: string;
  readonly numerator: string | undefined;
  readonly denominator: string | undefined;
  readonly incomplete: string;
  readonly rows: string;
}

function countedView(definition: MetricDefinition, startMs: string, endMs: string): ViewParts {
  const ranks = ranksOf(definition);
  const names = definition.dimensions.map(({ name }) => name);
  const plan = viewPlan(
    definition,
    names.filter((name) => ranks === undefined || name !== QUANTILE),
  );
  const { value, numerator, denominator } = valueSql(definition, { ...plan, ...rankMode(ranks) });
  const { measure } = definition;
  const isWhole = partsOf(measure).every(({ kind }) => ['count', 'sum', 'sessions'].includes(kind));
  const isQuotient = measure.kind === 'ratio' || measure.kind === 'rate';
  const asIs = measure.kind === 'distinct' || isLevel(definition) || (!isQuotient && isWhole);
  return {
    value: asIs ? value : `CAST(${value} AS Nullable(Float64))`,
    numerator,
    denominator,
    incomplete: missingSql(plan, startMs, endMs),
    rows: isBySession(definition) ? sessionRows(plan) : viewWindows(plan),
  };
}

/** SELECT of the sessions that have begun, as states. */
function sessionRows(plan: WindowPlan): string {
  const states = stateColumns(plan.definition).map(({ name }) => name);
  const series = [...sessionSeries(plan), 'session_key'];
  return lines(
    `SELECT fromUnixTimestamp64Milli(toInt64(end_ms), 'UTC') AS window_end, toInt64(start_ms) AS start_ms, ${items(series)},`,
    `  ${items([...states, 'events', 'late_events', '0 AS partial'])}`,
    `FROM ${nested(storedSessions(plan))}`,
    `WHERE start_ms <= toUnixTimestamp64Milli(now64(3, 'UTC'))`,
  );
}

function storedSessions({ definition }: WindowPlan): string {
  const rows = paneRows(definition, whereMetric(definition));
  return sessionsSelect(definition, paneFragments(definition, rows));
}

function ratioView(definition: MetricRatio, startMs: string, endMs: string): ViewParts {
  const names = definition.dimensions.map(({ name }) => name);
  const rows = ratioRows(definition, names.length, (part) => {
    const plan = viewPlan(part, names);
    return { plan, windows: viewWindows(plan) };
  });
  const { value, numerator, denominator, incomplete } = ratioColumns(definition, startMs, endMs);
  return { value, numerator, denominator, incomplete, rows };
}

function viewPlan(definition: MetricDefinition, names: readonly string[]): WindowPlan {
  return {
    definition,
    series: names.map((name) => dimensionIndex(definition, name)),
    currency: -1,
    hasFilter: false,
    sizeMs: stepMs(definition.window),
    calendar: definition.window.calendar,
    lengthMs: windowLengthSql(definition.window, stepMs(definition.window)),
  };
}

/** SELECT of all windows by the plan's series, as states. */
function viewWindows(plan: WindowPlan): string {
  const { window } = plan.definition;
  if (isBySession(plan.definition)) {
    const begun = `WHERE window_end <= now64(3, 'UTC') + toIntervalMillisecond(${integer(window.everyMs)})`;
    return lines(`SELECT * FROM ${nested(sessionSteps(plan, storedSessions(plan), window))}`, begun);
  }
  const steps = window.sizeMs / window.everyMs;
  if (window.calendar !== undefined && !isLevel(plan.definition)) {
    const begun = `${windowStartSql(window, stepMs(window))} <= toUnixTimestamp64Milli(now64(3, 'UTC'))`;
    return spreadPartial(plan, lines(`SELECT * FROM ${nested(byCalendar(plan))}`, `WHERE ${begun}`));
  }
  const begun = `WHERE window_end <= now64(3, 'UTC') + toIntervalMillisecond(${integer(window.everyMs)})`;
  const windows = isLevel(plan.definition)
    ? levels(plan)
    : steps === 1
      ? lines(`SELECT * FROM ${nested(shifted(plan, window.everyMs))}`, begun)
      : lines(
          `SELECT window_end, ${items([...keyColumns(plan), ...mergedColumns(plan), 'max(t.partial) AS partial'])}`,
          `FROM ${nested(steps <= MAX_BRANCHES ? branches(plan, steps) : expanded(plan, steps))} AS t`,
          begun,
          `GROUP BY ${['window_end', ...keyColumns(plan)].join(', ')}`,
        );
  return spreadPartial(plan, windows);
}

/** Panes merged over partitions and chunks, each in the window that ends `shiftMs` after the pane's start. */
function shifted(plan: WindowPlan, shiftMs: number): string {
  return lines(
    `SELECT ${PANE.paneStart} + toIntervalMillisecond(${integer(shiftMs)}) AS window_end, ${items(merged(plan))}`,
    `FROM ${paneRows(plan.definition, whereMetric(plan.definition))} AS r`,
    `GROUP BY ${[PANE.paneStart, ...keyColumns(plan)].join(', ')}`,
  );
}

/** Panes merged over partitions and chunks into the steps of a calendar. */
function byCalendar(plan: WindowPlan): string {
  const { window } = plan.definition;
  const steps = { everyMs: stepMs(window), calendar: window.calendar };
  const end = stepEndSql(steps, `toUnixTimestamp64Milli(${PANE.paneStart})`);
  return lines(
    `SELECT fromUnixTimestamp64Milli(toInt64(${end}), 'UTC') AS window_end, ${items(merged(plan))}`,
    `FROM ${paneRows(plan.definition, whereMetric(plan.definition))} AS r`,
    `GROUP BY ${['window_end', ...keyColumns(plan)].join(', ')}`,
  );
}

/** Length of a window, of those of a calendar what is usual; ms. */
function stepMs({ sizeMs, calendar }: Window): number {
  return calendar === undefined ? sizeMs : calendar.unit === 'day' ? DAY_MS : HOUR_MS;
}

/** One branch a step of the window: a bound on `window_end` becomes a range of the key in each. */
function branches(plan: WindowPlan, steps: number): string {
  const { everyMs } = plan.definition.window;
  return Array.from({ length: steps }, (_, step) => shifted(plan, (step + 1) * everyMs)).join(
    '\nUNION ALL\n',
  );
}

function expanded(plan: WindowPlan, steps: number): string {
  const { everyMs } = plan.definition.window;
  const panes = lines(
    `SELECT ${PANE.paneStart}, ${items(merged(plan))}`,
    `FROM ${paneRows(plan.definition, whereMetric(plan.definition))} AS r`,
    `GROUP BY ${[PANE.paneStart, ...keyColumns(plan)].join(', ')}`,
  );
  return lines(
    `SELECT *, ${PANE.paneStart} + toIntervalMillisecond(step * ${integer(everyMs)}) AS window_end`,
    `FROM ${nested(panes)} ARRAY JOIN range(1, ${integer(steps + 1)}) AS step`,
  );
}

/** Of every step from a series' first event to now. */
function levels(plan: WindowPlan): string {
  const { definition } = plan;
  const { calendar } = definition.window;
  const everyMs = calendar === undefined ? definition.window.everyMs : stepMs(definition.window);
  const nowMs = `toUnixTimestamp64Milli(now64(3, 'UTC'))`;
  const dimension = (index: number): string => paneDimensionSql(definition, index, true);
  const panes = lines(
    `SELECT ${items([PANE.paneStart, ...levelSeries(definition, dimension), ...merged(plan)])}`,
    `FROM ${paneRows(definition, whereMetric(definition))} AS r`,
    `GROUP BY ${[PANE.paneStart, ...levelKeys(plan)].join(', ')}`,
  );
  return levelSelect(plan, panes, {
    everyMs,
    calendar,
    afterMs: 'toInt64(-62135596800000)',
    lastEndMs: `(${stepEndSql({ everyMs, calendar }, nowMs)})`,
  });
}

function merged({ definition, series }: WindowPlan): string[] {
  return [
    ...series.map((at, index) => `${paneDimensionSql(definition, at)} AS g${index}`),
    ...stateColumns(definition).map(({ name, fromPanes }) => `${fromPanes} AS ${name}`),
    `sum(r.${PANE.events}) AS events`,
    `sum(r.${PANE.lateEvents}) AS late_events`,
    `max(r.${PANE.partial}) AS partial`,
  ];
}

/** Short statement over the analysts' view that gives the newest values, to copy into any SQL tool. */
export function newestValuesSql(
  definition: AnyMetric,
  selection: { readonly filter?: Readonly<Record<string, readonly string[]>>; readonly limit?: number } = {},
): string {
  const dimensions = definition.dimensions.map(({ name }) => plain(name));
  const isSessions = !isMetricRatio(definition) && isBySession(definition);
  const names = isSessions ? [...dimensions, 'window_start', SESSION] : dimensions;
  const isRatio = isMetricRatio(definition) || definition.measure.kind === 'ratio';
  const ratio = isRatio ? ['numerator', 'denominator'] : [];
  const filters = Object.entries(selection.filter ?? {}).map(([name, values]) =>
    values.length === 1
      ? `${plain(name)} = ${literal(values[0]!)}`
      : `${plain(name)} IN (${values.map(literal).join(', ')})`,
  );
  return lines(
    `SELECT ${items(['window_end', ...names, 'value', ...ratio, 'state', 'as_of'])}`,
    `FROM ${METRICS_DATABASE}.${plain(definition.name)}`,
    `WHERE ${['window_end > now() - INTERVAL 1 HOUR', ...filters].join('\n  AND ')}`,
    `ORDER BY ${items(['window_end DESC', ...dimensions])}`,
    `LIMIT ${integer(selection.limit ?? 100)}`,
  );
}

function plain(name: string): string {
  return /^[a-z][a-z0-9_]*$/i.test(name) ? name : identifier(name);
}
