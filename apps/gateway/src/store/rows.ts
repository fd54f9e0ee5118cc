import type { ClickHouseClient } from '@clickhouse/client';
import { createClickHouse } from '@freshet/clickhouse';
import type { GatewayConfig } from '../config.js';

/** Token under which Nest gives a `RowReader`. */
export const ROW_READER = Symbol('RowReader');

/** Reads rows by SQL; rejects when the store fails, at the latest after the timeout. */
export interface RowReader {
  rows<Row>(sql: string): Promise<Row[]>;
  close(): Promise<void>;
}

const TIMEOUT_MS = 10_000;

/** A reader over HTTP with the gateway's own, reading user. Connects at the first query. */
export function createRowReader(clickhouse: GatewayConfig['clickhouse']): RowReader {
  const client = createGatewayClient(clickhouse);
  return {
    async rows<Row>(sql: string): Promise<Row[]> {
      const answer = await client.query({ query: sql, format: 'JSONEachRow' });
      return answer.json<Row>();
    },
    close: () => client.close(),
  };
}

/** A client with the gateway's own user. Connects at the first use. */
export function createGatewayClient(
  clickhouse: GatewayConfig['clickhouse'],
  timeoutMs = TIMEOUT_MS,
): ClickHouseClient {
  const { url, user, password, authorityFile } = clickhouse;
  return createClickHouse({
    url,
    user,
    password,
    application: 'freshet-gateway',
    timeoutMs,
    ...(authorityFile === undefined ? {} : { authorityFile }),
  });
}
