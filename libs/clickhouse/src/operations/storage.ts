import { type ClickHouseClient } from '@clickhouse/client';
import { readRows } from '../store/read-rows.js';

export interface TableSize {
  readonly name: string;
  readonly rows: number;
  readonly bytes: number;
  /** Days that rows are kept; undefined: for ever. */
  readonly keptDays: number | undefined;
}

/** Tables of database `freshet` with what they take on disk, largest first. */
export async function readTableSizes(client: ClickHouseClient): Promise<TableSize[]> {
  const rows = await readRows<{ name: string; rows: number; bytes: number; days: string }>(
    client,
    `SELECT name, ifNull(total_rows, 0) AS rows, ifNull(total_bytes, 0) AS bytes,
       extract(engine_full, 'toIntervalDay\\\\((\\\\d+)\\\\)') AS days
     FROM system.tables WHERE database = 'freshet' AND engine LIKE '%MergeTree' ORDER BY bytes DESC, name`,
  );
  return rows.map(({ name, rows: count, bytes, days }) => ({
    name,
    rows: count,
    bytes,
    keptDays: days === '' ? undefined : Number(days),
  }));
}
