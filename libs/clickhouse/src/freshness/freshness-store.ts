import { type ClickHouseClient } from '@clickhouse/client';
import type { FreshnessStore } from '@freshet/freshness';
import { WRITE_SETTINGS } from '../client.js';
import { alertStore } from './alert-store.js';
import { objectiveStore } from './objective-store.js';
import { processStore } from './process-store.js';

/** Reads and writes rows as JSON; 64-bit integers come as text. */
export interface RowStore {
  rows<Row>(sql: string, parameters?: Record<string, unknown>): Promise<Row[]>;
  insert(table: string, rows: readonly object[]): Promise<void>;
}

/** What freshness and alerts keep, in ClickHouse. The user needs the right to insert into `GATEWAY_WRITES`. */
export function createFreshnessStore(client: ClickHouseClient): FreshnessStore {
  const store: RowStore = {
    async rows<Row>(sql: string, parameters: Record<string, unknown> = {}): Promise<Row[]> {
      const answer = await client.query({ query: sql, query_params: parameters, format: 'JSONEachRow' });
      return answer.json<Row>();
    },
    async insert(table, rows) {
      if (rows.length === 0) return;
      await client.insert({
        table: `freshet.${table}`,
        values: [...rows],
        format: 'JSONEachRow',
        clickhouse_settings: WRITE_SETTINGS,
      });
    },
  };
  return { ...objectiveStore(store), ...alertStore(store), ...processStore(store) };
}
