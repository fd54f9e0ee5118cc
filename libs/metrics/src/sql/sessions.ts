import type { Contract } from '@freshet/contracts';
import type { MetricDefinition, SessionRule } from '../metric.js';
import { storedDimensionsOf } from '../session-panes.js';
import { slotsOf } from '../slots.js';
import { stepEndSql, stepEndsSql, type Steps } from './calendar-sql.js';
import { readDimensionSql, storedDimensionSql } from './dimension-sql.js';
import { filterSql } from './filter-sql.js';
import { FACT, PANE } from './pane-columns.js';
import { stateColumns } from './states.js';
import { instant, integer, lines, nested } from './text.js';
import { items, type WindowPlan } from './windows.js';

/**
 * Sessions are made at read, of fragments: what one key of one series has in a pane of panes, or in a millisecond of
 * facts. All events of a fragment are less than a gap apart, so that fragments in their order are all that is needed,
 * whatever chunks and partitions they came in.
 */

/** Columns that tell one key of one series: d0 …, session_key. */
function keysOf({ dimensions }: MetricDefinition): string[] {
  return [...dimensions.map((_, index) => `d${index}`), 'session_key'];
}

/** The sessions' rule of a metric whose windows are sessions. Throws for any other. */
function sessionRule({ name, window }: MetricDefinition): SessionRule {
  if (window.session === undefined) throw new Error(`${name} has no sessions.`);
  return window.session;
}

/**
 * Event time from which fragments have to be read to know the sessions that end after `endMs`: the whole `longest`
 * before the one that the last event of such a session may lie in says whether the session was cut.
 */
export function sessionsFromMs(definition: MetricDefinition, endMs: number): number {
  const { gapMs, longestMs } = sessionRule(definition);
  return (Math.floor((endMs - gapMs) / longestMs) - 1) * longestMs;
}

/** Start of the first pane that the last event of a session that ends after `endMs` may lie in. */
export function lastPaneMs(definition: MetricDefinition, endMs: number): number {
  const { gapMs } = sessionRule(definition);
  return (Math.floor(endMs / gapMs) - 1) * gapMs;
}

/** SELECT of fragments from stored rows. @param rows of `paneRows` */
export function paneFragments(definition: MetricDefinition, rows: string): string {
  const { span } = slotsOf(definition);
  const extreme = (kind: 'min' | 'max', slot: number): string =>
    `assumeNotNull(${kind}(r.${PANE.extremes}[${slot + 1}]))`;
  const keys = keysOf(definition);
  return lines(
    `SELECT ${items([
      ...keys.map((key, index) => `toString(${PANE.dimensions}[${index + 1}]) AS ${key}`),
      `${extreme('min', span!.first)} AS first_ms`,
      `${extreme('max', span!.last)} AS last_ms`,
      ...stateColumns(definition).map(({ name, fromPanes }) => `${fromPanes} AS ${name}`),
      `sum(r.${PANE.events}) AS events`,
      `sum(r.${PANE.lateEvents}) AS late_events`,
    ])}`,
    `FROM ${rows} AS r`,
    `GROUP BY ${items([PANE.paneStart, ...keys])}`,
    // A correction may take back all that a fragment had.
    `HAVING events > 0`,
  );
}

/** SELECT of fragments from facts in [fromMs, toMs). @param more further conditions over the facts */
export function factFragments(
  definition: MetricDefinition,
  contract: Contract,
  { view, fromMs, toMs, more = '' }: { view: string; fromMs: number; toMs: number; more?: string },
): string {
  const keys = keysOf(definition);
  const time = `toUnixTimestamp64Milli(${FACT.eventTime})`;
  return lines(
    `SELECT ${items([
      ...sessionKeySql(definition, contract).map((sql, index) => `${sql} AS ${keys[index]!}`),
      `${time} AS first_ms`,
      `${time} AS last_ms`,
      ...stateColumns(definition).map(({ name, fromFacts }) => `${fromFacts(contract)} AS ${name}`),
      `count() AS events`,
      `toUInt64(0) AS late_events`,
    ])}`,
    `FROM ${view}`,
    `WHERE ${FACT.eventTime} >= ${instant(fromMs)} AND ${FACT.eventTime} < ${instant(toMs)}`,
    definition.filter && `  AND (${filterSql(definition.filter, contract)})`,
    more !== '' && `  AND ${more}`,
    `GROUP BY ${items([...keys, FACT.eventTime])}`,
  );
}

/** SQL of `keysOf` over facts. */
export function sessionKeySql(definition: MetricDefinition, contract: Contract): string[] {
  return storedDimensionsOf(definition).map((dimension) => storedDimensionSql(dimension, contract));
}

/**
 * SELECT of the sessions that fragments make: d0 …, session_key, start_ms (first event), last_ms (last event), end_ms,
 * states, events, late_events, and late_from_ms: since when late events may have changed what was told. A late event
 * of the time before a cut counts in the session after it too, because it may have made the cut.
 */
