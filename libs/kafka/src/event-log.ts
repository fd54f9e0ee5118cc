import type { StartPosition } from '@freshet/contracts';
import type { EventLog, LogEnd, LogHandlers, LogSubscription, TopicDescription } from '@freshet/ingestion';
import type { Admin, Kafka } from 'kafkajs';

import { BrokerOffsets, EARLIEST, LATEST, listOffsets } from './broker-offsets.js';
import { defaultReaderSettings, type ReaderSettings } from './consumer-life.js';
import { GroupReader } from './group-reader.js';
import { readLogEnds } from './log-ends.js';
import { silentLogger, type KafkaLogger } from './logging.js';
import { topicSettings } from './topics.js';

type Reading = Partial<Omit<ReaderSettings, 'groupId'>>;

export interface EventLogSettings extends Reading {
  /** Each topic is read by a group of its own, `<prefix>.<topic>`, so that one topic's rebalance is its own. */
  readonly groupPrefix: string;
  /** How a topic is read, where not as all are. */
  readonly reading?: (topic: string) => Reading;
  readonly logger?: KafkaLogger;
  /** Wall time, epoch ms. */
  readonly nowMs?: () => number;
}

/** The engine's log on Kafka. `close` ends the connections that answer questions; subscriptions stop by themselves. */
export class KafkaEventLog implements EventLog {
  readonly #kafka: Kafka;
  readonly #settings: EventLogSettings;
  readonly #offsets: BrokerOffsets;
  readonly #nowMs: () => number;
  #admin: Promise<Admin> | undefined;

  constructor(kafka: Kafka, settings: EventLogSettings) {
    this.#kafka = kafka;
    this.#settings = settings;
    this.#offsets = new BrokerOffsets(kafka);
    this.#nowMs = settings.nowMs ?? Date.now;
  }

  async describe(topic: string): Promise<TopicDescription | undefined> {
    const admin = await this.#connectedAdmin();
    const settings = await topicSettings(admin, topic, ['message.timestamp.type', 'cleanup.policy']);
    if (!settings) return undefined;
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    const partitions = topics[0]?.partitions.length ?? 0;
    if (partitions === 0) return undefined;
    return {
      topic,
      partitions,
      logTime: settings.get('message.timestamp.type') === 'LogAppendTime' ? 'append' : 'create',
      compacted: (settings.get('cleanup.policy') ?? '').split(',').includes('compact'),
    };
  }

  ends(topic: string, partitions: readonly number[]): Promise<LogEnd[]> {
    return readLogEnds(this.#offsets, topic, partitions, this.#nowMs);
  }

  async positionsOf(
    topic: string,
    partitions: readonly number[],
    start: StartPosition,
  ): Promise<ReadonlyMap<number, number>> {
    const timestamp = start === 'earliest' ? EARLIEST : start === 'latest' ? LATEST : start.timeMs;
    const answers = await this.#offsets.askLeaders(topic, partitions, async (broker, led) => {
      const found = await listOffsets(broker, topic, led, timestamp, 'read_committed');
      const ends = await listOffsets(broker, topic, led, LATEST, 'read_committed');
      return led.flatMap((partition): [number, number][] => {
        const offset = found.get(partition) ?? -1;
        const position = offset >= 0 ? offset : ends.get(partition);
        return position === undefined ? [] : [[partition, position]];
      });
    });
    return new Map(answers.flat());
  }

  async subscribe(topic: string, handlers: LogHandlers): Promise<LogSubscription> {
    const { groupPrefix, reading, logger = silentLogger } = this.#settings;
    const common = { ...defaultReaderSettings, ...this.#settings };
    const settings = { ...common, ...reading?.(topic), groupId: `${groupPrefix}.${topic}` };
    const reader = new GroupReader(this.#kafka, topic, handlers, settings, logger);
    await reader.start();
    return reader;
  }

  async close(): Promise<void> {
    await this.#offsets.disconnect();
    await this.#admin?.then((admin) => admin.disconnect()).catch(() => undefined);
  }

  #connectedAdmin(): Promise<Admin> {
    this.#admin ??= (async () => {
      const admin = this.#kafka.admin();
      await admin.connect();
      return admin;
    })().catch((error: unknown) => {
      this.#admin = undefined;
      throw error;
    });
    return this.#admin;
  }
}
