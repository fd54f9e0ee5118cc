import type { Contract } from '@freshet/contracts';
import type { User } from '@freshet/live-hub';
import type { ExplainedEvents, Explanation } from '@freshet/live-protocol';
import {
  chunkFactsSelect,
  chunksSelect,
  isArchived,
  isBySession,
  isLevel,
  literal,
  numberSql,
  numberWhere,
  panesSelect,
  FACTS_DATABASE,
  type ChunkRow,
  type MetricDefinition,
  type NumberRow,
  type OneNumber,
  type PaneQueryRow,
} from '@freshet/metrics';
import type { InCatalogue } from '../catalogue/catalogue.js';
import type { RowReader } from '../store/rows.js';
import { judge, measured, trust } from './agreement.js';
import { filterOf, lastWindow, numberOf, type WantedNumber } from './explain-query.js';
import { eventItems, shownColumns, toColumns, toEvent, type EventRow } from './fact-events.js';
import { factsAsOf, factsProgress, isBehind } from './facts-progress.js';
import { lateEventsSql, MOST_LATE_CHUNKS, type LateChunk } from './late-events.js';

/** Slices of a window that are listed, all quarters of a day of 25 hours; a longer window is cut into longer ones. */
const MOST_PANES = 100;
const EVENTS_PER_PAGE = 50;
const LATE_SHOWN = 50;
const MOST_CHUNKS = 200;

/** Place of an event: after it, the next page begins. */
export interface Place {
  readonly incarnation: number;
  readonly partition: number;
  readonly offset: number;
}

/** Follows a number back to the log: panes, chunks, facts, and the SQL that gives it again. Only reads. */
export class Explainer {
  constructor(private readonly store: RowReader) {}

