import { isMetricRatio, type AnyMetric, type MetricDefinition, type MetricOutline } from '../metric.js';
import { isBySession, isLevel } from '../slots.js';
import { isOf, LEAST_ARCHIVE_AGE_MS, whereMetric } from './archive.js';
import {
  ARCHIVE_HEAD,
  ARCHIVE_HEADS_TABLE,
  GAP,
  GAPS_TABLE,
  PANE,
  PANES_TABLE,
  PROGRESS,
  PROGRESS_VIEW,
} from './pane-columns.js';
import { chunkRows, IS_FOLDED, paneRows } from './pane-rows.js';
import { partSelections, ratioSelect } from './ratio.js';
import { ranksJoin, rankMode, seriesSql } from './ranks-sql.js';
import { dimensionIndex, resolveSelection, type PaneSelection, type ResolvedSelection } from './selection.js';
import { stepEndSql, windowLengthSql, windowStartSql } from './calendar-sql.js';
import { paneDimensionSql } from './dimension-sql.js';
import { levelKeys, levelSeries } from './levels.js';
import { paneFragments, lastPaneMs, sessionsFromMs, sessionsSelect, sessionSteps } from './sessions.js';
import { stateColumns, valueSql } from './states.js';
import { windowsOver } from './window-select.js';
import { instant, integer, lines, literal, nested } from './text.js';
import { items, keyColumns, spreadPartial, topSelect, type WindowPlan } from './windows.js';

/** Row of `panesSelect` as JSONEachRow or JSONCompactEachRow give it (64-bit integers as numbers or text). */
export interface PaneQueryRow {
  readonly sub: string;
  readonly window_start_ms: number;
  readonly window_end_ms: number;
  readonly series: readonly string[];
  readonly value: number | null;
  readonly numerator: number | null;
  readonly denominator: number | null;
  readonly events: number;
  readonly late_events: number;
  readonly partial: 0 | 1;
  readonly incomplete: 0 | 1;
  readonly state: 'live' | 'final' | 'revised';
}

export interface PanesSelectOptions extends PaneSelection {
  /** Constant column that tells the rows of one SELECT from another's in a UNION ALL. */
  readonly sub?: string;
  /** Topics of the metric's contracts. */
  readonly topics: readonly string[];
  /** False: `state` is always `live`, for a reader that knows the frontiers already; saves a look at the ledger. */
  readonly withState?: boolean;
}

/**
 * SELECT (no FORMAT, no order) of a metric's values over stored panes, with the columns of `PaneQueryRow` in
 * that order and types, whatever the metric: several may be joined by UNION ALL. Chunks, partitions and panes
 * are merged in the store. Reads the primary key's range [metric, revision, pane_start) with FINAL. Windows
 * without any pane have no row. Throws `SelectionError` on a selection that the metric cannot answer.
 */
export function panesSelect(definition: AnyMetric, options: PanesSelectOptions): string {
  if (isMetricRatio(definition)) return ratioSelect(definition, options);
  const selection = resolveSelection(definition, options);
  const isLast = selection.top === undefined && !isBySession(definition, selection.perPane);
  const plan = { ...planOf(definition, selection), isLast };
  const windows = windowsSelect(plan, selection);
  const top = selection.top === undefined ? windows : topSelect(plan, windows, selection.top);
  const withState = options.withState ?? true;
  return lines(
    withState ? trustScalars(definition, options.topics) : `WITH\n  ${gapsScalar(options.topics)}`,
    `SELECT ${valueItems(plan, selection, options.sub ?? '', withState)}`,
    `FROM ${nested(top)} AS w`,
    ranksJoin(selection.quantiles?.ranks),
  );
}

export function planOf(definition: MetricDefinition, selection: ResolvedSelection): WindowPlan {
  return {
    definition,
    series: selection.groupBy.map((name) => dimensionIndex(definition, name)),
    currency: selection.groupBy.indexOf(definition.currencyDimension ?? ''),
    // Sessions are not folded: the filter is applied where they are read.
    hasFilter: selection.filter.length > 0 && !isBySession(definition, selection.perPane),
    sizeMs: selection.sizeMs,
    calendar: selection.calendar,
    lengthMs: windowLengthSql(selection, selection.sizeMs),
    perPane: selection.perPane,
  };
}

