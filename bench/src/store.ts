import { join } from 'node:path';
import { freePort, startClickHouse } from '@freshet/embedded';
import { type Cleanup } from './cleanup.js';
import { temporaryFolder } from './places.js';
import { waitUntil } from './waiting.js';

/** The embedded ClickHouse of one contestant. */
export interface Store {
  readonly url: string;
  readonly tcpPort: number;
  readonly pid: number;
  readonly dataDir: string;
  readonly password: (user: 'freshet' | 'gateway') => string;
  /** Runs a statement that has no rows to tell. */
  run(statement: string): Promise<void>;
  /** Rows of a query without FORMAT; 64-bit integers are numbers. */
  rows<Row>(query: string): Promise<Row[]>;
  /** Resolves when no merge has run for a moment; after 30 s in any case. */
  settled(): Promise<void>;
}

/** Starts a store with data of its own, ended and removed by `cleanup`. */
export async function startStore(cleanup: Cleanup): Promise<Store> {
  const folder = temporaryFolder('clickhouse');
  cleanup.add(folder.remove);
  const server = await startClickHouse({
    dataDir: join(folder.path, 'clickhouse'),
    httpPort: await freePort(),
    tcpPort: await freePort(),
  });
  cleanup.add(() => server.stop());
  const ask = async (body: string): Promise<string> => {
    const settings = 'output_format_json_quote_64bit_integers=0&allow_suspicious_low_cardinality_types=1';
    const answer = await fetch(`${server.url}/?default_format=JSONEachRow&${settings}`, {
      method: 'POST',
      headers: { 'X-ClickHouse-User': 'freshet', 'X-ClickHouse-Key': server.credentials.freshet },
      body,
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`ClickHouse: ${text.slice(0, 1_000)}\nin: ${body.slice(0, 400)}`);
    return text;
  };
  const rows = async <Row>(query: string) =>
    (await ask(query))
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Row);
  return {
    url: server.url,
    tcpPort: server.tcpPort,
    pid: server.pid,
    dataDir: folder.path,
    password: (user) => server.credentials[user],
    run: async (statement) => void (await ask(statement)),
    rows,
    settled: async () => {
      let quiet = 0;
      await waitUntil(
        'the end of merges',
        async () => {
          const [running] = await rows<{ merges: number }>('SELECT count() AS merges FROM system.merges');
          quiet = running?.merges === 0 ? quiet + 1 : 0;
          return quiet >= 4;
        },
        { limitMs: 30_000 },
      ).catch(() => undefined);
    },
  };
}