export function sessionsSelect(definition: MetricDefinition, fragments: string): string {
  const { gapMs, longestMs } = sessionRule(definition);
  const [gap, longest] = [integer(gapMs), integer(longestMs)];
  const keys = keysOf(definition);
  const of = `PARTITION BY ${items(keys)}`;
  const before = `OVER (${of} ORDER BY first_ms ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)`;
  const states = stateColumns(definition).map(({ name }) => name);
  const carried = items([...keys, 'first_ms', 'last_ms', ...states, 'events', 'late_events']);
  const neighbours = lines(
    `SELECT ${carried}, first_ms - positiveModulo(first_ms, ${longest}) AS block_ms,`,
    `  lagInFrame(toNullable(last_ms)) ${before} AS before_ms,`,
    `  isNull(before_ms) OR first_ms - assumeNotNull(before_ms) >= ${gap} AS begins`,
    `FROM ${nested(fragments)}`,
  );
  const runs = lines(
    `SELECT ${carried}, block_ms, begins,`,
    `  maxIf(first_ms, begins) ${before} AS run_ms,`,
    `  lagInFrame(block_ms) ${before} AS block_before_ms,`,
    `  sum(late_events) OVER (PARTITION BY ${items([...keys, 'block_ms'])}) AS late_in_block`,
    `FROM ${nested(neighbours)}`,
  );
  const cuts = lines(
    `SELECT ${carried}, run_ms,`,
    // The run reaches back to the first pane of the block before.
    `  NOT begins AND block_ms != block_before_ms AND run_ms < block_ms - ${integer(longestMs - gapMs)} AS is_cut,`,
    `  begins OR is_cut AS opens,`,
    `  if(is_cut, lagInFrame(late_in_block) ${before}, 0) AS late_before`,
    `FROM ${nested(runs)}`,
  );
  const numbered = lines(
    `SELECT ${items([carried, 'run_ms', 'late_before'])}, countIf(opens) ${before} AS number`,
    `FROM ${nested(cuts)}`,
  );
  const blockEnd = `(last_ms - positiveModulo(last_ms, ${longest}) + ${longest})`;
  const grouped = lines(
    `SELECT ${items(keys)}, min(t.first_ms) AS start_ms, max(t.last_ms) AS last_ms, any(t.run_ms) AS run_ms,`,
    `  ${items([...stateColumns(definition).map(sessionState(definition)), `sum(t.events) AS events`])},`,
    `  sum(t.late_events) + max(t.late_before) AS late_events,`,
    `  if(max(t.late_before) > 0, min(t.first_ms), minIf(t.first_ms, t.late_events > 0)) AS late_from_ms`,
    `FROM ${nested(numbered)} AS t`,
    `GROUP BY ${items([...keys, 'number'])}`,
  );
  return lines(
    `SELECT ${items([...keys, 'start_ms', 'last_ms', ...states, 'events', 'late_events', 'late_from_ms'])},`,
    `  if(run_ms < ${blockEnd} - ${integer(longestMs - gapMs)} AND last_ms >= ${blockEnd} - ${gap}, ${blockEnd}, last_ms + ${gap}) AS end_ms`,
    `FROM ${nested(grouped)}`,
  );
}

/** A state of a session from those of its fragments. */
function sessionState(definition: MetricDefinition): (state: { name: string }, index: number) => string {
  const kinds = slotsOf(definition).parts.flatMap(({ slots }) =>
    slots.kind === 'avg' ? [slots.kind, slots.kind] : [slots.kind],
  );
  return ({ name }, index) => {
    if (kinds[index] === 'sessions') return `toInt64(sum(t.${name}) > 0) AS ${name}`;
    if (kinds[index] === 'duration') return `toInt64(max(t.last_ms) - min(t.first_ms)) AS ${name}`;
    return `sum(t.${name}) AS ${name}`;
  };
}

/** Items g0 … of a session's series as readers see them. */
export function sessionSeries({ definition, series }: WindowPlan): string[] {
  return series.map((at, index) => `${readDimensionSql(definition, at, `d${at}`)} AS g${index}`);
}

/**
 * SELECT of steps, each with the sessions that ended in it: window_end, g0 …, states, events, late_events, partial. A
 * session with late events says so in every step since the first of them: it may have ended there before.
 * @param sessions of `sessionsSelect`
 * @param range SQL of epoch ms: steps end after the first and not after the second; absent: all
 */
export function sessionSteps(
  plan: WindowPlan,
  sessions: string,
  steps: Steps,
  range?: { readonly afterMs: string; readonly lastEndMs: string },
): string {
  const { gapMs } = sessionRule(plan.definition);
  const states = stateColumns(plan.definition).map(({ name }) => name);
  const keys = plan.series.map((_, index) => `g${index}`);
  const own = `toInt64(${stepEndSql(steps, 'end_ms - 1')})`;
  const lastMs = `toInt64(${stepEndSql(steps, `last_ms + ${integer(gapMs - 1)}`)})`;
  const told = `if(late_events = 0, [own_ms], ${stepEndsSql(steps, 'late_from_ms', lastMs)})`;
  const within =
    range === undefined
      ? told
      : `arrayFilter(e -> e > ${range.afterMs} AND e <= ${range.lastEndMs}, ${told})`;
  const rows = lines(
    `SELECT ${items([...sessionSeries(plan), ...states, 'events', 'late_events'])}, ${own} AS own_ms, ${within} AS ends`,
    `FROM ${nested(sessions)}`,
  );
  return lines(
    `SELECT fromUnixTimestamp64Milli(toInt64(step_ms), 'UTC') AS window_end, ${items([
      ...keys,
      ...states.map((name) => `sumIf(t.${name}, own_ms = step_ms) AS ${name}`),
      `sumIf(t.events, own_ms = step_ms) AS events`,
      `sum(t.late_events) AS late_events`,
      `toUInt8(0) AS partial`,
    ])}`,
    `FROM ${nested(rows)} AS t`,
    `ARRAY JOIN ends AS step_ms`,
    `GROUP BY ${items(['step_ms', ...keys])}`,
  );
}
