import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { ensureKafkaJars, freePort, startKafka, type RunningKafka } from '@freshet/embedded';
import type { BatchAnswer, FetchedBatch, LogHandlers, LogSubscription } from '@freshet/ingestion';
import { createKafka, ensureTopics, KafkaDeadLetterSink, KafkaEventLog } from '@freshet/kafka';
import kafkajs, { type Admin, type Kafka, type Producer } from 'kafkajs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';

let dataDir: string;
let port: number;
let broker: RunningKafka;
let kafka: Kafka;
let admin: Admin;
let producer: Producer;
let log: KafkaEventLog;
let topic: string;
let topics = 0;
const subscriptions: LogSubscription[] = [];

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'freshet-event-log-'));
  port = await freePort();
  broker = await startKafka({ dataDir, port });
  kafka = createKafka({ brokers: broker.brokers, clientId: 'spec', tls: false });
  admin = kafka.admin();
  await admin.connect();
  producer = kafka.producer({ idempotent: true, createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  await producer.connect();
});
afterAll(async () => {
  await producer.disconnect();
  await admin.disconnect();
  await broker.stop();
  rmSync(dataDir, { recursive: true, force: true });
});
beforeEach(async () => {
  topic = `topic-${(topics += 1)}`;
  log = new KafkaEventLog(kafka, { groupPrefix: 'spec' });
  await ensureTopics(admin, [{ topic, partitions: 2, retentionMs: 3_600_000 }]);
});
afterEach(async () => {
  await Promise.all(subscriptions.splice(0).map((subscription) => subscription.stop()));
  await log.close();
});

/** An engine that takes batches at exactly its position, as the real one does. */
class Recorder implements LogHandlers {
  readonly assignments: number[][] = [];
  readonly texts = new Map<number, string[]>();
  readonly positions = new Map<number, number>();
  readonly refused: number[] = [];
  logTimeMs = 0;
  answer: (batch: FetchedBatch) => Promise<BatchAnswer | undefined> = () => Promise.resolve(undefined);

  constructor(readonly from: (partition: number) => number = () => 0) {}

  assigned(partitions: readonly number[]): Promise<ReadonlyMap<number, number>> {
    this.assignments.push([...partitions]);
    for (const partition of partitions) {
      if (!this.positions.has(partition)) this.positions.set(partition, this.from(partition));
    }
    return Promise.resolve(
      new Map(partitions.map((partition) => [partition, this.positions.get(partition)!])),
    );
  }

  async batch(batch: FetchedBatch): Promise<BatchAnswer> {
    const position = this.positions.get(batch.partition)!;
    if (batch.firstOffset !== position) {
      this.refused.push(batch.firstOffset);
      return { kind: 'seek', position };
    }
    const special = await this.answer(batch);
    if (special) return special;
    const texts = this.texts.get(batch.partition) ?? [];
    for (let row = 0; row < batch.count; row += 1) texts.push(Buffer.from(batch.values.at(row)!).toString());
    this.texts.set(batch.partition, texts);
    this.positions.set(batch.partition, batch.nextOffset);
    this.logTimeMs = batch.logTimesMs[0] ?? this.logTimeMs;
    return { kind: 'accepted' };
  }
}

async function subscribe(handlers: LogHandlers, reader = log): Promise<LogSubscription> {
  const subscription = await reader.subscribe(topic, handlers);
  subscriptions.push(subscription);
  return subscription;
}

async function produce(partition: number, ...values: string[]): Promise<void> {
  await producer.send({ topic, messages: values.map((value) => ({ partition, value })) });
}

const within = (ms: number) => ({ timeout: ms, interval: 25 });

