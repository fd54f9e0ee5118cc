import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { freePort, startKafka, type RunningKafka } from '@freshet/embedded';
import { createKafka, silentLogger } from '@freshet/kafka';
import kafkajs, { type Kafka } from 'kafkajs';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';

import { readConfig } from './config.js';
import { Sender } from './kafka/sender.js';
import { prepareTopics } from './kafka/topics.js';
import { begin, type Opening } from './opening.js';
import { readInvoices, RECORDED_WEEK } from './replay/slice.js';
import { fingerprintOf, Shop } from './shop.js';
import { TOPICS } from './stream/message.js';
import { HOUR_MS, idOf } from './testing/open-stream.js';

let folder: string;
let broker: RunningKafka;
let kafka: Kafka;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'freshet-shop-'));
  broker = await startKafka({ dataDir: folder, port: await freePort() });
  kafka = createKafka({ brokers: broker.brokers, clientId: 'shop-test', tls: false });
});

afterAll(async () => {
  await broker?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const config = readConfig(['--backfill-hours', '2'], { FRESHET_SHOP_DIRT: 'none' });
const past = { fingerprint: fingerprintOf(config), backfillMs: 2 * HOUR_MS, canGoOn: true };
const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

function openShop(
  saved: Opening | undefined,
  topicsEmpty: boolean,
  sender: Sender,
  keep: (o: Opening) => void,
) {
  const beginning = begin({ ...past, saved, topicsEmpty, nowMs: Date.now() });
  const ports = { nowMs: () => Date.now(), wait, save: keep };
  return new Shop(config, beginning, readInvoices(RECORDED_WEEK), sender, ports, silentLogger);
}

test('the past comes first and once, also when the shop is killed in the middle, then it is live', async () => {
  const { empty } = await prepareTopics(kafka, { partitions: 4, retentionMs: 24 * HOUR_MS });
  expect(empty).toBe(true);

  // Killed: the sender dies under the shop after some batches, and only what was saved is left.
  let saved: Opening | undefined;
  const dying = new Sender(kafka, silentLogger);
  let batches = 0;
  const send = dying.send.bind(dying);
  vi.spyOn(dying, 'send').mockImplementation(async (messages) => {
    await send(messages);
    if (++batches === 4) throw new Error('killed');
  });
  const killed = openShop(undefined, true, dying, (opening) => (saved ??= opening));
  await expect(killed.run()).rejects.toThrow('killed');
  await dying.close();
  expect(saved?.positionMs).toBe(saved?.openedMs);

  const sender = new Sender(kafka, silentLogger);
  const shop = openShop(saved, false, sender, (opening) => (saved = opening));
  const running = shop.run();
  await vi.waitFor(() => expect(shop.live).toBe(true), { timeout: 30_000, interval: 50 });
  shop.stop();
  await running;
  await sender.close();

  const ids = await readIds();
  const sent = [...shop.sent.values()].reduce((sum, count) => sum + count, 0);
  // What the second run sent is everything; the first run's messages are among it, with the same ids.
  expect(new Set(ids).size).toBe(sent);
  expect(ids.length).toBeGreaterThan(sent);
  expect(Date.now() - saved!.positionMs).toBeLessThan(5 * 60_000);
}, 90_000);

/** Ids of everything in the shop's topics, read to their ends. */
async function readIds(): Promise<string[]> {
  const admin = kafka.admin();
  await admin.connect();
  const ends = (await Promise.all(TOPICS.map((topic) => admin.fetchTopicOffsets(topic)))).flat();
  const settings = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [
      { type: kafkajs.ConfigResourceTypes.TOPIC, name: 'orders', configNames: ['message.timestamp.type'] },
    ],
  });
  expect(settings.resources[0]?.configEntries[0]?.configValue).toBe('LogAppendTime');
  await admin.disconnect();
  const expected = ends.reduce((sum, { high }) => sum + Number(high), 0);
  const ids: string[] = [];
  const consumer = kafka.consumer({ groupId: 'shop-test' });
  await consumer.connect();
  await consumer.subscribe({ topics: [...TOPICS], fromBeginning: true });
  await consumer.run({ eachMessage: async ({ message }) => void ids.push(idOf(String(message.value))) });
  await vi.waitFor(() => expect(ids).toHaveLength(expected), { timeout: 30_000, interval: 50 });
  await consumer.disconnect();
  return ids;
}
