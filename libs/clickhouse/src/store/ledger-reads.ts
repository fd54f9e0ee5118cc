import { TupleParam, type ClickHouseClient } from '@clickhouse/client';
import {
  type ChunkOpening,
  type ClockAdvance,
  type Fingerprint,
  type LedgerRow,
  type PartitionLedger,
  type SourcePartition,
} from '@freshet/ingestion';
import { IN_ONE_THREAD } from '@freshet/metrics';
import { RETIREMENTS_TABLE } from '../schema/ledger-tables.js';
import { readRows } from './read-rows.js';

interface LedgerRead {
  readonly partition: number;
  readonly incarnation: number;
  readonly chunk: number;
  readonly panes: number;
  readonly facts: number;
  readonly end: number;
  readonly frontier: number;
  readonly last_log_time: number;
  readonly facts_log_time: number;
  readonly proven_at: number;
  readonly last: readonly [offset: number, logTimeMs: number, hash: string];
}
interface OpeningRead {
  readonly partition: number;
  readonly incarnation: number;
  readonly chunk: number;
  readonly claim: number;
  readonly opened_at: number;
  readonly frontier_ms: number;
  readonly first_offset: number;
  readonly first_log_time: number;
  readonly first_hash: string;
}
interface SourceRead {
  readonly partition: number;
  readonly incarnation: number;
}
interface AdvancesRead extends SourceRead {
  readonly highest: readonly [claim: number, owner: string];
  readonly advances: readonly (readonly [position: number, frontierMs: number])[];
}
export interface ClaimRead {
  readonly topic: string;
  readonly incarnation: number;
  readonly partition: number;
  readonly claim: number;
  readonly owner: string;
}

/**
 * Chunks of the newest incarnation, from the last one before the oldest that is not sealed. A row that nothing was read
 * into proposes a start, and is no open chunk once something was: it would have the whole ledger loaded for ever. The
 * table is gone through once: a statement that names a CTE twice works it out twice.
 */
const CHUNKS = `
SELECT partition, incarnation, c.1 AS chunk, c.2 AS panes, c.3 AS facts, c.4 AS \`end\`, c.5 AS frontier,
  c.6 AS last_log_time, c.7 AS facts_log_time, c.8 AS proven_at, tuple(c.9.1, c.9.2, c.9.3) AS last
FROM (
  SELECT partition, incarnation,
    groupArray((chunk, panes, facts, end_offset, frontier, last_log_time, facts_log_time, proven_at, last)) AS chunks,
    if(countIf(is_open) > 0, minIf(chunk, is_open), maxIf(chunk, is_read) + 1) AS first_open,
    if(countIf(is_read) = 0, min(chunk), arrayMax(arrayConcat([minIf(chunk, is_read)],
      arrayFilter(each -> each < first_open, groupArrayIf(chunk, is_read))))) AS start
  FROM (
    SELECT partition, incarnation, chunk, max(l.panes_through) AS panes, max(l.facts_through) AS facts,
      max(l.\`end\`) AS end_offset, max(l.frontier_ms) AS frontier, max(l.last_log_time_ms) AS last_log_time,
      max(l.facts_log_time_ms) AS facts_log_time, max(l.proven_at_ms) AS proven_at, max(l.last_fingerprint) AS last,
      end_offset >= 0 OR panes >= chunk OR facts >= chunk AS is_read,
      is_read AND (end_offset < 0 OR panes < end_offset OR facts < end_offset) AS is_open
    FROM freshet.ledger_log AS l
    WHERE topic = {topic: String} AND partition IN {partitions: Array(UInt32)}
    GROUP BY partition, incarnation, chunk
  )
  GROUP BY partition, incarnation
  ORDER BY incarnation DESC LIMIT 1 BY partition
) ARRAY JOIN arrayFilter(each -> each.1 >= start, chunks) AS c
ORDER BY partition, chunk`;

const SOURCES = `
SELECT partition, max(l.incarnation) AS incarnation FROM freshet.ledger_log AS l
WHERE topic = {topic: String} AND partition IN {partitions: Array(UInt32)} GROUP BY partition ORDER BY partition`;

const OPENINGS = `
SELECT partition, incarnation, chunk, claim, toUnixTimestamp64Milli(opened_at) AS opened_at, frontier_ms,
  first_offset, toUnixTimestamp64Milli(o.first_log_time) AS first_log_time, first_hash
FROM freshet.chunk_openings_log AS o FINAL
WHERE topic = {topic: String} AND (partition, incarnation) IN {sources: Array(Tuple(UInt32, UInt32))}
  AND chunk >= {from: Int64}`;

/**
 * The highest (claim, owner) of each partition and its advances, in one look at the table: a second one might find the
 * rows of the next owner. Rows that were not merged yet are told one by one.
 */
