import type { LogHandlers } from '@freshet/ingestion';
import type { Consumer, Kafka } from 'kafkajs';

import { readsInPlace } from './in-place/reading-kafka.js';
import { PartitionFeed } from './partition-feed.js';

export interface ReaderSettings {
  readonly groupId: string;
  /** A member that is silent for longer loses its partitions; brokers accept 6 s and more. */
  readonly sessionTimeoutMs: number;
  /** The broker answers a fetch when it has so many bytes, or after `maxWaitMs`. */
  readonly minBytes: number;
  readonly maxWaitMs: number;
  readonly maxBytesPerPartition: number;
  /** A consumer without an answer for so long is given up. */
  readonly stallMs: number;
}

export const defaultReaderSettings: Omit<ReaderSettings, 'groupId'> = {
  sessionTimeoutMs: 6_000,
  minBytes: 1,
  maxWaitMs: 200,
  maxBytesPerPartition: 524_288,
  stallMs: 20_000,
};

/** Answers that prove that the consumer is alive. */
const SIGNS_OF_LIFE = new Set(['Fetch', 'Heartbeat', 'JoinGroup', 'SyncGroup']);
const STOP_LIMIT_MS = 5_000;

/**
 * One kafkajs consumer from join to end. kafkajs may stall without a word, crash, or be told to leave by a
 * failing engine call: all end this life, and whoever owns it begins another one.
 */
export class ConsumerLife {
  readonly #consumer: Consumer;
  readonly #topic: string;
  readonly #feed: PartitionFeed;
  readonly #settings: ReaderSettings;
  readonly #ended: Promise<Error>;
  #end!: (reason: Error) => void;
  #answeredAt = performance.now();
  #fetchedAt = performance.now();
  readonly joined: Promise<void>;
  #join!: () => void;

  constructor(kafka: Kafka, topic: string, handlers: LogHandlers, settings: ReaderSettings) {
    this.#topic = topic;
    this.#settings = settings;
    this.#ended = new Promise((resolve) => (this.#end = resolve));
    this.joined = new Promise((resolve) => (this.#join = resolve));
    this.#consumer = readsInPlace(kafka).consumer({
      groupId: settings.groupId,
      sessionTimeout: settings.sessionTimeoutMs,
      heartbeatInterval: Math.round(settings.sessionTimeoutMs / 4),
      rebalanceTimeout: 15_000,
      minBytes: settings.minBytes,
      maxWaitTimeInMs: settings.maxWaitMs,
      maxBytesPerPartition: settings.maxBytesPerPartition,
      metadataMaxAge: 30_000,
      allowAutoTopicCreation: false,
      readUncommitted: false,
      // A crash ends this life: kafkajs' own restart keeps state that it has lost track of.
      retry: { retries: 5, restartOnFailure: () => Promise.resolve(false) },
    });
    const consumer = this.#consumer;
    this.#feed = new PartitionFeed(
      handlers,
      {
        pause: (partition) => this.#attempt(() => consumer.pause([{ topic, partitions: [partition] }])),
        resume: (partition) => this.#attempt(() => consumer.resume([{ topic, partitions: [partition] }])),
        seek: (partition, offset) =>
          this.#attempt(() => consumer.seek({ topic, partition, offset: String(offset) })),
      },
      (error) => this.#end(asError(error)),
    );
    this.#listen();
  }

  /** Time since the broker last answered, ms. */
  silentMs(): number {
    return performance.now() - this.#answeredAt;
  }

  /** Whether it came as far as being assigned partitions that the engine took. */
  get assigned(): boolean {
    return this.#feed.taken;
  }

  /** Joins and reads; resolves the reason when the life has ended. */
  async run(): Promise<Error> {
    const watch = setInterval(() => this.#watch(), 1_000);
    try {
      await this.#consumer.connect();
      await this.#consumer.subscribe({ topic: this.#topic, fromBeginning: true });
      await this.#consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        partitionsConsumedConcurrently: 16,
        eachBatch: ({ batch, resolveOffset }) => this.#feed.take(batch, resolveOffset),
      });
      return await this.#ended;
    } catch (error) {
      return asError(error);
    } finally {
      clearInterval(watch);
    }
  }

  commit(positions: readonly { readonly partition: number; readonly position: number }[]): Promise<void> {
    const topic = this.#topic;
    return this.#consumer.commitOffsets(
      positions.map(({ partition, position }) => ({ topic, partition, offset: String(position) })),
    );
  }

  /** Leaves the group and waits for the engine's calls in hand, both within 5 s. */
  async stop(): Promise<void> {
    const closed = this.#feed.close();
    this.#end(new Error('stopped'));
    const left = this.#consumer.disconnect().catch(() => undefined);
    let limit: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => (limit = setTimeout(resolve, STOP_LIMIT_MS)));
    await Promise.race([Promise.all([closed, left]), late]);
    clearTimeout(limit);
  }

  #listen(): void {
    const { events } = this.#consumer;
    this.#consumer.on(events.GROUP_JOIN, ({ payload }) => {
      this.#feed.assign(payload.memberAssignment[this.#topic] ?? []);
      this.#join();
    });
    // Batches without a record for readers do not reach the handler; kafkajs goes over them by itself.
    this.#consumer.on(events.START_BATCH_PROCESS, ({ payload }) => {
      if (payload.batchSize === 0) this.#feed.skip(payload.partition, Number(payload.lastOffset) + 1);
    });
    this.#consumer.on(events.CRASH, ({ payload }) => this.#end(payload.error));
    this.#consumer.on(events.REQUEST, ({ payload }) => {
      if (!SIGNS_OF_LIFE.has(payload.apiName)) return;
      this.#answeredAt = performance.now();
      if (payload.apiName !== 'Heartbeat') this.#fetchedAt = this.#answeredAt;
    });
  }

  /** kafkajs throws on a consumer that it has stopped by itself after a crash. */
  #attempt(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#end(asError(error));
    }
  }

  #watch(): void {
    const { stallMs } = this.#settings;
    const silent = this.#feed.opened > 0 ? performance.now() - this.#fetchedAt : this.silentMs();
    if (silent > stallMs) this.#end(new Error(`no answer for ${Math.round(silent / 1000)} s`));
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