/** SELECT of a metric's windows by series, as states; all of them, whatever `top` says. */
export function windowsSelect(plan: WindowPlan, selection: ResolvedSelection): string {
  const { definition } = plan;
  if (isBySession(definition, selection.perPane)) return sessionWindows(plan, selection);
  const isRunning = isLevel(definition, selection.perPane);
  const isHopping = selection.sizeMs > selection.everyMs;
  const isRolledUp = selection.calendar !== undefined || selection.everyMs > definition.window.everyMs;
  const bucket =
    isHopping || isRunning
      ? `${PANE.paneStart} AS pane_start`
      : isRolledUp
        ? `fromUnixTimestamp64Milli(toInt64(${stepEndSql(selection, `toUnixTimestamp64Milli(${PANE.paneStart})`)}), 'UTC') AS window_end`
        : `${PANE.paneStart} + toIntervalMillisecond(${selection.everyMs}) AS window_end`;
  const merged = mergedPanes(plan, bucket, selection);
  return spreadPartial(plan, windowsOver(plan, merged, selection));
}

function sessionWindows({ definition, ...plan }: WindowPlan, selection: ResolvedSelection): string {
  const narrowed = selection.filter.length > 0 && `  AND ${filterOf(definition, selection)}`;
  // A session that ends in the range has an event less than a gap before it, or in it: what other keys did is not needed.
  const newest = lines(
    whereMetric(definition),
    `  AND ${PANE.paneStart} >= ${instant(lastPaneMs(definition, selection.fromMs))}`,
    `  AND ${PANE.paneStart} < ${instant(selection.toMs)}`,
  );
  const keys = `SELECT ${PANE.dimensions} FROM ${rowsOf(definition, selection, newest)}`;
  const wanted = `  AND ${PANE.dimensions} IN ${nested(keys)}`;
  const where = lines(whereRange(definition, selection), narrowed, wanted);
  const rows = rowsOf(definition, selection, where);
  const sessions = sessionsSelect(definition, paneFragments(definition, rows));
  const range = { afterMs: integer(selection.fromMs), lastEndMs: integer(selection.toMs) };
  return sessionSteps({ definition, ...plan }, sessions, selection, range);
}

/** A whole statement: `panesSelect` in order of window and series. */
export function panesQuery(definition: AnyMetric, options: PanesSelectOptions): string {
  return lines(
    `SELECT * FROM ${nested(panesSelect(definition, options))}`,
    `ORDER BY window_end_ms, series`,
    `FORMAT JSONEachRow`,
  );
}

/**
 * SELECT of what the rows of selections cover: (sub, topic, incarnation, partition, through), where through is the
 * highest offset in any of them. A version vector is made of it. All selections are found by one read: each of their
 * own would cost the store as much to plan as their rows to read.
 */
export function coverageSelect(
  wanted: readonly (readonly [AnyMetric, PanesSelectOptions & { readonly sub: string }])[],
): string {
  const parts = wanted.flatMap(([definition, options]) =>
    (isMetricRatio(definition) ? partSelections(definition, options) : [[definition, options] as const]).map(
      ([part, own]) => ({ sub: options.sub, part, selection: resolveSelection(part, own) }),
    ),
  );
  const subsOf = new Map<string, Set<string>>();
  for (const { sub, part, selection } of parts) {
    const condition = inRange(part, selection);
    subsOf.set(condition, (subsOf.get(condition) ?? new Set()).add(sub));
  }
  const subs = [...subsOf].map(
    ([condition, names]) => `if(${condition}, [${[...names].map(literal).join(', ')}], [])`,
  );
  const source = items([PANE.topic, PANE.incarnation, PANE.partition]);
  const rows = lines(
    `SELECT arrayJoin(arrayConcat(${subs.join(', ')})) AS sub, toString(p.${PANE.topic}) AS topic,`,
    `  p.${PANE.incarnation} AS ${PANE.incarnation}, p.${PANE.partition} AS ${PANE.partition}, max(p.${PANE.through}) AS through`,
    `FROM ${PANES_TABLE} AS p`,
    `WHERE ${[...subsOf.keys()].map((condition) => `(${condition})`).join(' OR ')}`,
    `GROUP BY sub, ${source}`,
  );
  // Archiving takes no offset back that rows of the range once covered.
  const heads = parts
    .filter(({ part, selection }) => !isRecent(part, selection))
    .map(({ sub, part, selection }) => headsSelect(part, selection, sub));
  if (heads.length === 0) return rows;
  return lines(
    `SELECT sub, ${source}, max(r.through) AS through`,
    `FROM ${nested([rows, ...heads].join('\nUNION ALL\n'))} AS r`,
    `GROUP BY sub, ${source}`,
  );
}

