import type { Contract } from '@freshet/contracts';
import type { MetricDefinition } from '../metric.js';
import { chosenRanks, QUANTILE, ranksOf } from '../ranks.js';
import { isBySession, isLevel } from '../slots.js';
import { dimensionSql, paneDimensionSql } from './dimension-sql.js';
import { factsQuery } from './facts-query.js';
import { filterSql } from './filter-sql.js';
import { FACT, FACTS_DATABASE, PANE } from './pane-columns.js';
import { whereMetric } from './archive.js';
import { ARCHIVED_LIFE, paneRows } from './pane-rows.js';
import { dimensionIndex } from './selection.js';
import { factFragments, sessionKeySql, sessionsFromMs, sessionsSelect } from './sessions.js';
import { stateColumns, valueSql } from './states.js';
import { identifier, instant, integer, lines, literal, nested } from './text.js';
import { items } from './windows.js';

/** One number: a metric over one window, [startMs, endMs), and the series that the filter leaves. */
export interface OneNumber {
  readonly startMs: number;
  readonly endMs: number;
  /** Dimension → allowed values; of money, one currency is among them. */
  readonly filter: Readonly<Record<string, readonly string[]>>;
}

/** Row of `numberSql` and `chunksSelect`; 64-bit integers as numbers or text. */
export interface NumberRow {
  readonly value: number | string | null;
  readonly numerator?: number | string | null;
  readonly denominator?: number | string | null;
  readonly events: number | string;
}

/**
 * Condition that a counted event belongs to the number, over the columns of the contract's view.
 * Throws `SelectionError` on an unknown dimension.
 */
export function numberWhere(definition: MetricDefinition, contract: Contract, number: OneNumber): string {
  if (isBySession(definition)) return sessionEventsSql(definition, contract, number);
  return lines(
    `${FACT.eventTime} >= ${utc(number.startMs)}`,
    `  AND ${FACT.eventTime} < ${utc(number.endMs)}`,
    definition.filter && `  AND (${filterSql(definition.filter, contract)})`,
    ...dimensionConditions(definition, contract, number).map((condition) => `  AND ${condition}`),
  );
}

/**
 * A whole statement that gives the number again from the facts, short enough to be read and to be pasted into
 * any SQL tool: one row with `value`, `numerator` and `denominator` of a ratio, and `events`.
 * @param without events that are left out, as (incarnation, partition, offset)
 */
export function numberSql(
  definition: MetricDefinition,
  contract: Contract,
  number: OneNumber,
  without: readonly (readonly [incarnation: number, partition: number, offset: number])[] = [],
): string {
  const left = without.map((place) => `(${place.join(', ')})`).join(', ');
  if (isLevel(definition)) return levelSql(definition, contract, number, left);
  if (isBySession(definition)) return sessionNumberSql(definition, contract, number);
  const { value, numerator, denominator } = valueSql(definition, {
    lengthMs: integer(number.endMs - number.startMs),
    ...chosenRank(definition, number),
  });
  const states = lines(
    `SELECT`,
    ...stateColumns(definition).map(
      ({ name, fromFacts }) => `  ${fromFacts(contract).replace('countIf(1)', 'count()')} AS ${name},`,
    ),
    `  count() AS events`,
    `FROM ${FACTS_DATABASE}.${plain(contract.name)}`,
    `WHERE ${numberWhere(definition, contract, number)}`,
    left !== '' && `  AND (${FACT.incarnation}, ${FACT.partition}, ${FACT.offset}) NOT IN (${left})`,
  );
  return lines(
    `SELECT ${items([`${value} AS value`, ...ratioItems(numerator, denominator), 'events'])}`,
    `FROM ${nested(states)}`,
  );
}

/** A level is made of all that came before: the statement is the audit's, narrowed to one row. */
function levelSql(definition: MetricDefinition, contract: Contract, number: OneNumber, left: string): string {
  const view = `${FACTS_DATABASE}.${plain(contract.name)}`;
  const facts = `SELECT * FROM ${view} WHERE (${FACT.incarnation}, ${FACT.partition}, ${FACT.offset}) NOT IN (${left})`;
  const query = factsQuery(definition, contract, {
    fromMs: number.endMs - definition.window.everyMs,
    toMs: number.endMs,
    everyMs: definition.window.everyMs,
    filter: number.filter,
    ...(left === '' ? {} : { facts }),
  });
  return lines(`SELECT value, events`, `FROM ${nested(query)}`, `ORDER BY window_end_ms DESC LIMIT 1`);
}

