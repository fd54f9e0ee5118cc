import { TupleParam, type ClickHouseClient } from '@clickhouse/client';
import { type FactBlock } from '@freshet/ingestion';
import { InsertMismatch } from '../native/insert.js';
import { readRows } from './read-rows.js';

/** Retention is longer. */
const KEPT_MS = 86_400_000;

/**
 * Looks whether every fact of these blocks is in the table, but for those of more than a day ago: retention may take
 * them as soon as they are written. A block holds all facts of its partition between its first and its last offset, so
 * that their number tells. @throws InsertMismatch
 */
export async function expectFacts(
  client: ClickHouseClient,
  table: string,
  blocks: readonly FactBlock[],
): Promise<void> {
  const sinceMs = Date.now() - KEPT_MS;
  const filled = blocks.filter(({ count }) => count > 0);
  const sent = filled.reduce(
    (sum, { logTimesMs, count }) =>
      sum + logTimesMs.subarray(0, count).filter((each) => each >= sinceMs).length,
    0,
  );
  if (sent === 0) return;
  const within = ({ source, offsets, count }: FactBlock): TupleParam =>
    new TupleParam([source.incarnation, source.partition, offsets[0]!, offsets[count - 1]!]);
  const [row] = await readRows<{ stored: number }>(
    client,
    `SELECT count() AS stored FROM (
       SELECT 1 FROM ${table}
       WHERE topic = {topic: String} AND log_time >= fromUnixTimestamp64Milli({since: Int64}, 'UTC')
         AND arrayExists(b -> incarnation = b.1 AND partition = b.2 AND offset >= b.3 AND offset <= b.4,
           {blocks: Array(Tuple(UInt32, UInt32, Int64, Int64))})
       GROUP BY incarnation, partition, offset)`,
    { topic: filled[0]?.source.topic, since: sinceMs, blocks: filled.map(within) },
  );
  if ((row?.stored ?? 0) < sent)
    throw new InsertMismatch(`${sent} facts were sent to ${table}, ${row?.stored ?? 0} of them are in it`);
}

/**
 * Looks whether reference data is in its table. Records of a key replace one another, so their number tells nothing;
 * but what is stored reaches as far as these blocks. @throws InsertMismatch
 */
export async function expectReferences(
  client: ClickHouseClient,
  table: string,
  blocks: readonly FactBlock[],
): Promise<void> {
  const filled = blocks.filter(({ count }) => count > 0);
  if (filled.length === 0) return;
  const rows = await readRows<{ incarnation: number; partition: number; stored: number }>(
    client,
    `SELECT incarnation, partition, max(offset) AS stored FROM ${table}
     WHERE topic = {topic: String} GROUP BY incarnation, partition`,
    { topic: filled[0]?.source.topic },
  );
  for (const { source, offsets, count } of filled) {
    const { incarnation, partition } = source;
    const mine = rows.find((row) => row.incarnation === incarnation && row.partition === partition);
    const sent = offsets[count - 1]!;
    if ((mine?.stored ?? -1) < sent)
      throw new InsertMismatch(
        `offset ${sent} of partition ${partition} was sent to ${table}, which ends at ${mine?.stored ?? -1}`,
      );
  }
}
