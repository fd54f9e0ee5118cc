import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  freePort,
  startClickHouse,
  startKafka,
  type RunningClickHouse,
  type RunningKafka,
} from '@freshet/embedded';
import { createClickHouse } from '@freshet/clickhouse';
import { createKafka } from '@freshet/kafka';
import { until } from '@freshet/testkit';
import type { Kafka } from 'kafkajs';
import { StoreProxy } from './store-proxy.js';

/** One ingest process, with a proxy of its own before the store. */
export interface Ingest {
  readonly name: string;
  readonly proxy: StoreProxy;
  readonly process: ChildProcess;
  readonly exited: Promise<unknown>;
}

/** Kafka, ClickHouse and ingest processes, each of which can be killed and started again on its data. */
export class Rig {
  private readonly dataDir = mkdtempSync(join(tmpdir(), 'freshet-prove-'));
  private broker!: RunningKafka;
  private store!: RunningClickHouse;
  private kafkaPort = 0;
  private httpPort = 0;
  private tcpPort = 0;
  private started = 0;
  readonly ingests: Ingest[] = [];
  kafka!: Kafka;

  constructor(private readonly root: string) {}

  async start(): Promise<void> {
    this.kafkaPort = await freePort();
    this.httpPort = await freePort();
    this.tcpPort = await freePort();
    await Promise.all([this.startBroker(), this.startStore()]);
    const brokers = this.broker.brokers;
    this.kafka = createKafka({ brokers, clientId: 'prove', tls: false });
  }

  get brokers(): readonly string[] {
    return this.broker.brokers;
  }

  async startBroker(): Promise<void> {
    this.broker = await startKafka({ dataDir: this.dataDir, port: this.kafkaPort });
  }

  async startStore(): Promise<void> {
    const { httpPort, tcpPort } = this;
    this.store = await startClickHouse({ dataDir: join(this.dataDir, 'clickhouse'), httpPort, tcpPort });
  }

  async killBroker(): Promise<void> {
    this.broker.kill();
    await this.broker.exited;
  }

  async killStore(): Promise<void> {
    process.kill(this.store.pid, 'SIGKILL');
    await until(() => !isAlive(this.store.pid), { deadlineMs: 10_000 });
  }

  async startIngest(): Promise<Ingest> {
    const proxy = new StoreProxy(this.httpPort);
    const proxyPort = await proxy.listen();
    const name = `ingest-${(this.started += 1)}`;
    const child = spawn(process.execPath, [join(this.root, 'apps/ingest/dist/main.js')], {
      stdio: ['pipe', 'ignore', 'inherit'],
      env: {
        PATH: process.env['PATH'] ?? '',
        FRESHET_CATALOG: join(this.root, 'catalog'),
        FRESHET_METRICS_PORT: String(await freePort()),
        FRESHET_SUPERVISED: '1',
        FRESHET_LOG_LEVEL: 'error',
        KAFKA_BROKERS: this.broker.brokers.join(','),
        CLICKHOUSE_URL: `http://127.0.0.1:${proxyPort}`,
        CLICKHOUSE_USER: 'freshet',
        CLICKHOUSE_PASSWORD: this.store.credentials.freshet,
      },
    });
    child.stdin.on('error', () => undefined);
    const ingest: Ingest = { name, proxy, process: child, exited: once(child, 'exit') };
    this.ingests.push(ingest);
    return ingest;
  }

  /** Ends a process by a signal and forgets it. */
  async endIngest(ingest: Ingest, signal: NodeJS.Signals): Promise<void> {
    this.ingests.splice(this.ingests.indexOf(ingest), 1);
    ingest.process.kill(signal);
    await ingest.exited;
    await ingest.proxy.close();
  }

  /** Rows of a statement without FORMAT, straight from the store. */
  async rows<Row>(query: string): Promise<Row[]> {
    const { url, credentials } = this.store;
    const client = createClickHouse({
      url,
      user: 'freshet',
      password: credentials.freshet,
      application: 'prove',
    });
    try {
      const settings = { output_format_json_quote_64bit_integers: 0 } as const;
      const answer = await client.query({ query, format: 'JSONEachRow', clickhouse_settings: settings });
      return await answer.json<Row>();
    } finally {
      await client.close();
    }
  }

  async stop(): Promise<void> {
    for (const ingest of [...this.ingests]) await this.endIngest(ingest, 'SIGKILL');
    await this.store?.stop();
    await this.broker?.stop();
    rmSync(this.dataDir, { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
