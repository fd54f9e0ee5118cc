import type { ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createKafka, makeTopics, readRange } from '@freshet/kafka';
import { freePort } from '@freshet/embedded';
import { startTestBroker, startTestStore, until, type TestBroker, type TestStore } from '@freshet/testkit';
import { ConfigResourceTypes, type Kafka } from 'kafkajs';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { startIngest } from './testing/start-ingest.js';

const HEAD = 'apiVersion: freshet/v1\n';
const FILES = {
  'teams.yaml': 'teams: [{ name: commerce-team, title: Commerce }]\n',
  'business.yaml': '{ name: Sample, timeZone: Europe/London, currency: GBP, locale: en-GB }\n',
  'contracts/products.yaml': `${HEAD}kind: DataContract
name: products
physicalName: products
version: 1.0.0
businessName: Products
owner: commerce-team
encoding: json
reference: { key: sku }
properties:
  - { name: sku, logicalType: string, required: true }
  - { name: category, logicalType: string, required: true, lowCardinality: true }
`,
  'contracts/sales.yaml': `${HEAD}kind: DataContract
name: sales
physicalName: sales
version: 1.0.0
businessName: Sales
owner: commerce-team
encoding: json
event: { id: [sale], time: at }
properties:
  - { name: sale, logicalType: integer }
  - { name: at, logicalType: timestamp }
  - { name: sku, logicalType: string, required: true }
  - { name: units, logicalType: integer, required: true }
`,
  'metrics/units.yaml': `${HEAD}kind: Metric
name: units
title: Units sold
owner: commerce-team
source: sales
measure: { sum: { field: units } }
dimensions:
  - name: category
    field: sku
    mapping: { reference: products, key: sku, value: category, otherwise: not known }
window: { tumbling: 1m }
lateness: { watermarkDelay: 5s, allowed: 10m }
freshness: { target: 2s, objective: 99.5% }
unit: count
runbook: docs/runbooks/orders.md
`,
} as const;

let store: TestStore;
let broker: TestBroker;
let kafka: Kafka;
let folder: string;
const children: ChildProcess[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'freshet-reference-'));
  for (const [name, text] of Object.entries(FILES)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  [broker, store] = await Promise.all([startTestBroker(), startTestStore()]);
  kafka = createKafka({ brokers: [...broker.brokers], clientId: 'spec', tls: false });
}, 120_000);
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await Promise.all([store?.stop(), broker?.stop()]);
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

async function start(): Promise<ChildProcess> {
  const { brokers } = broker;
  const child = startIngest({ catalogue: folder, metricsPort: await freePort(), brokers, store });
  children.push(child);
  return child;
}

/** A topic that the broker compacts as soon as it can. */
async function createTopics(): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  await admin.alterConfigs({
    validateOnly: false,
    resources: [
      {
        type: ConfigResourceTypes.BROKER,
        name: '1',
        configEntries: [{ name: 'log.cleaner.backoff.ms', value: '200' }],
      },
    ],
  });
  const compacted = {
    'cleanup.policy': 'compact',
    'segment.ms': '100',
    'min.cleanable.dirty.ratio': '0.001',
    'delete.retention.ms': '3600000',
  };
  await makeTopics(admin, [
    {
      topic: 'products',
      numPartitions: 1,
      configEntries: Object.entries(compacted).map(([name, value]) => ({ name, value })),
    },
    { topic: 'sales', numPartitions: 1 },
  ]);
  await admin.disconnect();
}

async function send(topic: string, messages: readonly (readonly [string, object | null])[]): Promise<void> {
  const producer = kafka.producer();
  await producer.connect();
  for (const [key, value] of messages)
    await producer.send({
      topic,
      messages: [{ key, value: value === null ? null : JSON.stringify(value) }],
    });
  await producer.disconnect();
}

const describe = (sku: string, category: string | undefined) =>
  send('products', [[sku, category === undefined ? null : { sku, category }]]);

