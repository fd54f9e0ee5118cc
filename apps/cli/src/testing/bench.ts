import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createMetricStore, migrate } from '@freshet/clickhouse';
import { compileDecoder, type Contract } from '@freshet/contracts';
import { DEFAULT_LIMITS, IngestEngine, type EngineEvents, type LogSubscription } from '@freshet/ingestion';
import {
  createKafka,
  deadLetterTopic,
  ensureTopics,
  KafkaDeadLetterSink,
  KafkaEventLog,
} from '@freshet/kafka';
import { compileAggregator, type MetricDefinition } from '@freshet/metrics';
import { startTestBroker, startTestStore, until, type TestBroker, type TestStore } from '@freshet/testkit';
import kafkajs, { type Kafka, type Message } from 'kafkajs';

import { checkCatalogue } from '../catalogue.js';
import { workspaceRoot } from '../config.js';
import type { Surroundings } from '../operations/surroundings.js';

const HOUR_MS = 3_600_000;
const silent = new Proxy({}, { get: () => () => undefined }) as EngineEvents;

/** Broker and store with the shop's topics, and an ingest that flushes when it is told. */
export interface Bench {
  readonly store: TestStore;
  readonly kafka: Kafka;
  readonly contracts: readonly Contract[];
  readonly metrics: readonly MetricDefinition[];
  /** Environment of a command. */
  readonly env: NodeJS.ProcessEnv;
  /** Sends messages to partitions of a topic; resolves when they are acknowledged. */
  produce(topic: string, messages: readonly Message[]): Promise<void>;
  createTopics(topics: readonly string[]): Promise<void>;
  /** Waits until the broker tells ends that no transaction holds back: it marks one's end after it has answered. */
  stable(topic: string): Promise<void>;
  /** @param metrics instead of the catalogue's */
  startIngest(metrics?: readonly MetricDefinition[]): Promise<BenchIngest>;
  /** Runs a command; resolves its exit code and what it printed. */
  run(command: (surroundings: Surroundings) => Promise<number>): Promise<{ code: number; out: string }>;
  stop(): Promise<void>;
}

export interface BenchIngest {
  readonly engine: IngestEngine;
  readonly owner: string;
  /** Waits until everything that readers may see of these topics is read, then flushes. */
  settle(topics: readonly string[], withFacts?: boolean): Promise<void>;
  /** Leaves its groups without flushing. */
  stop(): Promise<void>;
}

export interface BenchOptions {
  readonly topics: readonly string[];
  readonly dedupeHorizonOffsets?: number;
  readonly chunkOffsets?: number;
}

const PARTITIONS = 2;
const EVERY_PARTITION = Array.from({ length: PARTITIONS }, (_, partition) => partition);

export async function startBench({ topics, ...limits }: BenchOptions): Promise<Bench> {
  const [broker, store]: [TestBroker, TestStore] = await Promise.all([startTestBroker(), startTestStore()]);
  const { contracts, metrics } = checkCatalogue(join(workspaceRoot, 'catalog'));
  await migrate({ client: store.client, contracts, metrics });
  const kafka = createKafka({ brokers: broker.brokers, clientId: 'bench', tls: false });
  const admin = kafka.admin();
  await admin.connect();
  const producer = kafka.producer({
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
  });
  await producer.connect();
  const asking = new KafkaEventLog(kafka, { groupPrefix: 'bench' });
  const dataDir = mkdtempSync(join(tmpdir(), 'freshet-bench-'));
  const ingests: BenchIngest[] = [];
  const stable: Bench['stable'] = async (topic) => {
    await until(
      async () => {
        const ends = await asking.ends(topic, EVERY_PARTITION);
        return ends.every(({ lastStable, highWatermark }) => lastStable === highWatermark);
      },
      { deadlineMs: 30_000 },
    );
  };
  const createTopics: Bench['createTopics'] = async (names) => {
    await ensureTopics(
      admin,
      names.flatMap((topic) => [
        { topic, partitions: PARTITIONS, retentionMs: HOUR_MS },
        { topic: deadLetterTopic(topic), partitions: 1, retentionMs: HOUR_MS },
      ]),
    );
    for (const topic of names) await stable(topic);
  };
  await createTopics(topics);

  const startIngest = async (counted = metrics): Promise<BenchIngest> => {
    const owner = `bench-${ingests.length}`;
    const log = new KafkaEventLog(kafka, { groupPrefix: 'freshet' });
    const deadLetters = new KafkaDeadLetterSink(kafka);
    const engine = new IngestEngine({
      sources: contracts.map((contract) => ({
        contract,
        decoder: compileDecoder(contract),
        newAggregator: compileAggregator(
          counted.filter(({ source }) => source === contract.name),
          contract,
        ),
      })),
      store: createMetricStore(store.client, contracts),
      log,
      deadLetters,
      clock: { nowMs: () => Date.now() },
      owner,
      events: silent,
      limits: { ...DEFAULT_LIMITS, ...limits },
    });
    const subscriptions: LogSubscription[] = [];
    for (const topic of topics) {
      await engine.register(topic);
      subscriptions.push(await log.subscribe(topic, engine.handlers(topic)));
    }
    const ingest: BenchIngest = {
      engine,
      owner,
      async settle(mine, withFacts = true) {
        for (const topic of mine) {
          await until(
            async () => {
              await engine.observeEnds(topic);
              const ends = await log.ends(topic, EVERY_PARTITION);
              return ends.every(({ partition, lastStable }) =>
                engine
                  .status()
                  .some(
                    ({ source, position, halted }) =>
                      source.topic === topic &&
                      source.partition === partition &&
                      (halted !== undefined || position >= lastStable),
                  ),
              );
            },
            { deadlineMs: 30_000, everyMs: 50 },
          );
        }
        await engine.flush(withFacts);
      },
      async stop() {
        await Promise.all(subscriptions.splice(0).map((each) => each.stop()));
        await deadLetters.close();
        await log.close();
      },
    };
    ingests.push(ingest);
    return ingest;
  };

  const env = {
    CLICKHOUSE_URL: store.url,
    CLICKHOUSE_USER: 'freshet',
    CLICKHOUSE_PASSWORD: store.credentials.freshet,
    KAFKA_BROKERS: broker.brokers.join(','),
    FRESHET_DATA_DIR: dataDir,
  };
  return {
    store,
    kafka,
    contracts,
    metrics,
    env,
    createTopics,
    stable,
    async produce(topic, messages) {
      await producer.send({ topic, messages: [...messages] });
    },
    startIngest,
    async run(command) {
      const printed: string[] = [];
      const code = await command({
        env,
        print: (text) => printed.push(text),
        nowMs: () => Date.now(),
        signal: new AbortController().signal,
      });
      return { code, out: printed.join('\n') };
    },
    async stop() {
      await Promise.all(ingests.map((each) => each.stop()));
      await asking.close();
      await producer.disconnect();
      await admin.disconnect();
      await Promise.all([broker.stop(), store.stop()]);
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
