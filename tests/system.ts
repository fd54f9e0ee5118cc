import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePorts } from '@freshet/embedded';
import kafkajs, { type Kafka } from 'kafkajs';
import { until } from '@freshet/testkit';
import type { LoggedRecord } from './recount.js';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The whole product as `npm start` brings it up, without the shop, on ports and in a folder of its own. */
export interface System {
  readonly url: string;
  readonly clickHouseUrl: string;
  readonly kafka: Kafka;
  readonly dataDir: string;
  /** Environment in which a command finds this system. */
  readonly env: Readonly<Record<string, string>>;
  /** Rows of a query as an analyst sees them. @param parameters such as `param_from` */
  sql<Row>(query: string, parameters?: Readonly<Record<string, string>>): Promise<Row[]>;
  /** Body of a REST answer; throws on any status but 200. */
  get<Body>(path: string): Promise<Body>;
  /** Everything in a topic, in the order of offsets within each partition. */
  readTopic(topic: string): Promise<LoggedRecord[]>;
  /** Process id of a supervised process, as the launcher recorded it. */
  pidOf(name: string): number;
  /** Ends the launcher by a signal and resolves its exit code (null: killed). */
  end(signal: NodeJS.Signals): Promise<number | null>;
  /** Starts the launcher again on the same data. */
  start(): Promise<void>;
  /** Ends everything and deletes the data. */
  dispose(): Promise<void>;
  /** What the launcher has printed. */
  readonly output: () => string;
}

/** @param settings added to the launcher's environment at each start */
export async function startSystem(settings: Readonly<Record<string, string>> = {}): Promise<System> {
  const dataDir = mkdtempSync(join(tmpdir(), 'freshet-system-'));
  // Ingest and the shop take the two after the first.
  const [port, , , kafkaPort, httpPort, tcpPort] = await freePorts(6);
  const url = `http://127.0.0.1:${port}`;
  const clickHouseUrl = `http://127.0.0.1:${httpPort}`;
  let launcher: ChildProcess | undefined;
  let printed = '';

  const env = {
    FRESHET_PORT: String(port),
    FRESHET_KAFKA_PORT: String(kafkaPort),
    FRESHET_CLICKHOUSE_HTTP_PORT: String(httpPort),
    FRESHET_CLICKHOUSE_TCP_PORT: String(tcpPort),
    FRESHET_DATA_DIR: dataDir,
  };

  const start = async () => {
    const child = spawn(process.execPath, ['apps/cli/bin/compiled.mjs', 'up'], {
      cwd: root,
      env: {
        ...process.env,
        ...env,
        FRESHET_SHOP: 'false',
        ...settings,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    launcher = child;
    let said = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (text: Buffer) => {
        said += text.toString();
        printed = (printed + text.toString()).slice(-200_000);
      });
    }
    await until(
      () => {
        if (child.exitCode !== null) throw new Error(`the launcher ended:\n${printed}`);
        // Its own word: a gateway that a killed launcher left behind still answers for a moment.
        return Promise.resolve(said.includes('✓ gateway'));
      },
      { deadlineMs: 120_000 },
    ).catch((error: unknown) => {
      throw new Error(`not healthy: ${String(error)}\n${printed}`);
    });
  };

  const end = (signal: NodeJS.Signals) =>
    new Promise<number | null>((resolve) => {
      if (launcher === undefined || launcher.exitCode !== null || launcher.signalCode !== null) {
        return resolve(launcher?.exitCode ?? null);
      }
      launcher.once('exit', (code) => resolve(code));
      launcher.kill(signal);
    });

  const kafka = new kafkajs.Kafka({
    brokers: [`127.0.0.1:${kafkaPort}`],
    clientId: 'observer',
    logLevel: kafkajs.logLevel.NOTHING,
  });

  const credentials = () =>
    JSON.parse(readFileSync(join(dataDir, 'clickhouse', 'credentials.json'), 'utf8')) as Record<
      string,
      string
    >;

  await start();
  return {
    url,
    clickHouseUrl,
    kafka,
    dataDir,
    env,
    start,
    end,
    output: () => printed,
    sql: async <Row>(query: string, parameters: Readonly<Record<string, string>> = {}) => {
      const asked = new URLSearchParams({ default_format: 'JSON', ...parameters });
      const response = await fetch(`${clickHouseUrl}/?${asked.toString()}`, {
        method: 'POST',
        headers: {
          'X-ClickHouse-User': 'analyst',
          'X-ClickHouse-Key': credentials()['analyst'] ?? '',
        },
        body: query,
      });
      const text = await response.text();
      if (!response.ok) throw new Error(text);
      return (JSON.parse(text) as { data: Row[] }).data;
    },
    get: async <Body>(path: string) => {
      const response = await fetch(`${url}${path}`);
      if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
      return (await response.json()) as Body;
    },
    readTopic: (topic) => readTopic(kafka, topic),
    pidOf: (name) => {
      const file = join(dataDir, 'run', `${name}.json`);
      return (JSON.parse(readFileSync(file, 'utf8')) as { pid: number }).pid;
    },
    dispose: async () => {
      await end('SIGTERM');
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

async function readTopic(kafka: Kafka, topic: string): Promise<LoggedRecord[]> {
  const admin = kafka.admin();
  await admin.connect();
  const ends = await admin.fetchTopicOffsets(topic);
  await admin.disconnect();
  const left = new Map(
    ends.filter((end) => end.high !== end.low).map((end) => [end.partition, Number(end.high)] as const),
  );
  const records: LoggedRecord[] = [];
  if (left.size === 0) return records;
  const consumer = kafka.consumer({ groupId: `observer-${topic}-${Date.now()}` });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await new Promise<void>((resolve, reject) => {
    void consumer
      .run({
        eachMessage: async ({ partition, message }) => {
          const offset = Number(message.offset);
          records.push({ partition, offset, value: message.value?.toString('utf8') ?? null });
          if (offset + 1 >= (left.get(partition) ?? Infinity)) left.delete(partition);
          if (left.size === 0) resolve();
        },
      })
      .catch(reject);
  });
  await consumer.disconnect();
  return records.toSorted((a, b) => a.partition - b.partition || a.offset - b.offset);
}
