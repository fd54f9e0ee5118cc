import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { freePort, startKafka, type RunningKafka } from '@freshet/embedded';
import { createKafka, ensureTopics } from '@freshet/kafka';
import { startTestStore, type TestStore } from '@freshet/testkit';

import { INGEST, startIngest } from './testing/start-ingest.js';

const catalogue = fileURLToPath(new URL('../../../catalog', import.meta.url));
const HOUR_MS = 3_600_000;

let store: TestStore;
let broker: RunningKafka;
let dataDir: string;
let metricsPort: number;
let produced = 0;
const children: ChildProcess[] = [];
const kafkaOf = () => createKafka({ brokers: broker.brokers, clientId: 'spec', tls: false });

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'freshet-ingest-'));
  broker = await startKafka({ dataDir, port: await freePort() });
  store = await startTestStore();
  metricsPort = await freePort();
});
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await store?.stop();
  await broker?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

function start(): ChildProcess {
  const child = startIngest({ catalogue, metricsPort, brokers: broker.brokers, store });
  children.push(child);
  return child;
}

function pageView(id: number): string {
  return JSON.stringify({
    specversion: '1.0',
    id: `view-${id}`,
    source: '/shop/web',
    type: 'clickstream.page_viewed',
    time: new Date().toISOString(),
    data: {
      sessionId: `s${id % 7}`,
      userId: `u${id % 5}`,
      page: '/',
      region: 'DACH',
      campaign: null,
      device: 'mobile',
      referrer: null,
    },
  });
}

/** Every tenth is sent twice, every twentieth has an invalid one beside it. */
async function produce(count: number): Promise<void> {
  const producer = kafkaOf().producer({ idempotent: true });
  await producer.connect();
  const messages: { key: string; value: string }[] = [];
  for (let n = 0; n < count; n += 1) {
    const id = (produced += 1);
    const message = { key: `s${id % 7}`, value: pageView(id) };
    messages.push(message);
    if (id % 10 === 0) messages.push(message);
    if (id % 20 === 0) messages.push({ key: message.key, value: '{"specversion":' });
  }
  await producer.send({ topic: 'clickstream', messages });
  await producer.disconnect();
}

async function counted(): Promise<{ panes: number; facts: number; invalid: number }> {
  const [row] = await store.rows<{ panes: number; facts: number; invalid: number }>(`
    SELECT (SELECT sum(events) FROM freshet.metric_panes FINAL WHERE metric = 'page_views') AS panes,
      (SELECT count() FROM freshet.clickstream) AS facts,
      (SELECT sum(count) FROM freshet.outcomes_log FINAL WHERE outcome = 'invalid') AS invalid`);
  return { panes: Number(row?.panes), facts: Number(row?.facts), invalid: Number(row?.invalid) };
}

const everything = () => ({ panes: produced, facts: produced, invalid: Math.floor(produced / 20) });

it('waits for topics, counts each event once over kill -9, and stops in order', async () => {
  let child = start();
  const health = () =>
    fetch(`http://127.0.0.1:${metricsPort}/health`).then(
      (answer) => answer.json() as Promise<{ status: string }>,
    );
  await vi.waitFor(async () => expect((await health()).status).toBe('starting'), { timeout: 30_000 });

  const admin = kafkaOf().admin();
  await admin.connect();
  const topics = ['orders', 'payments', 'clickstream', 'support', 'inventory', 'customers'];
  await ensureTopics(
    admin,
    topics.map((topic) => ({ topic, partitions: 4, retentionMs: HOUR_MS })),
  );
  await admin.disconnect();
  await produce(400);
  await vi.waitFor(async () => expect(await counted()).toEqual(everything()), {
    timeout: 60_000,
    interval: 500,
  });
  await vi.waitFor(async () => expect((await health()).status).toBe('ok'), { timeout: 15_000 });

  await produce(300);
  child.kill('SIGKILL');
  await produce(100);
  child = start();
  await vi.waitFor(async () => expect(await counted()).toEqual(everything()), {
    timeout: 60_000,
    interval: 500,
  });

  const series = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
  expect(series).toContain('freshet_ingest_records_total{topic="clickstream",outcome="ok",reason=""}');
  await produce(50);
  const stoppedMs = performance.now();
  child.stdin?.end();
  const [code] = (await once(child, 'exit')) as [number | null];
  expect(code).toBe(0);
  expect(performance.now() - stoppedMs).toBeLessThan(5_000);
}, 240_000);

it('refuses to start on a wrong setting, in one sentence', async () => {
  const child = spawn(process.execPath, [INGEST], {
    env: { ...process.env, KAFKA_BROKERS: '' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  children.push(child);
  let said = '';
  child.stderr.on('data', (bytes: Buffer) => (said += bytes.toString()));
  const [code] = (await once(child, 'exit')) as [number | null];
  expect(code).toBe(1);
  expect(said).toContain('KAFKA_BROKERS is not set');
});
