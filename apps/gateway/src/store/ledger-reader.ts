import type { PartitionProgress } from '@freshet/freshness';
import {
  CORRECTIONS_SQL,
  progressOfLook,
  PROGRESS_LOOK_SQL,
  type ProgressLookRow,
} from '@freshet/clickhouse';
import type { Clock } from '@freshet/live-hub';
import type { LookAtLedger } from '../live/tick-pace.js';
import type { RowReader } from './rows.js';

/** How far all topics are stored. */
export interface Ledger extends LookAtLedger {
  /** One entry a partition of the newest life of each topic. */
  readonly partitions: readonly PartitionProgress[];
  /** By topic: see `TopicProgress`. */
  readonly corrections: ReadonlyMap<string, number>;
}

/** As often as which definition is active. */
const CORRECTIONS_EVERY_MS = 2_000;

/**
 * Reads the ledger. Corrections, which a person makes, are asked for apart and at most every two seconds: joined to the
 * ledger they cost the store as much as the ledger itself.
 */
export class LedgerReader {
  #corrections: ReadonlyMap<string, number> = new Map();
  #correctionsAtMs = -Infinity;

  constructor(
    private readonly store: RowReader,
    private readonly clock: Clock,
  ) {}

  /** Rejects when the store does not answer. */
  async read(): Promise<Ledger> {
    const lookedAtMs = this.clock.nowMs();
    const [found] = await Promise.all([
      this.store.rows<ProgressLookRow>(PROGRESS_LOOK_SQL),
      this.#readCorrections(lookedAtMs),
    ]);
    const partitions = progressOfLook(found);
    const storeAheadMs = Number(found[0]?.now_ms ?? lookedAtMs) - lookedAtMs;
    const flushedAtMs = [...new Set(partitions.map(({ storedAtMs }) => storedAtMs - storeAheadMs))];
    return { partitions, corrections: this.#corrections, lookedAtMs, flushedAtMs };
  }

  async #readCorrections(nowMs: number): Promise<void> {
    if (nowMs - this.#correctionsAtMs < CORRECTIONS_EVERY_MS) return;
    const rows = await this.store.rows<{ topic: string; correction: number | string }>(CORRECTIONS_SQL);
    this.#corrections = new Map(rows.map(({ topic, correction }) => [topic, Number(correction)]));
    this.#correctionsAtMs = nowMs;
  }
}

/** Names this life of the store: another one begins when its tables are made anew. */
export async function readStoreLife(store: RowReader): Promise<string> {
  const [row] = await store.rows<{ life: string }>(
    `SELECT toString(any(uuid)) AS life FROM system.tables WHERE database = 'freshet' AND name = 'ledger_log'`,
  );
  return (row?.life ?? '').slice(0, 8);
}