describe('KafkaEventLog', () => {
  it('describes a topic, and says undefined for one that is not there', async () => {
    expect(await log.describe(topic)).toEqual({ topic, partitions: 2, logTime: 'append', compacted: false });
    expect(await log.describe('nowhere')).toBeUndefined();
  });

  it('reads each partition in order from where the engine says, with the time of the append', async () => {
    await produce(0, 'a', 'b', 'c');
    await produce(1, 'x');
    const engine = new Recorder((partition) => (partition === 0 ? 1 : 0));
    const before = Date.now() - 60_000;
    await subscribe(engine);
    await vi.waitFor(() => expect(engine.texts.get(0)).toEqual(['b', 'c']), within(10_000));
    await produce(0, 'd');
    await vi.waitFor(() => expect(engine.texts.get(0)).toEqual(['b', 'c', 'd']), within(5_000));
    expect(engine.texts.get(1)).toEqual(['x']);
    expect(engine.assignments.map((each) => each.sort())).toEqual([[0, 1]]);
    expect(engine.refused).toEqual([]);
    expect(engine.logTimeMs).toBeGreaterThan(before);
  });

  it('shows nothing of an aborted transaction and arrives at the end past control records', async () => {
    const writer = kafka.producer({
      transactionalId: `tx-${topic}`,
      idempotent: true,
      maxInFlightRequests: 1,
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    });
    await writer.connect();
    const engine = new Recorder();
    await subscribe(engine);
    const aborted = await writer.transaction();
    await aborted.send({ topic, messages: [{ partition: 0, value: 'never' }] });
    await aborted.abort();
    const kept = await writer.transaction();
    await kept.send({ topic, messages: [{ partition: 0, value: 'kept' }] });
    const [open] = await log.ends(topic, [0]);
    expect(open!.highWatermark).toBe(3);
    expect(open!.lastStable).toBe(2);
    await vi.waitFor(() => expect(engine.positions.get(0)).toBe(2), within(10_000));
    await kept.commit();
    await vi.waitFor(() => expect(engine.positions.get(0)).toBe(4), within(10_000));
    const [end] = await log.ends(topic, [0]);
    expect(end).toMatchObject({ partition: 0, logStart: 0, lastStable: 4, highWatermark: 4 });
    expect(engine.texts.get(0)).toEqual(['kept']);
    expect(engine.refused).toEqual([]);
    await writer.disconnect();
  });

  it('finds positions by start and by time', async () => {
    await produce(0, 'a', 'b');
    expect(await log.positionsOf(topic, [0, 1], 'earliest')).toEqual(new Map([[0, 0], [1, 0]])); // prettier-ignore
    expect(await log.positionsOf(topic, [0, 1], 'latest')).toEqual(new Map([[0, 2], [1, 0]])); // prettier-ignore
    expect(await log.positionsOf(topic, [0], { timeMs: 0 })).toEqual(new Map([[0, 0]]));
    expect(await log.positionsOf(topic, [0], { timeMs: Date.now() + 60_000 })).toEqual(new Map([[0, 2]]));
  });

  it('reads on from where the engine sends it', async () => {
    await produce(0, 'a', 'b', 'c');
    const engine = new Recorder();
    let sent = false;
    engine.answer = (batch) => {
      if (sent || batch.nextOffset < 3) return Promise.resolve(undefined);
      sent = true;
      engine.positions.set(0, 2);
      return Promise.resolve({ kind: 'seek', position: 2 });
    };
    await subscribe(engine);
    await vi.waitFor(() => expect(engine.positions.get(0)).toBe(3), within(10_000));
    expect(engine.texts.get(0)!.at(-1)).toBe('c');
    expect(engine.refused).toEqual([]);
  });

  it('reads the other partitions on and stays in the group while one engine call takes long', async () => {
    const engine = new Recorder();
    let release = () => undefined as void;
    const held = new Promise<void>((resolve) => (release = resolve));
    let calls = 0;
    engine.answer = async (batch) => {
      if (batch.partition === 0 && (calls += 1) === 1) await held;
      return undefined;
    };
    await subscribe(engine);
    await produce(0, 'held');
    await vi.waitFor(() => expect(calls).toBe(1), within(10_000));
    await produce(0, 'after');
    // Longer than a session: heartbeats go on.
    const deadline = performance.now() + 7_000;
    let count = 0;
    while (performance.now() < deadline) {
      await produce(1, `x${count}`);
      count += 1;
      await vi.waitFor(() => expect(engine.texts.get(1)?.length).toBe(count), within(5_000));
    }
    expect(calls).toBe(1);
    release();
    await vi.waitFor(() => expect(engine.texts.get(0)).toEqual(['held', 'after']), within(5_000));
    expect(engine.assignments).toHaveLength(1);
    expect(engine.refused).toEqual([]);
  });

  it('shares partitions with another member and takes them back when it leaves', async () => {
    const first = new Recorder();
    await subscribe(first);
    await produce(0, 'a');
    await produce(1, 'b');
    await vi.waitFor(() => expect(first.texts.size).toBe(2), within(10_000));
    const second = new Recorder((partition) => first.positions.get(partition) ?? 0);
    const other = await subscribe(second);
    await vi.waitFor(() => expect(first.assignments.at(-1)).toHaveLength(1), within(15_000));
    await vi.waitFor(() => expect(second.assignments.at(-1)).toHaveLength(1), within(15_000));
    expect([...first.assignments.at(-1)!, ...second.assignments.at(-1)!].sort()).toEqual([0, 1]);
    const theirs = second.assignments.at(-1)![0]!;
    await produce(theirs, 'c');
    await vi.waitFor(() => expect(second.texts.get(theirs)).toEqual(['c']), within(10_000));
    first.positions.set(theirs, second.positions.get(theirs)!);
    await other.stop();
    await vi.waitFor(() => expect(first.assignments.at(-1)).toHaveLength(2), within(15_000));
    await produce(theirs, 'd');
    await vi.waitFor(() => expect(first.texts.get(theirs)?.at(-1)).toBe('d'), within(10_000));
  });

  it('tells the group how far it is', async () => {
    await produce(0, 'a', 'b');
    const engine = new Recorder();
    const subscription = await subscribe(engine);
    await vi.waitFor(() => expect(engine.positions.get(0)).toBe(2), within(10_000));
    await subscription.commit([{ partition: 0, position: 2 }]);
    const offsets = await admin.fetchOffsets({ groupId: `spec.${topic}`, topics: [topic] });
    expect(offsets[0]!.partitions.find(({ partition }) => partition === 0)!.offset).toBe('2');
    expect(subscription.silentMs()).toBeLessThan(2_000);
  });

  it('joins again after an engine call failed', async () => {
    const engine = new Recorder();
    let failures = 0;
    engine.answer = () =>
      (failures += 1) === 1 ? Promise.reject(new Error('store is away')) : Promise.resolve(undefined);
    await subscribe(engine);
    await produce(0, 'a');
    await vi.waitFor(() => expect(engine.texts.get(0)).toEqual(['a']), within(15_000));
    expect(engine.assignments).toHaveLength(2);
  });

  it('hands an assignment over again that the engine could not take, and stays in the group', async () => {
    const engine = new Recorder();
    const take = engine.assigned.bind(engine);
    let failures = 0;
    engine.assigned = (partitions) =>
      (failures += 1) <= 3 ? Promise.reject(new Error('store is away')) : take(partitions);
    await subscribe(engine);
    const { groups } = await admin.describeGroups([`spec.${topic}`]);
    const members = groups[0]!.members.map(({ memberId }) => memberId);
    await produce(0, 'a');
    await vi.waitFor(() => expect(engine.texts.get(0)).toEqual(['a']), within(15_000));
    expect(failures).toBe(4);
    const after = await admin.describeGroups([`spec.${topic}`]);
    expect(after.groups[0]!.members.map(({ memberId }) => memberId)).toEqual(members);
  });

  it.each(['gzip', 'snappy', 'lz4', 'zstd'])('reads what Java wrote with %s', async (codec) => {
    const lines = Array.from(
      { length: 3_000 },
      (_, line) => `{"id":"${line}","text":"${'ab'.repeat(line % 60)}"}`,
    );
    await produceWithJava(codec, lines);
    const engine = new Recorder();
    await subscribe(engine);
    const read = () => [...engine.texts.values()].flat();
    await vi.waitFor(() => expect(read()).toHaveLength(lines.length), within(20_000));
    expect(new Set(read())).toEqual(new Set(lines));
  });

  it('keeps the origin with a dead letter', async () => {
    const sink = new KafkaDeadLetterSink(kafka);
    await sink.write(topic, [
      {
        source: { topic: 'orders', incarnation: 0, partition: 3 },
        offset: 42,
        logTimeMs: 1_700_000_000_000,
        reason: 'not_json',
        detail: 'unexpected end',
        contractVersion: '1.0.0',
        key: Buffer.from('k'),
        value: Buffer.from('{'),
        headers: [['trace', Buffer.from('t')]],
      },
    ]);
    await sink.close();
    let seen: Record<string, string> = {};
    const engine = new Recorder();
    engine.answer = (batch) => {
      seen = Object.fromEntries(
        batch.headers(0).map(([name, value]) => [name, Buffer.from(value).toString()]),
      );
      seen['key'] = Buffer.from(batch.key(0)!).toString();
      return Promise.resolve(undefined);
    };
    await subscribe(engine);
    await vi.waitFor(() => expect(seen['key']).toBe('orders/0/3/42'), within(10_000));
    expect(seen).toMatchObject({
      trace: 't',
      'freshet-topic': 'orders',
      'freshet-partition': '3',
      'freshet-offset': '42',
      'freshet-reason': 'not_json',
      'freshet-key': 'k',
    });
  });

  it('reads on after the broker was killed and started again', async () => {
    const engine = new Recorder();
    await subscribe(engine);
    await produce(0, 'before');
    await vi.waitFor(() => expect(engine.texts.get(0)).toEqual(['before']), within(10_000));
    broker.kill();
    await broker.exited;
    broker = await startKafka({ dataDir, port });
    await produce(0, 'after');
    await vi.waitFor(() => expect(engine.texts.get(0)).toEqual(['before', 'after']), within(40_000));
    expect(engine.refused).toEqual([]);
  });
});

async function produceWithJava(codec: string, lines: readonly string[]): Promise<void> {
  const { java, classPath } = await ensureKafkaJars();
  await new Promise<void>((resolve, reject) => {
    const console_ = execFile(
      java,
      ['-Dorg.slf4j.simpleLogger.defaultLogLevel=error', '-cp', classPath]
        .concat('org.apache.kafka.tools.ConsoleProducer', '--bootstrap-server', broker.brokers[0]!)
        .concat('--topic', topic, '--compression-codec', codec),
      (error, _stdout, stderr) => (error ? reject(new Error(stderr || error.message)) : resolve()),
    );
    console_.stdin!.end(lines.map((line) => `${line}\n`).join(''));
  });
}
