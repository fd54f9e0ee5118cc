import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ClickHouseClient } from '@clickhouse/client';
import { createClickHouse } from '@freshet/clickhouse';
import {
  freePort,
  startClickHouse,
  type ClickHouseCredentials,
  type ClickHouseUser,
} from '@freshet/embedded';

export interface TestStoreOptions {
  /** Tables of database `freshet` that the analyst may not read. */
  readonly storageTables?: readonly string[];
}

/** ClickHouse's own engine on free ports and a folder of its own, empty. */
export interface TestStore {
  readonly url: string;
  readonly tcpPort: number;
  /** Process of the engine, to kill it. */
  readonly pid: number;
  readonly credentials: ClickHouseCredentials;
  /** As `freshet`, who may write. */
  readonly client: ClickHouseClient;
  /** A client of another user; closed by `stop`. */
  clientOf(user: ClickHouseUser): ClickHouseClient;
  /** Rows of a statement without FORMAT, as `freshet`; 64-bit integers are numbers. */
  rows<Row>(sql: string): Promise<Row[]>;
  /** Ends the engine and removes its folder. */
  stop(): Promise<void>;
}

/** Starts a store. The engine dies with the test process, whatever happens to that. */
export async function startTestStore(options: TestStoreOptions = {}): Promise<TestStore> {
  const dataDir = mkdtempSync(join(tmpdir(), 'freshet-store-'));
  const server = await startClickHouse({
    dataDir,
    httpPort: await freePort(),
    tcpPort: await freePort(),
    ...options,
  });
  const clients: ClickHouseClient[] = [];
  const clientOf = (user: ClickHouseUser): ClickHouseClient => {
    const password = server.credentials[user];
    const client = createClickHouse({ url: server.url, user, password, application: 'freshet-test' });
    clients.push(client);
    return client;
  };
  const client = clientOf('freshet');
  return {
    url: server.url,
    tcpPort: server.tcpPort,
    pid: server.pid,
    credentials: server.credentials,
    client,
    clientOf,
    async rows<Row>(sql: string): Promise<Row[]> {
      const answer = await client.query({ query: sql, format: 'JSONEachRow' });
      return answer.json<Row>();
    },
    async stop(): Promise<void> {
      await Promise.all(clients.splice(0).map((each) => each.close()));
      await server.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