/** Offsets that the topic of products still has. */
async function offsetsLeft(): Promise<number[]> {
  const admin = kafka.admin();
  await admin.connect();
  const [end] = await admin.fetchTopicOffsets('products');
  await admin.disconnect();
  const left: number[] = [];
  const range = { partition: 0, from: 0, before: Number(end?.high) };
  const take = ({ offsets, count }: { offsets: ArrayLike<number>; count: number }) =>
    void left.push(...Array.from({ length: count }, (_, row) => offsets[row]!));
  await readRange(kafka, 'products', [range], take, { groupPrefix: 'spec' });
  return left;
}

/** New records close segments, until those of before are cleaned. */
async function compactUntil(isDone: (left: readonly number[]) => boolean): Promise<void> {
  await until(
    async () => {
      await describe('filler', 'Filler');
      return isDone(await offsetsLeft());
    },
    { deadlineMs: 120_000 },
  );
}

const unitsByCategory = async (): Promise<Record<string, number>> =>
  Object.fromEntries(
    (
      await store.rows<{ category: string; units: number }>(
        'SELECT category, toInt32(sum(value)) AS units FROM metrics.units GROUP BY category ORDER BY category',
      )
    ).map(({ category, units }) => [category, units]),
  );

async function untilUnits(expected: Readonly<Record<string, number>>): Promise<void> {
  await until(
    async () => {
      // Told as it was found, or as the store refused: a failure names it.
      const found = JSON.stringify(await unitsByCategory());
      if (found !== JSON.stringify(expected))
        throw new Error(`${found} instead of ${JSON.stringify(expected)}`);
      return true;
    },
    { deadlineMs: 60_000 },
  );
}

const products = () =>
  store.rows<{ sku: string; category: string }>(
    `SELECT sku, category FROM freshet.products WHERE sku != 'filler' ORDER BY sku`,
  );

it('maps by a compacted topic, over kill -9, compaction and deleted keys', async () => {
  await createTopics();
  for (const [sku, category] of [
    ['a', 'Garden'],
    ['b', 'Toys'],
    ['c', 'Toys'],
  ] as const)
    await describe(sku, category);
  const at = new Date().toISOString();
  const sold = Object.entries({ a: 1, b: 2, c: 4, d: 8 });
  await send(
    'sales',
    sold.map(([sku, units], sale) => [sku, { sale, at, sku, units }]),
  );
  let child = await start();
  await untilUnits({ Garden: 1, Toys: 6, 'not known': 8 });
  expect(await products()).toHaveLength(3);

  // While nobody reads, first and last stored record are compacted away, and one that was never read.
  child.kill('SIGKILL');
  await describe('a', 'never read');
  await describe('c', undefined);
  await describe('d', 'Books');
  await describe('a', 'Outdoor');
  await compactUntil((left) => [0, 2, 3].every((offset) => !left.includes(offset)));
  child = await start();
  await untilUnits({ Books: 8, Outdoor: 1, Toys: 2, 'not known': 4 });
  expect(await products()).toEqual([
    { sku: 'a', category: 'Outdoor' },
    { sku: 'b', category: 'Toys' },
    { sku: 'd', category: 'Books' },
  ]);

  // In the midst of it, and with a key that comes back.
  child.kill('SIGKILL');
  await start();
  await describe('c', 'Toys');
  await untilUnits({ Books: 8, Outdoor: 1, Toys: 6 });
  expect(await store.rows('SELECT * FROM freshet.gaps_log')).toEqual([]);

  // As fresh as any other source: all of the log is proven read.
  const wantedMs = Date.now();
  await until(
    async () => {
      const [row] = await store.rows<{ as_of: number }>(
        `SELECT toInt64(min(as_of_ms)) AS as_of FROM freshet.source_progress WHERE topic = 'products'`,
      );
      return Number(row?.as_of) >= wantedMs;
    },
    { deadlineMs: 60_000 },
  );
}, 300_000);
