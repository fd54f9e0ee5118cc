import { type ClickHouseClient } from '@clickhouse/client';
import { type SourcePartition } from '@freshet/ingestion';
import { readRows } from '../store/read-rows.js';

/** Key and value of an invalid record that was too large for its dead-letter topic; an absent key is empty here. */
export interface Original {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** Resolves undefined where the store has none, or not any more. */
export async function readOriginal(
  client: ClickHouseClient,
  source: SourcePartition,
  offset: number,
): Promise<Original | undefined> {
  const [row] = await readRows<{ key_bytes: string; value_bytes: string }>(
    client,
    `SELECT base64Encode(key) AS key_bytes, base64Encode(value) AS value_bytes
     FROM freshet.dead_letter_originals_log
     WHERE topic = {topic: String} AND incarnation = {incarnation: UInt32} AND partition = {partition: UInt32}
       AND offset = {offset: Int64} LIMIT 1`,
    { ...source, offset },
  );
  return row && { key: Buffer.from(row.key_bytes, 'base64'), value: Buffer.from(row.value_bytes, 'base64') };
}