  /**
   * @param wantedPaneMs start of the slice whose chunks are wanted; absent: the last that holds something
   * Rejects when the store does not answer.
   */
  async explain(
    metric: InCatalogue,
    wanted: WantedNumber,
    user: User,
    wantedPaneMs: number | undefined,
  ): Promise<Explanation> {
    const { definition, contract } = metric;
    const { topic } = contract;
    const whole = numberOf(wanted);
    const paneMs = sliceMs(definition, wanted);
    // Panes before the facts: where facts have more, they came after; where they have less, they follow.
    const [storedRow] = await this.store.rows<PaneQueryRow>(
      panesSelect(definition, { topics: [topic], ...lastWindow(wanted) }),
    );
    const slice: MetricDefinition = {
      ...definition,
      window: { kind: 'tumbling', sizeMs: paneMs, everyMs: definition.window.everyMs },
    };
    // A session is no sum of slices: sessions have none.
    const bySession = isBySession(definition);
    const [paneRows, chunkRows, progress] = await Promise.all([
      bySession
        ? []
        : this.store.rows<PaneQueryRow>(
            `SELECT * FROM (${panesSelect(slice, {
              topics: [topic],
              fromMs: whole.startMs,
              toMs: whole.endMs,
              everyMs: paneMs,
              filter: wanted.filter,
            })}) ORDER BY window_start_ms LIMIT ${MOST_PANES + 1}`,
          ),
      this.store.rows<ChunkRow>(chunksSelect(definition, whole)),
      factsProgress(this.store, [topic]),
    ]);
    const sql = numberSql(definition, contract, whole);
    const [factsRow] = await this.store.rows<NumberRow>(sql);
    const facts = factsRow === undefined ? null : measured(factsRow);
    const behind = isBehind(topic, chunkRows, progress);
    const stored = storedRow === undefined ? null : { ...measured(storedRow), ...trust(storedRow) };
    const agreement = judge(stored, facts, behind, isLevel(definition));
    const paneStartMs =
      paneRows.find((row) => Number(row.window_start_ms) === wantedPaneMs)?.window_start_ms ??
      paneRows.at(-1)?.window_start_ms;
    return {
      metric: definition.name,
      revision: definition.revision,
      activeSinceMs: metric.activeSinceMs ?? null,
      meaning: definition.meaning,
      owner: definition.owner,
      topic,
      contract: contract.name,
      filter: filterOf(wanted),
      window: { startMs: whole.startMs, endMs: whole.endMs, everyMs: wanted.everyMs, paneMs },
      stored,
      parts: [],
      panes: paneRows.map((row) => ({
        ...measured(row),
        startMs: Number(row.window_start_ms),
        endMs: Number(row.window_end_ms),
        lateEvents: Number(row.late_events),
        state: row.state,
      })),
      paneStartMs: paneStartMs === undefined ? null : Number(paneStartMs),
      chunks:
        paneStartMs === undefined
          ? []
          : await this.#chunks(metric, {
              ...whole,
              startMs: Number(paneStartMs),
              endMs: Number(paneStartMs) + paneMs,
            }),
      sql,
      facts: agreement === 'gone' ? null : facts,
      factsAsOfMs: factsAsOf(progress),
      agreement,
      revised: agreement === 'gone' || bySession ? null : await this.#revised(metric, whole, chunkRows, user),
    };
  }

  /** A page of the events behind a number, in the order of the log. */
  async events(
    { definition, contract }: InCatalogue,
    number: OneNumber,
    user: User,
    after: Place | undefined,
    partition: Pick<Place, 'incarnation' | 'partition'> | undefined,
  ): Promise<ExplainedEvents> {
    const columns = shownColumns(contract, user);
    const rows = await this.store.rows<EventRow>(
      [
        `SELECT ${eventItems(columns)}`,
        `FROM ${FACTS_DATABASE}.\`${contract.name}\``,
        `WHERE ${numberWhere(definition, contract, number)}`,
        ...(partition === undefined
          ? []
          : [`AND incarnation = ${partition.incarnation} AND partition = ${partition.partition}`]),
        ...(after === undefined
          ? []
          : [
              `AND (incarnation, partition, offset) > (${after.incarnation}, ${after.partition}, ${after.offset})`,
            ]),
        `ORDER BY incarnation, partition, offset`,
        `LIMIT ${EVENTS_PER_PAGE + 1}`,
      ].join('\n'),
    );
    const events = rows.slice(0, EVENTS_PER_PAGE).map((row) => toEvent(row, columns));
    const last = events.at(-1);
    const next =
      rows.length > EVENTS_PER_PAGE && last !== undefined
        ? { next: `${last.incarnation}.${last.partition}.${last.offset}` }
        : {};
    return { columns: toColumns(columns), events, ...next };
  }

  async #chunks({ definition, contract }: InCatalogue, pane: OneNumber) {
    const chunks = await this.#chunkRows(definition, contract, pane);
    const [places, records] = await Promise.all([
      this.store.rows<ChunkKey & { first: number; last: number; appended_ms: number }>(
        `SELECT incarnation, partition, chunk, min(offset) AS first, max(offset) AS last,
           toUnixTimestamp64Milli(max(log_time)) AS appended_ms
         FROM ${FACTS_DATABASE}.\`${contract.name}\` WHERE ${numberWhere(definition, contract, pane)}
         GROUP BY incarnation, partition, chunk LIMIT ${MOST_CHUNKS}`,
      ),
      this.#fingerprints(contract.topic, chunks),
    ]);
    const byKey = new Map(places.map((row) => [keyOf(row), row]));
    return chunks.map((row) => {
      const place = byKey.get(keyOf(row));
      const record = records.get(keyOf(row));
      return {
        ...measured(row),
        incarnation: row.incarnation,
        partition: row.partition,
        chunk: Number(row.chunk),
        through: Number(row.through),
        lateEvents: row.late_events === undefined ? null : Number(row.late_events),
        first: place === undefined ? null : Number(place.first),
        last: place === undefined ? null : Number(place.last),
        appendedMs: place === undefined ? null : Number(place.appended_ms),
        opening: record?.opening ?? null,
        newest: record?.newest ?? null,
      };
    });
  }

  /** The chunks of a slice; of what is archived of it, those that its facts are of. */
  async #chunkRows(
    definition: MetricDefinition,
    contract: Contract,
    pane: OneNumber,
  ): Promise<PartOfSlice[]> {
    const stored = await this.store.rows<ChunkRow>(`${chunksSelect(definition, pane)} LIMIT ${MOST_CHUNKS}`);
    if (!stored.some(isArchived)) return stored;
    if (isBySession(definition)) return stored.filter((row) => !isArchived(row));
    const beyond = new Map(stored.filter((row) => !isArchived(row)).map((row) => [keyOf(row), row]));
    const counted = await this.store.rows<PartOfSlice>(
      `${chunkFactsSelect(definition, contract, pane)} LIMIT ${MOST_CHUNKS}`,
    );
    // Facts do not hold what was taken back, so they need no correction beside them.
    return counted.map((row) => beyond.get(keyOf(row)) ?? row);
  }

  /** First and last record of each chunk that has a part in the slice, as the ledger remembers them. */
  async #fingerprints(topic: string, chunks: readonly ChunkKey[]) {
    const of = `topic = ${literal(topic)}`;
    const keys = chunks.map((row) => `(${row.incarnation}, ${row.partition}, ${Number(row.chunk)})`);
    const wanted = keys.length === 0 ? '0' : `(incarnation, partition, chunk) IN (${keys.join(', ')})`;
    const rows = await this.store.rows<
      ChunkKey & {
        first_offset: number;
        first_ms: number;
        first_hash: string;
        last: readonly [number | string, number | string, string];
      }
    >(
      `SELECT o.incarnation AS incarnation, o.partition AS partition, o.chunk AS chunk, first_offset,
         toUnixTimestamp64Milli(first_log_time) AS first_ms, first_hash,
         tuple(l.last.1, l.last.2, l.last.3) AS last
       FROM (SELECT * FROM freshet.chunk_openings_log FINAL WHERE ${of} AND ${wanted}) AS o
       LEFT JOIN (
         SELECT incarnation, partition, chunk, max(last_fingerprint) AS last FROM freshet.ledger_log
         WHERE ${of} GROUP BY incarnation, partition, chunk
       ) AS l ON o.incarnation = l.incarnation AND o.partition = l.partition AND o.chunk = l.chunk`,
    );
    return new Map(
      rows.map((row) => {
        const newest = Object.values(row.last) as [number | string, number | string, string];
        const opening = { offset: Number(row.first_offset), logTimeMs: Number(row.first_ms) };
        return [
          keyOf(row),
          {
            opening: row.first_hash === '' ? null : { ...opening, hash: row.first_hash },
            newest:
              newest[2] === ''
                ? null
                : { offset: Number(newest[0]), logTimeMs: Number(newest[1]), hash: newest[2] },
          },
        ];
      }),
    );
  }

  /** What a final window was before late events came, and which they are; null: none came. */
  async #revised(
    { definition, contract }: InCatalogue,
    whole: OneNumber,
    chunks: readonly ChunkRow[],
    user: User,
  ): Promise<Explanation['revised']> {
    const late = chunks.filter((row) => Number(row.late_events) > 0);
    if (late.length === 0) return null;
    const columns = shownColumns(contract, user);
    const rows = await this.store.rows<EventRow>(
      lateEventsSql(
        definition,
        contract,
        whole,
        await this.#lateChunks(definition, contract, whole, late),
        eventItems(columns, 'e'),
      ),
    );
    const without = rows.map((row) => [row.incarnation, row.partition, Number(row.offset)] as const);
    const [before] = await this.store.rows<NumberRow>(numberSql(definition, contract, whole, without));
    if (before === undefined) return null;
    return {
      before: measured(before),
      lateEvents: late.reduce((sum, row) => sum + Number(row.late_events), 0),
      columns: toColumns(columns),
      events: rows.slice(0, LATE_SHOWN).map((row) => toEvent(row, columns)),
    };
  }

  /** Chunks that hold late events of a number; of what is archived, those that were appended last. */
  async #lateChunks(
    definition: MetricDefinition,
    contract: Contract,
    whole: OneNumber,
    late: readonly ChunkRow[],
  ): Promise<LateChunk[]> {
    const told = late.filter((row) => !isArchived(row)).map((row) => ({ ...row, chunk: Number(row.chunk) }));
    if (told.length === late.length) return told;
    const newest = await this.store.rows<ChunkKey>(
      `SELECT incarnation, partition, chunk FROM ${FACTS_DATABASE}.\`${contract.name}\`
       WHERE ${numberWhere(definition, contract, whole)}
       GROUP BY incarnation, partition, chunk ORDER BY max(log_time) DESC LIMIT ${MOST_LATE_CHUNKS}`,
    );
    return [...told, ...newest.map((row) => ({ ...row, chunk: Number(row.chunk) }))];
  }
}

/** Of a chunk that is archived it is not known how many of its events were late. */
type PartOfSlice = Omit<ChunkRow, 'late_events'> & Partial<Pick<ChunkRow, 'late_events'>>;

interface ChunkKey {
  readonly incarnation: number;
  readonly partition: number;
  readonly chunk: number | string;
}

function keyOf({ incarnation, partition, chunk }: ChunkKey): string {
  return `${incarnation}/${partition}/${chunk}`;
}

/** The finest whole part of the window, in panes, that gives few enough slices. */
export function sliceMs({ window }: MetricDefinition, { sizeMs, endMs, calendar }: WantedNumber): number {
  const panes = sizeMs / window.everyMs;
  for (let each = 1; each < panes; each++) {
    const isAligned = calendar === undefined || endMs % (each * window.everyMs) === 0;
    if (panes % each === 0 && panes / each <= MOST_PANES && isAligned) return each * window.everyMs;
  }
  return sizeMs;
}
