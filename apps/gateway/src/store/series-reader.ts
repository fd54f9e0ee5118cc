import {
  partitionKey,
  type SeriesAnswer,
  type SeriesQuery,
  type SeriesReader,
  type SeriesWindow,
} from '@freshet/live-hub';
import { coverageSelect, isLevel, literal, panesSelect, type PaneQueryRow } from '@freshet/metrics';
import type { RowReader } from './rows.js';

/** All selections of a tick in one statement over the panes. */
export class PaneSeriesReader implements SeriesReader {
  constructor(private readonly store: RowReader) {}

  async read(queries: readonly SeriesQuery[]): Promise<readonly SeriesAnswer[]> {
    if (queries.length === 0) return [];
    const statement = queries.flatMap((query, index) => [windowsOf(query, index), coverageOf(query, index)]);
    const rows = await this.store.rows<PaneQueryRow>(statement.join('\nUNION ALL\n'));
    const answers = queries.map(() => ({ windows: [] as SeriesWindow[], covered: [] as Covered[] }));
    for (const row of rows) {
      const isCoverage = row.sub.startsWith('c');
      const answer = answers[Number(row.sub.slice(1))];
      if (answer === undefined) throw new Error(`the store answered for an unknown selection ${row.sub}`);
      if (isCoverage) {
        answer.covered.push({
          incarnation: Number(row.window_start_ms),
          partition: Number(row.window_end_ms),
          through: Number(row.value),
        });
      } else {
        answer.windows.push(windowOf(row, lackingUntilMs(queries[Number(row.sub.slice(1))]!)));
      }
    }
    return answers;
  }
}

type Covered = SeriesAnswer['covered'][number];

function optionsOf(query: SeriesQuery, sub: string): Parameters<typeof panesSelect>[1] {
  const { metric, fromMs, toMs, everyMs, calendar, groupBy, filter, top } = query;
  const grain = calendar === undefined ? { everyMs } : { calendar };
  const shape = { sub, topics: metric.topics, fromMs: Math.floor(fromMs), toMs: Math.ceil(toMs) };
  return {
    ...shape,
    nowMs: Date.now(),
    withState: false,
    ...grain,
    groupBy,
    filter,
    ...(top === undefined ? {} : { top }),
  };
}

function windowsOf(query: SeriesQuery, index: number): string {
  const select = panesSelect(query.metric.definition, optionsOf(query, `w${index}`));
  const { countedFromMs } = query.metric;
  const limit = `LIMIT ${query.maxPoints + 1}`;
  if (countedFromMs === undefined) return `${select} ${limit}`;
  return `SELECT * FROM (\n${select}\n) WHERE window_start_ms >= ${countedFromMs} ${limit}`;
}

/** What the rows cover, in the columns of the windows, so that one statement and one look at the table gives both. */
function coverageOf(query: SeriesQuery, index: number): string {
  const select = coverageSelect(query.metric.definition, optionsOf(query, `c${index}`));
  const { topics } = query.metric;
  const keys = topics.map((_, source) => partitionKey(source, 0));
  const partition =
    topics.length < 2
      ? 'toInt64(partition)'
      : `toInt64(partition) + transform(topic, [${topics.map(literal).join(', ')}], [${keys.join(', ')}]::Array(Int64), 0)`;
  return [
    `SELECT sub, toInt64(incarnation) AS window_start_ms, ${partition} AS window_end_ms,`,
    `  []::Array(String) AS series, CAST(toFloat64(through) AS Nullable(Float64)) AS value,`,
    `  CAST(NULL AS Nullable(Float64)) AS numerator, CAST(NULL AS Nullable(Float64)) AS denominator,`,
    `  toUInt64(0) AS events, toUInt64(0) AS late_events, toUInt8(0) AS partial, toUInt8(0) AS incomplete,`,
    `  'live' AS state`,
    `FROM (\n${select}\n)`,
  ].join('\n');
}

/**
 * Windows that end by then lack events that could not be counted: a level is made of all that came before, a session
 * may have begun before.
 */
function lackingUntilMs({ metric: { countedFromMs, definition } }: SeriesQuery): number {
  if (countedFromMs === undefined) return -Infinity;
  if (isLevel(definition)) return Infinity;
  const { session } = definition.window;
  return session === undefined ? -Infinity : countedFromMs + session.longestMs;
}

function windowOf(row: PaneQueryRow, lackingMs: number): SeriesWindow {
  return {
    start: Number(row.window_start_ms),
    end: Number(row.window_end_ms),
    series: row.series,
    value: row.value,
    numerator: row.numerator ?? undefined,
    denominator: row.denominator ?? undefined,
    partial: row.partial === 1,
    incomplete: row.incomplete === 1 || Number(row.window_end_ms) <= lackingMs,
    lateEvents: Number(row.late_events),
  };
}