/** SELECT of what the archive covers of a selection. */
function headsSelect(definition: MetricDefinition, selection: ResolvedSelection, sub: string): string {
  return lines(
    `SELECT ${literal(sub)} AS sub, each.1 AS topic, each.2 AS ${PANE.incarnation}, each.3 AS ${PANE.partition}, each.6 AS ${PANE.through}`,
    `FROM ${ARCHIVE_HEADS_TABLE} ARRAY JOIN ${ARCHIVE_HEAD.sources} AS each`,
    `${whereMetric(definition)} AND ${ARCHIVE_HEAD.before} > ${instant(firstPaneMs(definition, selection))}`,
  );
}

/**
 * Whether nothing of a selection is archived: it cannot be yet, should the clocks of reader and store be half a day
 * apart, or the reader knows.
 */
export function isRecent(definition: MetricDefinition, selection: ResolvedSelection): boolean {
  const { nowMs, archivedBeforeMs = Infinity } = selection;
  if (nowMs === undefined || isLevel(definition, selection.perPane)) return false;
  return firstPaneMs(definition, selection) >= Math.min(archivedBeforeMs, nowMs - LEAST_ARCHIVE_AGE_MS / 2);
}

function rowsOf(definition: MetricDefinition, selection: ResolvedSelection, where: string): string {
  if (isRecent(definition, selection)) return chunkRows(definition, where);
  return paneRows(
    definition,
    where,
    [],
    isLevel(definition, selection.perPane) ? selection.fromMs : undefined,
  );
}

/** SELECT of pane rows merged over partitions and chunks into `bucket` and series. */
function mergedPanes(plan: WindowPlan, bucket: string, selection: ResolvedSelection): string {
  const { definition } = plan;
  const isRunning = isLevel(definition, plan.perPane);
  const keys = [
    ...(isRunning ? levelSeries(definition, (index) => paneDimensionSql(definition, index, true)) : []),
    ...plan.series.map((at, index) => `${paneDimensionSql(definition, at, plan.perPane)} AS g${index}`),
    ...(plan.hasFilter ? [`(${filterOf(definition, selection)}) AS matches`] : []),
  ];
  const bucketName = bucket.endsWith('pane_start') ? 'pane_start' : 'window_end';
  const isLast = plan.isLast === true && bucketName === 'window_end';
  const columns = [
    bucket,
    ...keys,
    ...stateColumns(definition, plan.perPane, isLast).map(({ name, fromPanes }) => `${fromPanes} AS ${name}`),
    `sum(r.${PANE.events}) AS events`,
    `sum(r.${PANE.lateEvents}) AS late_events`,
    `max(r.${PANE.partial}) AS partial`,
  ];
  const where = lines(
    whereRange(definition, selection),
    // Folded rows may hold events that match: they are read to say so, not counted.
    plan.hasFilter && `  AND (${filterOf(definition, selection)} OR ${IS_FOLDED})`,
  );
  return lines(
    `SELECT ${items(columns)}`,
    `FROM ${rowsOf(definition, selection, where)} AS r`,
    `GROUP BY ${[bucketName, ...(isRunning ? levelKeys(plan) : keyColumns(plan))].join(', ')}`,
  );
}

function whereRange(definition: MetricDefinition, selection: ResolvedSelection): string {
  return `WHERE ${inRange(definition, selection)}`;
}

export function inRange(definition: MetricDefinition, selection: ResolvedSelection): string {
  const from = `${PANE.paneStart} >= ${instant(firstPaneMs(definition, selection))} AND `;
  return lines(
    isOf(definition),
    `  AND ${isLevel(definition, selection.perPane) ? '' : from}${PANE.paneStart} < ${instant(selection.toMs)}`,
  );
}

