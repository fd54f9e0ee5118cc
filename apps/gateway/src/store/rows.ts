import { createClient, type ClickHouseClient } from '@clickhouse/client';
import { readFileSync } from 'node:fs';
import type { GatewayConfig } from '../config.js';

/** Reads rows by SQL; rejects when the store fails, at the latest after the timeout. */
export interface RowReader {
  rows<Row>(sql: string): Promise<Row[]>;
  close(): Promise<void>;
}

const TIMEOUT_MS = 10_000;

/** A reader over HTTP with the gateway's own, reading user. Connects at the first query. */
export function createRowReader(clickhouse: GatewayConfig['clickhouse']): RowReader {
  const client: ClickHouseClient = createClient({
    url: clickhouse.url,
    username: clickhouse.user,
    password: clickhouse.password,
    application: 'freshet-gateway',
    request_timeout: TIMEOUT_MS,
    max_open_connections: 8,
    keep_alive: { enabled: true, idle_socket_ttl: 2_000 },
    ...(clickhouse.authorityFile === undefined
      ? {}
      : { tls: { ca_cert: readFileSync(clickhouse.authorityFile) } }),
  });
  return {
    async rows<Row>(sql: string): Promise<Row[]> {
      const answer = await client.query({ query: sql, format: 'JSONEachRow' });
      return answer.json<Row>();
    },
    close: () => client.close(),
  };
}
