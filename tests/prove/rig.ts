import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, openSync, closeSync, rmSync } from 'node:fs';
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

/** One process of the product, with a proxy of its own before the store. */
export interface App {
  readonly name: string;
  readonly proxy: StoreProxy;
  readonly process: ChildProcess;
  readonly exited: Promise<unknown>;
  /** Of /health and /metrics. */
  readonly port: number;
  /** What it wrote to its standard error. */
  readonly complaints: () => string;
}

const MOST_COMPLAINTS = 10_000;

export interface RigOptions {
  /** Folder of the repository. */
  readonly root: string;
  /** Limits of the engine instead of the product's. */
  readonly limits?: Readonly<Record<string, number>> | undefined;
  /** Folder for the logs of the processes; absent: they are not kept. */
  readonly logsDir?: string | undefined;
}

/** Kafka, ClickHouse, ingest processes and a gateway, each of which can be killed and started again on its data. */
export class Rig {
  private readonly dataDir = mkdtempSync(join(tmpdir(), 'freshet-prove-'));
  private broker!: RunningKafka;
  private store!: RunningClickHouse;
  private kafkaPort = 0;
  private httpPort = 0;
  private tcpPort = 0;
  private gatewayPort = 0;
  private started = 0;
  private outSinceMs: number | undefined;
  private outMs = 0;
  private readonly out = new Set<string>();
  readonly ingests: App[] = [];
  /** Folder of the files that processes and commands go by from then on. */
  catalogue: string;
  gateway: App | undefined;
  kafka!: Kafka;

  constructor(private readonly options: RigOptions) {
    this.catalogue = join(options.root, 'catalog');
    if (options.logsDir !== undefined) mkdirSync(options.logsDir, { recursive: true });
  }

  async start(): Promise<void> {
    this.kafkaPort = await freePort();
    this.httpPort = await freePort();
    this.tcpPort = await freePort();
    this.gatewayPort = await freePort();
    await Promise.all([this.startBroker(), this.startStore()]);
    const brokers = this.broker.brokers;
    this.kafka = createKafka({ brokers, clientId: 'prove', tls: false });
  }

  get brokers(): readonly string[] {
    return this.broker.brokers;
  }

  /** Time in which broker or store could not be reached by some process, so far, ms. */
  get outageMs(): number {
    return this.outMs + (this.outSinceMs === undefined ? 0 : performance.now() - this.outSinceMs);
  }

  async startBroker(): Promise<void> {
    this.broker = await startKafka({ dataDir: this.dataDir, port: this.kafkaPort });
    this.reachable('broker');
  }

  async startStore(): Promise<void> {
    const { httpPort, tcpPort } = this;
    this.store = await startClickHouse({ dataDir: join(this.dataDir, 'clickhouse'), httpPort, tcpPort });
    this.reachable('store');
  }

  /** Cuts every process off the store, or lets them reach it again. */
  setStoreAway(away: boolean): void {
    const apps = this.gateway === undefined ? this.ingests : [...this.ingests, this.gateway];
    for (const { proxy } of apps) proxy.setAway(away);
    if (away) this.unreachable('way to the store');
    else this.reachable('way to the store');
  }

  /** At once: what follows can wait for `killBroker`. */
  shootBroker(): void {
    this.unreachable('broker');
    this.broker.kill();
  }

  /** At once, as `shootBroker`. */
  shootStore(): void {
    this.unreachable('store');
    if (isAlive(this.store.pid)) process.kill(this.store.pid, 'SIGKILL');
  }

  async killBroker(): Promise<void> {
    this.shootBroker();
    await this.broker.exited;
  }

  async killStore(): Promise<void> {
    this.shootStore();
    await until(() => !isAlive(this.store.pid), { deadlineMs: 10_000 });
  }

  async startIngest(): Promise<App> {
    const { root, limits } = this.options;
    const preload = join(root, 'tests/prove/other-limits.mjs');
    const port = await freePort();
    const ingest = await this.startApp(
      'ingest',
      port,
      { FRESHET_METRICS_PORT: String(port), CLICKHOUSE_USER: 'freshet' },
      limits === undefined ? {} : { preload, settings: { PROVE_LIMITS: JSON.stringify(limits) } },
    );
    this.ingests.push(ingest);
    return ingest;
  }

  async startGateway(): Promise<App> {
    this.gateway = await this.startApp('gateway', this.gatewayPort, {
      FRESHET_PORT: String(this.gatewayPort),
      CLICKHOUSE_USER: 'gateway',
    });
    return this.gateway;
  }