/** Start of the first pane that a selection reads; a level is made of all of them. */
export function firstPaneMs(definition: MetricDefinition, selection: ResolvedSelection): number {
  if (isLevel(definition, selection.perPane)) return 0;
  if (isBySession(definition, selection.perPane)) return sessionsFromMs(definition, selection.fromMs);
  return selection.fromMs + selection.everyMs - selection.sizeMs;
}

export function filterOf(definition: MetricDefinition, { filter, perPane }: ResolvedSelection): string {
  return filter
    .map(([dimension, values]) => {
      const column = paneDimensionSql(definition, dimensionIndex(definition, dimension), perPane);
      return values.length === 0 ? '0' : `${column} IN (${values.map(literal).join(', ')})`;
    })
    .join(' AND ');
}

/** What is known of the sources as a whole: lowest watermark and gaps, read once a statement. */
export function trustScalars(
  { lateness }: Pick<MetricOutline, 'lateness'>,
  topics: readonly string[],
): string {
  // A topic that the ledger does not know has no frontier, so nothing over it is complete.
  const known = `if(uniqExact(${PROGRESS.topic}) < ${integer(new Set(topics).size)}, -1, ifNull(minOrNull(${PROGRESS.frontierMs}), -1))`;
  return lines(
    `WITH`,
    `  (SELECT ${known} FROM ${PROGRESS_VIEW} WHERE ${PROGRESS.topic} IN (${topics.map(literal).join(', ')})) - ${integer(lateness.watermarkDelayMs)} AS watermark_ms,`,
    `  ${gapsScalar(topics)}`,
  );
}

export function gapsScalar(topics: readonly string[]): string {
  return `(SELECT groupArray((${GAP.fromTimeMs}, ${GAP.toTimeMs})) FROM ${GAPS_TABLE} WHERE ${GAP.topic} IN (${topics.map(literal).join(', ')})) AS gaps`;
}

/** Trust state of a window by `end`, SQL of epoch ms; see `trustState` of windowing. */
export function stateSql(definition: Pick<MetricOutline, 'lateness'>, endMs: string): string {
  return (
    `multiIf(${endMs} + ${integer(definition.lateness.allowedMs)} > watermark_ms, 'live', ` +
    `late_events > 0, 'revised', 'final')`
  );
}

/** Whether lost records may belong to the window: 0 or 1. */
export function incompleteSql(startMs: string, endMs: string): string {
  return `toUInt8(arrayExists(gap -> gap.1 < ${endMs} AND gap.2 >= ${startMs}, gaps))`;
}

/** Flag of a value that holds folded series. */
export const PARTIAL = `toUInt8(w.${PANE.partial} > 0) AS ${PANE.partial}`;

/** Flag of a value of which something may be lost: see `ofChunkRow`. */
export function lackingSql(missing: string): string {
  return `toUInt8(${missing} OR w.${PANE.partial} > 1)`;
}

/** The same of a value: a level is made of all that came before, too. */
export function missingSql(plan: WindowPlan, startMs: string, endMs: string): string {
  return isLevel(plan.definition, plan.perPane)
    ? lackingSql(`${incompleteSql('toInt64(-62135596800000)', endMs)} OR run_unopened > 0`)
    : lackingSql(incompleteSql(startMs, endMs));
}

function valueItems(plan: WindowPlan, selection: ResolvedSelection, sub: string, withState: boolean): string {
  const { definition } = plan;
  const { value, numerator, denominator } = valueSql(definition, {
    ...plan,
    ...rankMode(selection.quantiles?.ranks),
  });
  const float = (sql: string | undefined): string => `CAST(${sql ?? 'NULL'} AS Nullable(Float64))`;
  const end = `toUnixTimestamp64Milli(window_end)`;
  const start = windowStartSql(plan, plan.sizeMs);
  return items([
    `${literal(sub)} AS sub`,
    `${start} AS window_start_ms`,
    `${end} AS window_end_ms`,
    `${seriesSql(selection)} AS series`,
    `${float(value)} AS value`,
    `${float(numerator)} AS numerator`,
    `${float(denominator)} AS denominator`,
    `toUInt64(events) AS events`,
    `toUInt64(late_events) AS late_events`,
    PARTIAL,
    `${missingSql(plan, start, end)} AS incomplete`,
    `${withState ? stateSql(definition, end) : `'live'`} AS state`,
  ]);
}
