import { type ClickHouseClient } from '@clickhouse/client';
import { type SourcePartition } from '@freshet/ingestion';
import { factTableName } from '../schema/fact-table.js';

/** Offset and hash of one fact as RowBinary: 8 + 16 bytes. */
const ROW_BYTES = 24;

export interface Verdicts {
  readonly count: number;
  readonly idHash: Uint32Array;
  readonly offsets: Float64Array;
}

/** See `MetricStore.readVerdicts`, what was taken back too: at most as many rows as the dedupe horizon has, 24 bytes each. */
export async function readVerdicts(
  client: ClickHouseClient,
  contract: string,
  source: SourcePartition,
  from: number,
  before: number,
): Promise<Verdicts> {
  const answer = await client.exec({
    query: `SELECT offset, id_hash FROM ${factTableName(contract)} FINAL
      WHERE topic = {topic: String} AND incarnation = {incarnation: UInt32} AND partition = {partition: UInt32}
        AND offset >= {from: Int64} AND offset < {before: Int64} AND duplicate_of < 0
      ORDER BY offset FORMAT RowBinary`,
    query_params: { ...source, from, before },
    // An error in the middle would cut the answer short without a sign.
    clickhouse_settings: { wait_end_of_query: 1 },
  });
  const parts: Buffer[] = [];
  for await (const part of answer.stream) parts.push(part as Buffer);
  const bytes = Buffer.concat(parts);
  if (bytes.length % ROW_BYTES !== 0) {
    throw new Error(`the verdicts of ${source.topic}/${source.partition} came cut short`);
  }
  const count = bytes.length / ROW_BYTES;
  const offsets = new Float64Array(count);
  const idHash = new Uint32Array(count * 4);
  for (let row = 0; row < count; row += 1) {
    const at = row * ROW_BYTES;
    offsets[row] = Number(bytes.readBigInt64LE(at));
    for (let word = 0; word < 4; word += 1) {
      idHash[row * 4 + word] = bytes.readUInt32LE(at + 8 + word * 4);
    }
  }
  return { count, idHash, offsets };
}