  get liveUrl(): string {
    return `ws://127.0.0.1:${this.gatewayPort}/live`;
  }

  /** Body of a REST answer; throws on any status but 200 and after 5 s. */
  async ask<Body>(path: string): Promise<Body> {
    const url = `http://127.0.0.1:${this.gatewayPort}/api/${path}`;
    const answer = await fetch(url, { signal: AbortSignal.timeout(5_000) });
    if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
    return (await answer.json()) as Body;
  }

  /** Ends a process by a signal and forgets it. */
  async endIngest(ingest: App, signal: NodeJS.Signals): Promise<void> {
    const at = this.ingests.indexOf(ingest);
    if (at >= 0) this.ingests.splice(at, 1);
    await end(ingest, signal);
  }

  async endGateway(): Promise<void> {
    const { gateway } = this;
    this.gateway = undefined;
    if (gateway !== undefined) await end(gateway, 'SIGKILL');
  }

  private unreachable(what: string): void {
    this.out.add(what);
    this.outSinceMs ??= performance.now();
  }

  private reachable(what: string): void {
    this.out.delete(what);
    if (this.out.size > 0 || this.outSinceMs === undefined) return;
    this.outMs += performance.now() - this.outSinceMs;
    this.outSinceMs = undefined;
  }

  private async startApp(
    app: 'ingest' | 'gateway',
    port: number,
    settings: Readonly<Record<string, string>> & { readonly CLICKHOUSE_USER: 'freshet' | 'gateway' },
    small: { readonly preload?: string; readonly settings?: Readonly<Record<string, string>> } = {},
  ): Promise<App> {
    const { root, logsDir } = this.options;
    const proxy = new StoreProxy(this.httpPort);
    const proxyPort = await proxy.listen();
    const name = `${app}-${(this.started += 1)}`;
    const log = logsDir === undefined ? 'ignore' : openSync(join(logsDir, `${name}.log`), 'a');
    const main = join(root, 'apps', app, 'dist/main.js');
    const child = spawn(
      process.execPath,
      small.preload === undefined ? [main] : ['--import', small.preload, main],
      {
        stdio: ['pipe', log, 'pipe'],
        env: {
          PATH: process.env['PATH'] ?? '',
          FRESHET_CATALOG: this.catalogue,
          FRESHET_SUPERVISED: '1',
          FRESHET_LOG_LEVEL: logsDir === undefined ? 'error' : 'info',
          KAFKA_BROKERS: this.broker.brokers.join(','),
          CLICKHOUSE_URL: `http://127.0.0.1:${proxyPort}`,
          CLICKHOUSE_PASSWORD: this.store.credentials[settings.CLICKHOUSE_USER],
          ...settings,
          ...small.settings,
        },
      },
    );
    if (log !== 'ignore') closeSync(log);
    child.stdin!.on('error', () => undefined);
    let complaints = '';
    child.stderr!.on('data', (part: Buffer) => {
      complaints = (complaints + part.toString()).slice(-MOST_COMPLAINTS);
      process.stderr.write(part);
    });
    const exited = once(child, 'exit');
    return { name, proxy, process: child, exited, port, complaints: () => complaints };
  }

  /** Runs `freshet` with these arguments; resolves its exit code and what it wrote. */
  async operate(...args: string[]): Promise<{ code: number; out: Buffer }> {
    const { root } = this.options;
    const child = spawn(process.execPath, [join(root, 'apps/cli/bin/compiled.mjs'), ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        PATH: process.env['PATH'] ?? '',
        FRESHET_CATALOG: this.catalogue,
        // Ingest is looked for on the port after the gateway's.
        FRESHET_PORT: String((this.ingests[0]?.port ?? 2) - 1),
        FRESHET_DATA_DIR: this.dataDir,
        KAFKA_BROKERS: this.broker.brokers.join(','),
        CLICKHOUSE_URL: this.store.url,
        CLICKHOUSE_USER: 'freshet',
        CLICKHOUSE_PASSWORD: this.store.credentials.freshet,
      },
    });
    const parts: Buffer[] = [];
    child.stdout.on('data', (part: Buffer) => parts.push(part));
    const [code] = (await once(child, 'close')) as [number];
    return { code, out: Buffer.concat(parts) };
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
    await this.endGateway();
    await this.store?.stop();
    await this.broker?.stop();
    rmSync(this.dataDir, { recursive: true, force: true });
  }
}

async function end({ process: child, exited, proxy }: App, signal: NodeJS.Signals): Promise<void> {
  child.kill(signal);
  await exited;
  await proxy.close();
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
