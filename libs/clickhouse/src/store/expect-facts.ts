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