const ADVANCES = `
SELECT partition, incarnation, max((a.claim, a.owner)) AS highest,
  arraySort(arrayMap(each -> (each.1, each.4), arrayFilter(each -> (each.2, each.3) = highest AND each.4 >= 0,
    groupArrayIf((a.position, a.claim, a.owner, a.frontier_ms), a.position >= {from: Int64})))) AS advances
FROM freshet.clock_advances_log AS a
WHERE topic = {topic: String} AND (partition, incarnation) IN {sources: Array(Tuple(UInt32, UInt32))}
GROUP BY partition, incarnation`;

const RETIRED = `
SELECT partition, incarnation FROM ${RETIREMENTS_TABLE} WHERE topic = {topic: String}
GROUP BY partition, incarnation`;

/** Asked at every flush, and so without any aggregation, which would take the store longer to plan than to do. */
const CLAIMS = `
SELECT DISTINCT topic, incarnation, partition, claim, owner FROM freshet.source_claims_log
WHERE topic IN {topics: Array(String)}
ORDER BY claim DESC, owner DESC LIMIT 2 BY topic, incarnation, partition
${IN_ONE_THREAD}`;

/** The two highest claims of each source, the higher first; of equal ones the greater owner's. */
export async function readClaims(
  client: ClickHouseClient,
  topics: readonly string[],
): Promise<readonly ClaimRead[]> {
  return readRows<ClaimRead>(client, CLAIMS, { topics });
}

/** See `MetricStore.loadSources`. */
export async function readSources(
  client: ClickHouseClient,
  topic: string,
  partitions: readonly number[],
): Promise<SourcePartition[]> {
  const rows = await readRows<SourceRead>(client, SOURCES, { topic, partitions });
  return rows.map(({ partition, incarnation }) => ({ topic, incarnation, partition }));
}

/** See `MetricStore.loadLedger`. The ledger is read first: whatever it tells of is stored already. */
export async function readLedger(
  client: ClickHouseClient,
  topic: string,
  partitions: readonly number[],
): Promise<PartitionLedger[]> {
  const chunks = await readRows<LedgerRead>(client, CHUNKS, { topic, partitions });
  if (chunks.length === 0) return [];
  const oldest = new Map<number, LedgerRead>();
  for (const row of chunks) if (!oldest.has(row.partition)) oldest.set(row.partition, row);
  const known = [...oldest.values()];
  const scope = {
    topic,
    sources: known.map(({ partition, incarnation }) => new TupleParam([partition, incarnation])),
    from: Math.min(...known.map(({ chunk }) => chunk)),
  };
  const [openings, advances, retired] = await Promise.all([
    readRows<OpeningRead>(client, OPENINGS, scope),
    readRows<AdvancesRead>(client, ADVANCES, scope),
    readRows<SourceRead>(client, RETIRED, { topic }),
  ]);
  return known.map(({ partition, incarnation, chunk: start }) => {
    const source: SourcePartition = { topic, incarnation, partition };
    const isMine = (row: SourceRead): boolean =>
      row.partition === partition && row.incarnation === incarnation;
    const begun = advances.find(isMine);
    return {
      source,
      chunks: chunks.filter(isMine).map((row) => ledgerRow(source, row)),
      openings: openings
        .filter((row) => isMine(row) && row.chunk >= start)
        .map((row) => opening(source, row)),
      begunClaim: begun?.highest[0] ?? 0,
      retired: retired.some(isMine),
      advances: begun === undefined ? [] : advancesOf(source, start, begun),
    };
  });
}

/** From a position on; of the same position the highest frontier, as after a merge. */
function advancesOf(
  source: SourcePartition,
  from: number,
  { highest: [claim, owner], advances }: AdvancesRead,
): ClockAdvance[] {
  const frontiers = new Map<number, number>();
  for (const [position, frontierMs] of advances) if (position >= from) frontiers.set(position, frontierMs);
  return [...frontiers].map(([position, frontierMs]) => ({ source, position, frontierMs, claim, owner }));
}

function ledgerRow(source: SourcePartition, row: LedgerRead): LedgerRow {
  return {
    source,
    chunk: row.chunk,
    panesThrough: row.panes,
    factsThrough: row.facts,
    end: row.end,
    frontierMs: row.frontier,
    lastLogTimeMs: row.last_log_time,
    factsLogTimeMs: row.facts_log_time,
    provenAtMs: row.proven_at,
    last: row.last[0] < 0 ? undefined : fingerprint(...row.last),
  };
}

function opening(source: SourcePartition, row: OpeningRead): ChunkOpening {
  return {
    source,
    chunk: row.chunk,
    claim: row.claim,
    openedAtMs: row.opened_at,
    frontierMs: row.frontier_ms,
    first: fingerprint(row.first_offset, row.first_log_time, row.first_hash),
  };
}

function fingerprint(offset: number, logTimeMs: number, hash: string): Fingerprint {
  return { offset, logTimeMs, hash };
}
