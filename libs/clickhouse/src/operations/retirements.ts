import { type ClickHouseClient } from '@clickhouse/client';
import { type MetricStore } from '@freshet/ingestion';
import { WRITE_SETTINGS } from '../client.js';
import { RETIREMENTS_TABLE } from '../schema/ledger-tables.js';
import { type StoredSource } from './sources.js';

/** Who ends the life of a partition, and why. */
interface Retirement {
  readonly by: string;
  readonly reason: string;
  readonly nowMs: number;
}

/**
 * Ends the life of a partition that its topic has no more, so that nothing waits for it. In this order, each harmless
 * to repeat: what may be lost of it is a gap; a claim tells its owner that it is one no longer; the row that readers go
 * by. What was counted stays.
 */
export async function retirePartition(
  client: ClickHouseClient,
  store: MetricStore,
  stored: StoredSource,
  { by, reason, nowMs }: Retirement,
): Promise<void> {
  const { source, claim, panesThrough, factsThrough, factsLogTimeMs, provenAtMs } = stored;
  const from = factsThrough + 1;
  await store.writeGap({
    source,
    chunk: from,
    from,
    through: Math.max(from, panesThrough),
    fromTimeMs: factsThrough >= panesThrough ? Math.max(factsLogTimeMs, provenAtMs) : factsLogTimeMs,
    toTimeMs: nowMs,
    reason: 'operator',
  });
  await store.writeClaims([{ source, claim: claim + 1, owner: `operator ${by}`, atMs: nowMs }]);
  await client.insert({
    table: RETIREMENTS_TABLE,
    values: [{ ...source, by, reason }],
    format: 'JSONEachRow',
    clickhouse_settings: WRITE_SETTINGS,
  });
}
