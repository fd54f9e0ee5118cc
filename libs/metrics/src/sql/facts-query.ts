import type { Contract } from '@freshet/contracts';
import { OTHER, type MetricDefinition } from '../metric.js';
import { storedDimensionsOf } from '../session-panes.js';
import { isBySession, isLevel } from '../slots.js';
import { stepEndSql, windowStartSql } from './calendar-sql.js';
import { dimensionSql, storedDimensionSql } from './dimension-sql.js';
import { filterSql } from './filter-sql.js';
import { FACT, FACTS_DATABASE } from './pane-columns.js';
import { dimensionIndex, resolveSelection, type PaneSelection, type ResolvedSelection } from './selection.js';
import { levelKeys, levelSeries } from './levels.js';
import { ranksJoin, rankMode, seriesSql } from './ranks-sql.js';
import { planOf } from './panes-query.js';
import { factFragments, sessionsFromMs, sessionsSelect, sessionSteps } from './sessions.js';
import { stateColumns, valueSql } from './states.js';
import { identifier, instant, integer, lines, literal, nested } from './text.js';
import { windowsOver } from './window-select.js';
import { items, keyColumns, topSelect, type WindowPlan } from './windows.js';

/** Row of `factsQuery`; NULL and text as in `PaneQueryRow`. */
export interface FactsQueryRow {
  readonly window_start_ms: number;
  readonly window_end_ms: number;
  readonly series: readonly string[];
  readonly value: number | null;
  readonly numerator: number | null;
  readonly denominator: number | null;
  readonly events: number;
}

export interface FactsQueryOptions extends PaneSelection {
  /**
   * Fold series beyond `maxSeries` as ingest does, chunk by chunk in first-seen order, so that `(other)` agrees
   * as well; costs two passes over the facts of the range.
   */
  readonly fold?: boolean;
  /** SELECT of counted facts to read instead of the contract's view, which holds all of them. */
  readonly facts?: string;
}

/**
 * SELECT (no FORMAT) of the same numbers from the facts: what the audit compares with the panes, and what a
 * person can read to see what a number means. The view holds every counted event once.
 */
export function factsQuery(
  definition: MetricDefinition,
  contract: Contract,
  options: FactsQueryOptions,
): string {
  const selection = resolveSelection(definition, options);
  // The filter is applied where facts are read: nothing is left for the windows to match.
  const plan = { ...planOf(definition, selection), hasFilter: false };
  const view =
    options.facts === undefined ? `${FACTS_DATABASE}.${identifier(contract.name)}` : nested(options.facts);
  if (isBySession(definition, selection.perPane)) {
    return valuesSelect(plan, selection, sessionFacts(plan, contract, selection, view));
  }
  const isRunning = isLevel(definition, selection.perPane);
  const isHopping = selection.sizeMs > selection.everyMs;
  const byPane = isHopping || isRunning;
  const time = `toUnixTimestamp64Milli(${FACT.eventTime})`;
  const pane = `${time} - positiveModulo(${time}, ${integer(definition.window.everyMs)})`;
  const bucket = byPane
    ? `fromUnixTimestamp64Milli(toInt64(${pane}), 'UTC') AS pane_start`
    : `fromUnixTimestamp64Milli(toInt64(${stepEndSql(selection, time)}), 'UTC') AS window_end`;
  const fromMs = selection.fromMs + selection.everyMs - selection.sizeMs;
  const where = lines(
    `WHERE ${isRunning ? '' : `${FACT.eventTime} >= ${instant(fromMs)} AND `}${FACT.eventTime} < ${instant(selection.toMs)}`,
    definition.filter && `  AND (${filterSql(definition.filter, contract)})`,
  );
  const dimensionOf = (name: string, stored = selection.perPane): string => {
    const dimension = definition.dimensions[dimensionIndex(definition, name)]!;
    const value = (stored ? storedDimensionSql : dimensionSql)(dimension, contract);
    return options.fold && name !== definition.currencyDimension
      ? `if(series_place > ${integer(definition.maxSeries)}, ${literal(OTHER)}, ${value})`
      : value;
  };
  const isNarrowed = selection.filter.length > 0;
  const narrowed = selection.filter
    .map(([name, values]) => {
      const allowed = values.map(literal).join(', ');
      return values.length === 0 ? '0' : `${dimensionOf(name)} IN (${allowed})`;
    })
    .join(' AND ');
  const merged = lines(
    `SELECT ${items([
      bucket,
      ...(isRunning
        ? levelSeries(definition, (index) => dimensionOf(definition.dimensions[index]!.name, true))
        : []),
      ...selection.groupBy.map((name, index) => `${dimensionOf(name)} AS g${index}`),
      ...stateColumns(definition, selection.perPane).map(
        ({ name, fromFacts }) => `${fromFacts(contract)} AS ${name}`,
      ),
      `count() AS events`,
      `0 AS late_events`,
      `0 AS partial`,
    ])}`,
    options.fold ? `FROM ${nested(placedFacts(definition, contract, view, where))}` : `FROM ${view}`,
    options.fold ? isNarrowed && `WHERE ${narrowed}` : where,
    !options.fold && isNarrowed && `  AND ${narrowed}`,
    `GROUP BY ${[byPane ? 'pane_start' : 'window_end', ...(isRunning ? levelKeys(plan) : keyColumns(plan))].join(', ')}`,
  );
  return valuesSelect(plan, selection, windowsOver(plan, merged, selection));
}