/** The sessions that ended in the window, added up. */
function sessionNumberSql(definition: MetricDefinition, contract: Contract, number: OneNumber): string {
  const { value, numerator, denominator } = valueSql(definition, {
    lengthMs: integer(number.endMs - number.startMs),
  });
  const states = lines(
    `SELECT ${items([...stateColumns(definition).map(({ name }) => `sum(t.${name}) AS ${name}`), `sum(t.events) AS events`])}`,
    `FROM ${nested(endedSessions(definition, contract, number))} AS t`,
  );
  return lines(
    `SELECT ${items([`${value} AS value`, ...ratioItems(numerator, denominator), 'events'])}`,
    `FROM ${nested(states)}`,
  );
}

/** Condition that an event is of a session that ended in the window. */
function sessionEventsSql(definition: MetricDefinition, contract: Contract, number: OneNumber): string {
  const keys = sessionKeySql(definition, contract);
  const events = lines(
    `SELECT ${items([FACT.incarnation, FACT.partition, FACT.offset])}, toUnixTimestamp64Milli(${FACT.eventTime}) AS at_ms, tuple(${items(keys)}) AS of`,
    `FROM ${FACTS_DATABASE}.${plain(contract.name)}`,
    `WHERE ${FACT.eventTime} >= ${utc(sessionsFromMs(definition, number.startMs))} AND ${FACT.eventTime} < ${utc(number.endMs)}`,
    definition.filter && `  AND (${filterSql(definition.filter, contract)})`,
  );
  const names = [...definition.dimensions.map((_, index) => `d${index}`), 'session_key'];
  const ended = `SELECT tuple(${items(names)}) AS of, start_ms, last_ms FROM ${nested(endedSessions(definition, contract, number))}`;
  const found = lines(
    `SELECT ${items([FACT.incarnation, FACT.partition, FACT.offset])}`,
    `FROM ${nested(events)} AS e`,
    `INNER JOIN ${nested(ended)} AS s ON e.of = s.of`,
    `WHERE at_ms >= start_ms AND at_ms <= last_ms`,
  );
  return `(${items([FACT.incarnation, FACT.partition, FACT.offset])}) IN ${nested(found)}`;
}

function endedSessions(definition: MetricDefinition, contract: Contract, number: OneNumber): string {
  const more = dimensionConditions(definition, contract, number).join(' AND ');
  const fragments = factFragments(definition, contract, {
    view: `${FACTS_DATABASE}.${plain(contract.name)}`,
    fromMs: sessionsFromMs(definition, number.startMs),
    toMs: number.endMs,
    more,
  });
  return lines(
    `SELECT * FROM ${nested(sessionsSelect(definition, fragments))}`,
    `WHERE end_ms > ${integer(number.startMs)} AND end_ms <= ${integer(number.endMs)}`,
  );
}

/** Conditions on what is stored: which quantile is told is none. */
function storedFilter(
  definition: MetricDefinition,
  filter: OneNumber['filter'],
): [string, readonly string[]][] {
  const isSeveral = ranksOf(definition) !== undefined;
  return Object.entries(filter).filter(([name]) => !isSeveral || name !== QUANTILE);
}

/** Of several quantiles the one that the filter names, or the first. */
function chosenRank(definition: MetricDefinition, { filter }: OneNumber): { readonly q?: string } {
  const ranks = ranksOf(definition);
  if (ranks === undefined) return {};
  const [rank] = chosenRanks(ranks, filter[QUANTILE], false);
  return { q: rank === undefined ? 'NULL' : String(rank.q) };
}

function dimensionConditions(
  definition: MetricDefinition,
  contract: Contract,
  { filter }: OneNumber,
): string[] {
  return storedFilter(definition, filter).map(([name, values]) => {
    const column = dimensionSql(definition.dimensions[dimensionIndex(definition, name)]!, contract);
    if (values.length === 0) return '0';
    if (values.length === 1) return `${column} = ${literal(values[0]!)}`;
    return `${column} IN (${values.map(literal).join(', ')})`;
  });
}

/** Row of `chunksSelect`: what one chunk of one partition gives to the number. */
export interface ChunkRow extends NumberRow {
  readonly incarnation: number;
  readonly partition: number;
  /** Offset at which the chunk starts, and the last one that its rows cover. */
  readonly chunk: number | string;
  readonly through: number | string;
  readonly late_events: number | string;
}

