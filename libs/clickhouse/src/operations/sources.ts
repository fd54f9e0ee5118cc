import { type ClickHouseClient } from '@clickhouse/client';
import { type Fingerprint, type Gap, type SourcePartition } from '@freshet/ingestion';
import { RETIREMENTS_TABLE } from '../schema/ledger-tables.js';
import { readRows } from '../store/read-rows.js';

/** How far one life of a partition is stored. */
export interface StoredSource {
  readonly source: SourcePartition;
  /** Last offset up to which all events are in the panes, and in the facts. */
  readonly panesThrough: number;
  readonly factsThrough: number;
  /** Log time of the newest record in the facts, epoch ms; -1 when none. */
  readonly factsLogTimeMs: number;
  readonly lastLogTimeMs: number;
  /** When the log was last proven read to its end, epoch ms; -1 when never. */
  readonly provenAtMs: number;
  /** Newest event time or clock advance, epoch ms; -1 when none. */
  readonly frontierMs: number;
  /** When the ledger was last written, by the store's clock, epoch ms. */
  readonly storedAtMs: number;
  /** Newest stored record; undefined when none. */
  readonly last: Fingerprint | undefined;
  /** Highest claim, its owner, and when it was made, epoch ms; claim 0 when nobody ever owned it. */
  readonly claim: number;
  readonly owner: string;
  readonly claimedAtMs: number;
  /** An operator has ended this life. */
  readonly retired: boolean;
}

interface SourceRead {
  readonly incarnation: number;
  readonly partition: number;
  readonly panes_through: number;
  readonly facts_through: number;
  readonly facts_log_time: number;
  readonly last_log_time: number;
  readonly proven_at: number;
  readonly frontier: number;
  readonly stored_at: number;
  readonly last: readonly [offset: number, logTimeMs: number, hash: string];
  readonly highest: readonly [claim: number, owner: string, atMs: number];
  readonly retired: 0 | 1;
}

// A later chunk may be written before an earlier one is complete, so "through" is where the first hole begins; rows that
// nothing was read into only propose a start.
const SOURCES = `
WITH chunks AS (
  SELECT incarnation, partition, chunk, max(l.panes_through) AS panes, max(l.facts_through) AS facts,
    max(l.\`end\`) AS end_offset, max(l.facts_log_time_ms) AS facts_log_time, max(l.last_log_time_ms) AS last_log_time,
    max(l.proven_at_ms) AS proven_at, max(l.frontier_ms) AS frontier, max(l.stored_at) AS stored,
    max(l.last_fingerprint) AS fingerprint, end_offset >= 0 OR panes >= chunk OR facts >= chunk AS is_read
  FROM freshet.ledger_log AS l WHERE topic = {topic: String} GROUP BY incarnation, partition, chunk
), claims AS (
  SELECT incarnation, partition, max((claim, owner, toUnixTimestamp64Milli(c.at))) AS highest
  FROM freshet.source_claims_log AS c WHERE topic = {topic: String} GROUP BY incarnation, partition
)
SELECT s.*, highest,
  (s.incarnation, s.partition) IN (SELECT incarnation, partition FROM ${RETIREMENTS_TABLE} WHERE topic = {topic: String}) AS retired
FROM (
  SELECT incarnation, partition,
    multiIf(countIf(is_read) = 0, min(panes), countIf(is_read AND (end_offset < 0 OR panes < end_offset)) > 0,
      minIf(panes, is_read AND (end_offset < 0 OR panes < end_offset)), maxIf(panes, is_read)) AS panes_through,
    multiIf(countIf(is_read) = 0, min(facts), countIf(is_read AND (end_offset < 0 OR facts < end_offset)) > 0,
      minIf(facts, is_read AND (end_offset < 0 OR facts < end_offset)), maxIf(facts, is_read)) AS facts_through,
    max(chunks.facts_log_time) AS facts_log_time, max(chunks.last_log_time) AS last_log_time,
    max(chunks.proven_at) AS proven_at, max(chunks.frontier) AS frontier,
    toUnixTimestamp64Milli(max(stored)) AS stored_at, tuple(max(fingerprint).1, max(fingerprint).2, max(fingerprint).3) AS last
  FROM chunks GROUP BY incarnation, partition
) AS s LEFT JOIN claims AS c ON s.incarnation = c.incarnation AND s.partition = c.partition
ORDER BY s.incarnation, s.partition`;

/** Every life of every partition of a topic that the ledger knows, oldest life first. */
export async function readSources(client: ClickHouseClient, topic: string): Promise<StoredSource[]> {
  const rows = await readRows<SourceRead>(client, SOURCES, { topic });
  return rows.map((row) => ({
    source: { topic, incarnation: row.incarnation, partition: row.partition },
    panesThrough: row.panes_through,
    factsThrough: row.facts_through,
    factsLogTimeMs: row.facts_log_time,
    lastLogTimeMs: row.last_log_time,
    provenAtMs: row.proven_at,
    frontierMs: row.frontier,
    storedAtMs: row.stored_at,
    last: row.last[0] < 0 ? undefined : { offset: row.last[0], logTimeMs: row.last[1], hash: row.last[2] },
    claim: row.highest[0],
    owner: row.highest[1],
    claimedAtMs: row.highest[2],
    retired: row.retired === 1,
  }));
}

/** The newest life of each partition, in order of partitions. */
export function newestLives(sources: readonly StoredSource[]): StoredSource[] {
  const newest = new Map<number, StoredSource>();
  for (const each of sources) {
    const known = newest.get(each.source.partition);
    if (known === undefined || known.source.incarnation < each.source.incarnation)
      newest.set(each.source.partition, each);
  }
  return [...newest.values()].sort((a, b) => a.source.partition - b.source.partition);
}

export type KnownGap = Omit<Gap, 'chunk'> & { readonly recordedAtMs: number };

/** Recorded gaps of a topic whose lost records can have log times in [fromMs, toMs), in order. */
export async function readGaps(
  client: ClickHouseClient,
  topic: string,
  fromMs: number,
  toMs: number,
): Promise<KnownGap[]> {
  const rows = await readRows<{
    readonly incarnation: number;
    readonly partition: number;
    readonly from_offset: number;
    readonly through_offset: number;
    readonly from_time_ms: number;
    readonly to_time_ms: number;
    readonly reason: Gap['reason'];
    readonly recorded: number;
  }>(
    client,
    `SELECT incarnation, partition, from_offset, through_offset, from_time_ms, to_time_ms, reason,
       toUnixTimestamp64Milli(at) AS recorded
     FROM freshet.gaps_log FINAL
     WHERE topic = {topic: String} AND to_time_ms >= {from: Int64} AND from_time_ms < {to: Int64}
     ORDER BY incarnation, partition, from_offset`,
    { topic, from: fromMs, to: toMs },
  );
  return rows.map((row) => ({
    source: { topic, incarnation: row.incarnation, partition: row.partition },
    from: row.from_offset,
    through: row.through_offset,
    fromTimeMs: row.from_time_ms,
    toTimeMs: row.to_time_ms,
    reason: row.reason,
    recordedAtMs: row.recorded,
  }));
}