/** SELECT of steps from the sessions of the facts, see `sessionSteps`. */
function sessionFacts(
  plan: WindowPlan,
  contract: Contract,
  selection: ResolvedSelection,
  view: string,
): string {
  const { definition } = plan;
  const { fromMs, toMs } = selection;
  const more = selection.filter
    .map(([name, values]) => {
      const column = dimensionSql(definition.dimensions[dimensionIndex(definition, name)]!, contract);
      return values.length === 0 ? '0' : `${column} IN (${values.map(literal).join(', ')})`;
    })
    .join(' AND ');
  const read = { view, fromMs: sessionsFromMs(definition, fromMs), toMs, more };
  const sessions = sessionsSelect(definition, factFragments(definition, contract, read));
  const range = { afterMs: integer(fromMs), lastEndMs: integer(toMs) };
  return sessionSteps(plan, sessions, selection, range);
}

/** SELECT of the columns of `FactsQueryRow`, in order, from windows as states. */
function valuesSelect(plan: WindowPlan, selection: ResolvedSelection, windows: string): string {
  const { definition } = plan;
  const rows = selection.top === undefined ? windows : topSelect(plan, windows, selection.top);
  const { value, numerator, denominator } = valueSql(definition, {
    ...plan,
    ...rankMode(selection.quantiles?.ranks),
  });
  const float = (sql: string | undefined): string => `CAST(${sql ?? 'NULL'} AS Nullable(Float64))`;
  return lines(
    `SELECT ${windowStartSql(selection, selection.sizeMs)} AS window_start_ms,`,
    `  toUnixTimestamp64Milli(window_end) AS window_end_ms,`,
    `  ${seriesSql(selection)} AS series,`,
    `  ${float(value)} AS value, ${float(numerator)} AS numerator, ${float(denominator)} AS denominator,`,
    `  toUInt64(events) AS events`,
    `FROM ${nested(rows)}`,
    ranksJoin(selection.quantiles?.ranks),
    `ORDER BY window_end_ms, series`,
  );
}

/** Facts with the place that their series took in their chunk and pane, by first offset. */
function placedFacts(definition: MetricDefinition, contract: Contract, view: string, where: string): string {
  const time = `toUnixTimestamp64Milli(${FACT.eventTime})`;
  const pane = `intDiv(${time}, ${integer(definition.window.everyMs)})`;
  const chunk = [FACT.incarnation, FACT.partition, FACT.chunk, pane].join(', ');
  const dimensions = storedDimensionsOf(definition).map((dimension) =>
    storedDimensionSql(dimension, contract),
  );
  const first = lines(
    `SELECT *, min(${FACT.offset}) OVER (PARTITION BY ${[chunk, ...dimensions].join(', ')}) AS series_first`,
    `FROM ${view}`,
    where,
  );
  return lines(
    `SELECT *, dense_rank() OVER (PARTITION BY ${chunk} ORDER BY series_first) AS series_place`,
    `FROM ${nested(first)}`,
  );
}
