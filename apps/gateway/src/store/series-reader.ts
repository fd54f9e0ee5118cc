import {
  partitionKey,
  type SeriesAnswer,
  type SeriesQuery,
  type SeriesReader,
  type SeriesWindow,
} from '@freshet/live-hub';
import {
  coveredByPanes,
  coverageSelect,
  isLevel,
  panesAnswer,
  panesRead,
  panesSelect,
  resolvePanesWanted,
  windowsOfPanes,
  type PaneQueryRow,
  type PanesReadRow,
  type PanesSelectOptions,
  type PanesWanted,
} from '@freshet/metrics';
import { ArchiveWatch, type ArchivedBefore } from './archive-watch.js';
import type { RowReader } from './rows.js';

/** Rows of a flat read beyond which the store merges them instead; length of a statement, of which it takes 256 KiB. */
const BOUNDS = { rows: 50_000, bytes: 200_000 };

/** A selection that the flat read may answer. */
interface Flat {
  readonly query: SeriesQuery;
  readonly wanted: PanesWanted;
}

/**
 * All selections of a tick in one flat read of the panes, whose windows are made here, and one statement for those that
 * only the store can merge.
 */
export class PaneSeriesReader implements SeriesReader {
  constructor(
    private readonly store: Pick<RowReader, 'rows'>,
    private readonly bounds = BOUNDS,
    private readonly archives = new ArchiveWatch(store),
  ) {}

  read(queries: readonly SeriesQuery[]): Promise<readonly SeriesAnswer[]> {
    return this.archives.during((before) => this.#read(queries, before));
  }

  async #read(queries: readonly SeriesQuery[], before: ArchivedBefore): Promise<readonly SeriesAnswer[]> {
    const flat: Flat[] = [];
    const merged: SeriesQuery[] = [];
    for (const query of queries) {
      const wanted = resolvePanesWanted(query.metric.definition, optionsOf(query, '', before));
      if (wanted === undefined) merged.push(query);
      else flat.push({ query, wanted });
    }
    const [ofPanes, ofStore] = await Promise.all([this.#readFlat(flat), this.#readMerged(merged, before)]);
    const left = flat.map(({ query }) => query).filter((query) => !ofPanes.has(query));
    const answers = new Map([...ofPanes, ...ofStore, ...(await this.#readMerged(left, before))]);
    return queries.map((query) => answers.get(query)!);
  }

  /** Answers of those of which it turns out that windows can be made of panes as they are stored. */
  async #readFlat(flat: readonly Flat[]): Promise<Answers> {
    if (flat.length === 0) return new Map();
    const statement = panesRead(
      flat.map(({ wanted }) => wanted),
      this.bounds.rows,
    );
    if (Buffer.byteLength(statement) > this.bounds.bytes && flat.length > 1)
      return inHalves(flat, (half) => this.#readFlat(half));
    const answer = panesAnswer(await this.store.rows<PanesReadRow>(statement));
    if (answer.panes.length + answer.sources.length >= this.bounds.rows) return new Map();
    return new Map(
      flat.flatMap(({ query, wanted }, index) => {
        const { metric, maxPoints } = query;
        const made = windowsOfPanes(answer, wanted, index, metric.topics, '');
        if (made === undefined) return [];
        const lackingMs = lackingUntilMs(query);
        const windows = made
          .filter(({ window_start_ms }) => window_start_ms >= (metric.countedFromMs ?? -Infinity))
          .slice(0, maxPoints + 1)
          .map((row) => windowOf(row, lackingMs));
        const covered = coveredByPanes(answer, wanted).map(({ topic, incarnation, partition, through }) => {
          return { incarnation, partition: partitionOf(topic, partition, query), through: Number(through) };
        });
        return [[query, { windows, covered }] as const];
      }),
    );
  }

  async #readMerged(queries: readonly SeriesQuery[], before: ArchivedBefore): Promise<Answers> {
    if (queries.length === 0) return new Map();
    // What is covered comes first: a server that does not read one state of a table throughout may then know more, not less.
    const windows = queries.map((query, index) => windowsOf(query, index, before));
    const statement = [coverageOf(queries, before), ...windows].join('\nUNION ALL\n');
    if (Buffer.byteLength(statement) > this.bounds.bytes && queries.length > 1)
      return inHalves(queries, (half) => this.#readMerged(half, before));
    const rows = await this.store.rows<PaneQueryRow>(statement);
    const answers = queries.map(() => ({ windows: [] as SeriesWindow[], covered: [] as Covered[] }));
    for (const row of rows) {
      const index = Number(row.sub.slice(1));
      const answer = answers[index];
      if (answer === undefined) throw new Error(`the store answered for an unknown selection ${row.sub}`);
      const query = queries[index]!;
      if (row.sub.startsWith('c')) answer.covered.push(coveredOf(row, query));
      else answer.windows.push(windowOf(row, lackingUntilMs(query)));
    }
    return new Map(queries.map((query, index) => [query, answers[index]!]));
  }
}

type Answers = ReadonlyMap<SeriesQuery, SeriesAnswer>;
type Covered = SeriesAnswer['covered'][number];

/** Reads one half after the other. */
async function inHalves<Each>(
  all: readonly Each[],
  read: (half: readonly Each[]) => Promise<Answers>,
): Promise<Answers> {
  const middle = Math.ceil(all.length / 2);
  return new Map([...(await read(all.slice(0, middle))), ...(await read(all.slice(middle)))]);
}

function optionsOf(
  query: SeriesQuery,
  sub: string,
  before: ArchivedBefore,
): PanesSelectOptions & { readonly sub: string } {
  const archivedBeforeMs = before(query.metric.definition);
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
    ...(archivedBeforeMs === undefined ? {} : { archivedBeforeMs }),
  };
}

function windowsOf(query: SeriesQuery, index: number, before: ArchivedBefore): string {
  const select = panesSelect(query.metric.definition, optionsOf(query, `w${index}`, before));
  const { countedFromMs } = query.metric;
  const limit = `LIMIT ${query.maxPoints + 1}`;
  if (countedFromMs === undefined) return `${select} ${limit}`;
  return `SELECT * FROM (\n${select}\n) WHERE window_start_ms >= ${countedFromMs} ${limit}`;
}

/** What the rows cover, in the columns of the windows, so that one statement and one look at the table gives both. */
function coverageOf(queries: readonly SeriesQuery[], before: ArchivedBefore): string {
  const select = coverageSelect(
    queries.map((query, index) => [query.metric.definition, optionsOf(query, `c${index}`, before)]),
  );
  return [
    `SELECT sub, toInt64(incarnation) AS window_start_ms, toInt64(partition) AS window_end_ms,`,
    `  [topic]::Array(String) AS series, CAST(toFloat64(through) AS Nullable(Float64)) AS value,`,
    `  CAST(NULL AS Nullable(Float64)) AS numerator, CAST(NULL AS Nullable(Float64)) AS denominator,`,
    `  toUInt64(0) AS events, toUInt64(0) AS late_events, toUInt8(0) AS partial, toUInt8(0) AS incomplete,`,
    `  'live' AS state`,
    `FROM (\n${select}\n)`,
  ].join('\n');
}

function coveredOf(row: PaneQueryRow, query: SeriesQuery): Covered {
  return {
    incarnation: Number(row.window_start_ms),
    partition: partitionOf(row.series[0] ?? '', Number(row.window_end_ms), query),
    through: Number(row.value),
  };
}

function partitionOf(topic: string, partition: number, { metric: { topics } }: SeriesQuery): number {
  return partitionKey(Math.max(0, topics.indexOf(topic)), partition);
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
