import type { PartitionProgress } from '@freshet/freshness';
import { CORRECTIONS_SQL } from '@freshet/clickhouse';
import { PROGRESS_VIEW } from '@freshet/metrics';
import type { RowReader } from './rows.js';

interface ProgressRow {
  readonly topic: string;
  readonly incarnation: number | string;
  readonly partition: number | string;
  readonly panes_through: number | string;
  readonly frontier_ms: number | string;
  readonly last_log_time_ms: number | string;
  readonly as_of_ms: number | string;
  readonly stored_at_ms: number | string;
  readonly correction: number | string;
}

/** How far all topics are stored. */
export interface Ledger {
  /** One entry a partition of the newest life of each topic. */
  readonly partitions: readonly PartitionProgress[];
  /** By topic: see `TopicProgress`. */
  readonly corrections: ReadonlyMap<string, number>;
}

/** One small query. */
export async function readLedger(store: RowReader): Promise<Ledger> {
  const rows = await store.rows<ProgressRow>(
    `SELECT p.topic AS topic, incarnation, partition, panes_through, frontier_ms, last_log_time_ms, as_of_ms, ` +
      `toUnixTimestamp64Milli(stored_at) AS stored_at_ms, c.correction AS correction FROM ${PROGRESS_VIEW} AS p ` +
      `LEFT JOIN (${CORRECTIONS_SQL}) AS c ON c.topic = p.topic ORDER BY topic, partition`,
  );
  const corrections = new Map(rows.map(({ topic, correction }) => [topic, Number(correction)]));
  const partitions = rows.map((row) => ({
    topic: row.topic,
    incarnation: Number(row.incarnation),
    partition: Number(row.partition),
    panesThrough: Number(row.panes_through),
    frontierMs: Number(row.frontier_ms),
    lastLogTimeMs: Number(row.last_log_time_ms),
    asOfMs: Number(row.as_of_ms),
    storedAtMs: Number(row.stored_at_ms),
  }));
  return { partitions, corrections };
}

/** Names this life of the store: another one begins when its tables are made anew. */
export async function readStoreLife(store: RowReader): Promise<string> {
  const [row] = await store.rows<{ life: string }>(
    `SELECT toString(any(uuid)) AS life FROM system.tables WHERE database = 'freshet' AND name = 'ledger_log'`,
  );
  return (row?.life ?? '').slice(0, 8);
}
