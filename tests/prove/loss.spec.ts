import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Alert, Freshness, Values } from '@freshet/live-protocol';
import { click, orderPlaced, paymentAttempted, until } from '@freshet/testkit';
import kafkajs, { type Admin, type Producer } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTopics } from '../events.js';
import { endsOf } from './log.js';
import { Rig } from './rig.js';
import { allStored } from './stored.js';

const MINUTE_MS = 60_000;
const PATIENCE = { deadlineMs: 90_000, everyMs: 500 };
const root = fileURLToPath(new URL('../..', import.meta.url));
const rig = new Rig({ root });
const folder = mkdtempSync(join(tmpdir(), 'freshet-loss-'));
/** Event times of what nothing happens to: minutes before all gaps. */
const calmMs = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS - 20 * MINUTE_MS;
let admin: Admin;
let producer: Producer | undefined;
let made = 0;

beforeAll(async () => {
  await rig.start();
  await createTopics(rig.kafka);
  admin = rig.kafka.admin();
  await admin.connect();
  await openProducer();
  await Promise.all([rig.startIngest(), rig.startGateway()]);
}, 180_000);
afterAll(async () => {
  await producer?.disconnect();
  await admin?.disconnect();
  await rig.stop();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

/** One that has just learned which partitions there are: kafkajs sends nothing to others, and says nothing. */
async function openProducer(): Promise<void> {
  await producer?.disconnect();
  producer = rig.kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  await producer.connect();
}

type Topic = 'orders' | 'payments' | 'clickstream';

async function send(
  topic: Topic,
  partitions: readonly number[],
  each: number,
  timeMs: number,
): Promise<void> {
  const event = (): object => {
    const about = { id: `event-${(made += 1)}`, timeMs };
    if (topic === 'orders') return orderPlaced(about);
    return topic === 'payments' ? paymentAttempted(about) : click('page_viewed', about);
  };
  const messages = partitions.flatMap((partition) =>
    Array.from({ length: each }, () => ({ partition, value: JSON.stringify(event()) })),
  );
  await producer!.send({ topic, messages });
}

/** Counted events of a topic, by its facts and by the panes of a metric that counts each once. */
async function counted(topic: Topic): Promise<{ facts: number; panes: number }> {
  const metric = { orders: 'orders', payments: 'checkout_failure_rate', clickstream: 'page_views' }[topic];
  const [row] = await rig.rows<{ facts: number; panes: number }>(
    `SELECT (SELECT toInt64(count()) FROM freshet.${topic}) AS facts,
       (SELECT toInt64(sum(events)) FROM freshet.metric_panes FINAL WHERE metric = '${metric}') AS panes`,
  );
  return row!;
}

const both = (events: number) => ({ facts: events, panes: events });

async function countedBecomes(topic: Topic, events: number): Promise<void> {
  await until(async () => {
    const { facts, panes } = await counted(topic);
    return facts >= events && panes >= events;
  }, PATIENCE).catch(() => undefined);
  expect(await counted(topic)).toEqual(both(events));
}

async function doctor(): Promise<{ code: number; out: string }> {
  const { code, out } = await rig.operate('doctor');
  return { code, out: out.toString() };
}

async function health(): Promise<string[]> {
  const answer = await fetch(`http://127.0.0.1:${rig.ingests[0]!.port}/health`);
  return ((await answer.json()) as { problems: string[] }).problems;
}

const everywhere = [0, 1, 2, 3];

describe('what a sleeping ingest finds', () => {
  /** Records of clickstream/0 that retention took unread. */
  const LOST = 30;

  it('is told before it wakes: overtaken, recreated and gone partitions', async () => {
    for (const topic of ['orders', 'payments', 'clickstream'] as const)
      await send(topic, everywhere, 10, calmMs);
    await until(async () => (await counted('clickstream')).panes > 0, PATIENCE);
    await allStored(rig);
    await rig.endIngest(rig.ingests[0]!, 'SIGTERM');

    await send('clickstream', [0], LOST + 5, Date.now());
    const [end] = (await admin.fetchTopicOffsets('clickstream')).filter(({ partition }) => partition === 0);
    await admin.deleteTopicRecords({
      topic: 'clickstream',
      partitions: [{ partition: 0, offset: String(Number(end!.high) - 5) }],
    });
    // Committed offsets say another thing each: what was read is read again, what was not is left out.
    await send('payments', everywhere, 10, calmMs);
    const ends = await endsOf(rig.kafka, 'payments');
    await admin.setOffsets({
      groupId: 'freshet.payments',
      topic: 'payments',
      partitions: everywhere.map((partition) => ({
        partition,
        offset: partition < 2 ? '0' : String(ends.get(partition)),
      })),
    });
    await admin.deleteTopics({ topics: ['orders'] });
    const configEntries = [{ name: 'message.timestamp.type', value: 'LogAppendTime' }];
    // Until the old one is gone, the client is told that it is there already.
    await until(async () => {
      await admin.createTopics({ topics: [{ topic: 'orders', numPartitions: 3, configEntries }] });
      return (await endsOf(rig.kafka, 'orders')).size === 3;
    }, PATIENCE);
    await send('orders', [0, 1, 2], 5, calmMs);

    const { code, out } = await doctor();
    expect(code).toBe(1);
    expect(out).toMatch(
      new RegExp(`clickstream/0: Retention deleted up to ${LOST} offsets before they were counted`),
    );
    expect(out).toContain('→ Start ingest, and give the topic a longer retention.ms');
    expect(out).toMatch(/orders\/0,1,2: The log is not the one that was stored/);
    expect(out).toContain('freshet source new-incarnation orders --yes');
    expect(out).toMatch(/orders\/3: The topic has it no more/);
    expect(out).toContain('freshet source retire orders 3');
  }, 240_000);

  it('is a gap with bounds, incomplete windows and an alert', async () => {
    const lostMs = Date.now();
    await rig.startIngest();
    await countedBecomes('clickstream', 40 + 5);
    const gaps = await rig.rows<Record<string, string | number>>(
      `SELECT topic, partition, from_offset, through_offset, reason, from_time_ms, to_time_ms FROM freshet.gaps_log FINAL`,
    );
    expect(gaps).toMatchObject([
      { topic: 'clickstream', partition: 0, from_offset: 10, through_offset: 9 + LOST, reason: 'retention' },
    ]);
    expect(Number(gaps[0]!['from_time_ms'])).toBeLessThanOrEqual(lostMs);
    expect(Number(gaps[0]!['to_time_ms'])).toBeGreaterThanOrEqual(lostMs);
    const windows = await rig.rows<{ calm: number; incomplete: number; windows: number }>(
      `SELECT toUnixTimestamp64Milli(window_start) = ${calmMs} AS calm, max(incomplete) AS incomplete,
         toInt64(count()) AS windows
       FROM metrics.page_views GROUP BY calm ORDER BY calm`,
    );
    expect(windows.map(({ calm, incomplete }) => [calm, incomplete])).toEqual([
      [0, 1],
      [1, 0],
    ]);
    const range = `from=${new Date(lostMs - 2 * MINUTE_MS).toISOString()}&to=${new Date(lostMs + 2 * MINUTE_MS).toISOString()}`;
    const { points } = await rig.ask<Values>(`metrics/page_views/values?${range}`);
    expect(points.length).toBeGreaterThan(0);
    expect(points.every(({ incomplete }) => incomplete)).toBe(true);
    const alert = await until(async () => {
      const { alerts } = await rig.ask<{ alerts: Alert[] }>('alerts');
      return alerts.find(({ key, status }) => key === 'audit/lost/clickstream' && status === 'firing');
    }, PATIENCE);
    expect(alert).toMatchObject({
      severity: 'page',
      owner: 'growth-team',
      topic: 'clickstream',
      runbook: 'docs/runbooks/audit.md',
    });
    expect(alert!.summary).toContain('records of clickstream were lost before they were counted');
    const { out } = await doctor();
    expect(out).toMatch(new RegExp(`Offsets 10 to ${9 + LOST} of life 1 are lost \\(retention\\)`));
    expect(out).toContain('→ docs/runbooks/gap.md');
  }, 240_000);

  it('counts by the ledger, whatever the committed offsets say', async () => {
    await countedBecomes('payments', 80);
    expect(await rig.rows(`SELECT 1 FROM freshet.payments_log FINAL WHERE duplicate_of != -1`)).toEqual([]);
  }, 240_000);

  it('mixes nothing of a recreated topic, and goes on when an operator says so', async () => {
    await until(async () => (await health()).length === 3, PATIENCE);
    for (const problem of await health())
      expect(problem).toMatch(/^orders\/[012] halted: .*recreated.*; open a new incarnation$/);
    const series = await (await fetch(`http://127.0.0.1:${rig.ingests[0]!.port}/metrics`)).text();
    expect(series).toContain('freshet_ingest_halted{topic="orders",partition="0"} 1');
    expect(await counted('orders')).toEqual(both(40));

    const opened = await rig.operate('source', 'new-incarnation', 'orders', '--yes');
    expect(opened).toMatchObject({ code: 0 });
    await countedBecomes('orders', 40 + 15);
    const freshness = async (): Promise<Freshness> => {
      const { metrics } = await rig.ask<{ metrics: Freshness[] }>('freshness');
      return metrics.find(({ metric }) => metric === 'orders')!;
    };
    // A partition that will never be read again is waited for.
    const waiting = await freshness();
    expect(waiting.status).not.toBe('fresh');
    expect(
      (await rig.operate('source', 'retire', 'orders', '0', '--reason', 'no more', '--yes')).code,
    ).not.toBe(0);
    const told = await rig.operate('source', 'retire', 'orders', '3', '--reason', 'made anew with three');
    expect({ code: told.code, out: told.out.toString() }).toMatchObject({
      code: 1,
      out: expect.stringContaining('Nothing was changed: add --yes.') as string,
    });
    const ended = await rig.operate(
      'source',
      'retire',
      'orders',
      '3',
      '--reason',
      'made anew with three',
      '--yes',
    );
    expect(ended.code).toBe(0);
    const [audited] = await rig.rows<{ by: string }>(
      `SELECT topic, partition, incarnation, reason, by FROM freshet.source_retirements_log`,
    );
    expect(audited).toMatchObject({
      topic: 'orders',
      partition: 3,
      incarnation: 1,
      reason: 'made anew with three',
    });
    expect(audited!.by).toMatch(/.@./);
    await send('orders', [0, 1, 2], 1, Date.now());
    await until(async () => (await freshness()).status === 'fresh', PATIENCE);
    await countedBecomes('orders', 40 + 18);
    const { code, out } = await doctor();
    expect(out).not.toMatch(/orders\/3.*no more/);
    expect({ code, out }).toMatchObject({ code: 0 });
    expect(out).toMatch(/orders\/3?.*life 1 are lost \(topic_recreated\)/s);
  }, 300_000);
});

it('counts everything in partitions that are added while it runs', async () => {
  const before = (await counted('payments')).facts;
  await admin.createPartitions({ topicPartitions: [{ topic: 'payments', count: 6 }] });
  await until(async () => (await endsOf(rig.kafka, 'payments')).size === 6, PATIENCE);
  await openProducer();
  await send('payments', [4, 5], 20, calmMs);
  await countedBecomes('payments', before + 40);
  await until(async () => (await doctor()).code === 0, PATIENCE);
}, 240_000);

it('says what contradicts the tables, and changes nothing', async () => {
  const before = await counted('orders');
  cpSync(join(root, 'catalog'), folder, { recursive: true });
  const file = join(folder, 'contracts/orders.yaml');
  writeFileSync(
    file,
    readFileSync(file, 'utf8').replace(/(name: quantity\n +logicalType: )integer/, '$1string'),
  );
  rig.catalogue = folder;
  const { code, out } = await doctor();
  expect(code).toBe(1);
  expect(out).toContain('The catalogue and the tables contradict each other');
  expect(out).toMatch(/→ .*quantity/);
  const refused = await rig.startIngest();
  expect(await refused.exited).toEqual([1, null]);
  expect(refused.complaints()).toMatch(/quantity/);
  expect(refused.complaints()).not.toContain('    at ');
  expect(await counted('orders')).toEqual(before);
}, 120_000);
