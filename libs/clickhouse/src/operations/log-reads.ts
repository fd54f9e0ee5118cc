import { type ClickHouseClient } from '@clickhouse/client';
import { type Contract } from '@freshet/contracts';
import { type SourcePartition } from '@freshet/ingestion';
import { factTableName } from '../schema/fact-table.js';
import { readRows } from '../store/read-rows.js';

/** What the store says became of a chunk's records. */
export interface ChunkCounts {
  readonly partition: number;
  readonly chunk: number;
  /** Last offset that the counts cover; `chunk - 1` when none. */
  readonly through: number;
  readonly lastLogTimeMs: number;
  readonly ok: number;
  readonly duplicate: number;
  readonly invalid: number;
  readonly ignored: number;
}

interface CountsRead {
  readonly partition: number;
  readonly chunk: number;
  readonly end: number;
  readonly facts: number;
  readonly last_log_time: number;
  readonly through: number;
  readonly ok: number;
  readonly duplicate: number;
  readonly invalid: number;
  readonly ignored: number;
}

/**
 * Chunks of one life of a topic whose newest record is not older than `fromMs`, ascending, each with its outcomes. An
 * open chunk counts as far as its facts are stored; one whose outcomes are ahead of them is left out.
 */
export async function readChunkCounts(
  client: ClickHouseClient,
  topic: string,
  lives: ReadonlyMap<number, number>,
  fromMs: number,
): Promise<ChunkCounts[]> {
  // Outcomes are stored before the ledger, so they are read before it too.
  const outcomes = await readRows<CountsRead & { incarnation: number }>(
    client,
    `SELECT incarnation, partition, chunk, max(o.through) AS through,
       sumIf(o.count, outcome = 'ok') AS ok, sumIf(o.count, outcome = 'duplicate') AS duplicate,
       sumIf(o.count, outcome = 'invalid') AS invalid, sumIf(o.count, outcome = 'ignored') AS ignored
     FROM freshet.outcomes_log AS o FINAL WHERE topic = {topic: String}
     GROUP BY incarnation, partition, chunk`,
    { topic },
  );
  const chunks = await readRows<CountsRead & { incarnation: number }>(
    client,
    `SELECT incarnation, partition, chunk, max(l.\`end\`) AS end, max(l.facts_through) AS facts,
       max(l.last_log_time_ms) AS last_log_time
     FROM freshet.ledger_log AS l WHERE topic = {topic: String}
     GROUP BY incarnation, partition, chunk HAVING last_log_time >= {from: Int64}
     ORDER BY partition, chunk`,
    { topic, from: fromMs },
  );
  const name = (row: { incarnation: number; partition: number; chunk: number }): string =>
    `${row.incarnation}/${row.partition}/${row.chunk}`;
  const counts = new Map(outcomes.map((row) => [name(row), row]));
  return chunks.flatMap((row): ChunkCounts[] => {
    if (lives.get(row.partition) !== row.incarnation) return [];
    const found = counts.get(name(row));
    const isSealed = row.end >= 0 && row.facts >= row.end;
    const through = isSealed ? row.end : (found?.through ?? row.chunk - 1);
    if (through > row.facts || through < row.chunk) return [];
    const { ok = 0, duplicate = 0, invalid = 0, ignored = 0 } = found ?? {};
    const { partition, chunk, last_log_time: lastLogTimeMs } = row;
    return [{ partition, chunk, through, lastLogTimeMs, ok, duplicate, invalid, ignored }];
  });
}

/** Offsets of the facts, counted and duplicates, at [from, through] of a partition, ascending: at most a chunk's. */
export async function readFactOffsets(
  client: ClickHouseClient,
  contract: Contract,
  source: SourcePartition,
  from: number,
  through: number,
): Promise<Float64Array> {
  const [row] = await readRows<{ offsets: readonly number[] }>(
    client,
    `SELECT arraySort(groupArray(offset)) AS offsets FROM ${factTableName(contract.name)} FINAL
     WHERE topic = {topic: String} AND incarnation = {incarnation: UInt32} AND partition = {partition: UInt32}
       AND offset >= {from: Int64} AND offset <= {through: Int64}`,
    { ...source, from, through },
  );
  return Float64Array.from(row?.offsets ?? []);
}