/** Whether a row of `chunksSelect` is what is archived of the number: the sum of chunks that are told apart no more. */
export function isArchived({ incarnation }: Pick<ChunkRow, 'incarnation'>): boolean {
  return incarnation === ARCHIVED_LIFE;
}

/** A whole statement: the parts of `chunksSelect` again from the facts, whose chunks are kept as long as they are. */
export function chunkFactsSelect(
  definition: MetricDefinition,
  contract: Contract,
  number: OneNumber,
): string {
  const { value, numerator, denominator } = valueSql(definition, {
    lengthMs: integer(number.endMs - number.startMs),
    perPane: true,
    ...chosenRank(definition, number),
  });
  const chunk = items([FACT.incarnation, FACT.partition, FACT.chunk]);
  const states = lines(
    `SELECT ${items([
      chunk,
      ...stateColumns(definition).map(({ name, fromFacts }) => `${fromFacts(contract)} AS ${name}`),
      `max(${FACT.offset}) AS through`,
      `count() AS events`,
    ])}`,
    `FROM ${FACTS_DATABASE}.${plain(contract.name)}`,
    `WHERE ${numberWhere(definition, contract, number)}`,
    `GROUP BY ${chunk}`,
  );
  return lines(
    `SELECT ${items([chunk, `through`, `${value} AS value`, ...ratioItems(numerator, denominator), 'events'])}`,
    `FROM ${nested(states)}`,
    `ORDER BY ${chunk}`,
  );
}

/**
 * A whole statement: the number by the chunks that it is the sum of, in the order of partitions and offsets. Of
 * sessions it tells the chunks with events up to a gap before the window and no values: a session is no sum of chunks.
 * What is archived of it is one row, see `isArchived`.
 */
export function chunksSelect(definition: MetricDefinition, number: OneNumber): string {
  const { session } = definition.window;
  const filters = storedFilter(definition, number.filter).map(([name, values]) => {
    const column = paneDimensionSql(definition, dimensionIndex(definition, name));
    return `  AND ${values.length === 0 ? '0' : `${column} IN (${values.map(literal).join(', ')})`}`;
  });
  const where = lines(
    whereMetric(definition),
    `  AND ${PANE.paneStart} >= ${instant(number.startMs - 2 * (session?.gapMs ?? 0))} AND ${PANE.paneStart} < ${instant(number.endMs)}`,
    ...filters,
  );
  const lengthMs = integer(number.endMs - number.startMs);
  const none = { value: 'NULL', numerator: undefined, denominator: undefined };
  const { value, numerator, denominator } =
    session === undefined
      ? valueSql(definition, { lengthMs, perPane: true, ...chosenRank(definition, number) })
      : none;
  const states = lines(
    `SELECT ${items([
      PANE.incarnation,
      PANE.partition,
      PANE.chunk,
      `max(r.${PANE.through}) AS last`,
      ...stateColumns(definition).map(({ name, fromPanes }) => `${fromPanes} AS ${name}`),
      `sum(r.${PANE.events}) AS events`,
      `sum(r.${PANE.lateEvents}) AS late_events`,
    ])}`,
    `FROM ${paneRows(definition, where, [PANE.chunk, PANE.through])} AS r`,
    `GROUP BY ${items([PANE.incarnation, PANE.partition, PANE.chunk])}`,
  );
  return lines(
    `SELECT ${items([
      PANE.incarnation,
      PANE.partition,
      PANE.chunk,
      `last AS through`,
      `${value} AS value`,
      ...ratioItems(numerator, denominator),
      'events',
      'late_events',
    ])}`,
    `FROM ${nested(states)}`,
    `ORDER BY ${items([PANE.incarnation, PANE.partition, PANE.chunk])}`,
  );
}

function ratioItems(numerator: string | undefined, denominator: string | undefined): string[] {
  return numerator === undefined || denominator === undefined
    ? []
    : [`${numerator} AS numerator`, `${denominator} AS denominator`];
}

/** An instant as a person writes it. */
function utc(timeMs: number): string {
  const text = new Date(timeMs).toISOString().replace('T', ' ').replace('Z', '');
  return `toDateTime64('${text}', 3, 'UTC')`;
}

function plain(name: string): string {
  return /^[a-z][a-z0-9_]*$/i.test(name) ? name : identifier(name);
}
