import { makeTopics } from '@freshet/kafka';
import { type Kafka, type Producer } from 'kafkajs';
import { type LoggedRecord } from '../measure/recount.js';
import { EventSource, PARTITIONS, TOPICS, type Topic } from './events.js';

/** Events that were written to the topics before anybody reads them. */
export interface Backlog {
  readonly events: number;
  readonly bytes: number;
  readonly seed: number;
  /** Records of each topic in the order of their partitions and offsets. */
  readonly records: Readonly<Record<Topic, readonly LoggedRecord[]>>;
}

/** Event time passes at this rate, whatever the speed of production: a busy shop. */
export const EVENTS_PER_SECOND_OF_EVENT_TIME = 300;
/** The newest event is this old when production begins: the longest window that holds it has begun to end. */
export const AGE_MS = 20 * 60_000;
const BATCH = 5_000;

/** Both one after the other. */
export function joined(first: Backlog, second: Backlog): Backlog {
  const records = Object.fromEntries(
    TOPICS.map((topic) => [topic, [...first.records[topic], ...second.records[topic]]]),
  ) as unknown as Backlog['records'];
  return {
    events: first.events + second.events,
    bytes: first.bytes + second.bytes,
    seed: first.seed,
    records,
  };
}

/** Creates the topics with the broker's clock as the log's. */
export async function createTopics(kafka: Kafka): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  await makeTopics(
    admin,
    TOPICS.map((topic) => ({
      topic,
      numPartitions: PARTITIONS,
      replicationFactor: 1,
      configEntries: [{ name: 'message.timestamp.type', value: 'LogAppendTime' }],
    })),
  );
  await admin.disconnect();
}

export function countsOf({ records }: Backlog): Record<Topic, number> {
  return {
    orders: records.orders.length,
    payments: records.payments.length,
    clickstream: records.clickstream.length,
  };
}

/** Produces `count` events whose newest event time is `endMs`. */
export async function produceBacklog(
  kafka: Kafka,
  count: number,
  seed: number,
  endMs: number,
): Promise<Backlog> {
  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  const backlog = await send(producer, count, seed, endMs);
  await producer.disconnect();
  return backlog;
}

/** Produces as `produceBacklog` does, but nobody can read it before `reveal` has been called. */
export async function produceHidden(
  kafka: Kafka,
  count: number,
  seed: number,
  endMs: number,
): Promise<{ backlog: Backlog; reveal: () => Promise<void> }> {
  const producer = kafka.producer({
    idempotent: true,
    maxInFlightRequests: 1,
    transactionalId: `bench-hidden-${seed}`,
    transactionTimeout: 900_000,
  });
  await producer.connect();
  const transaction = await producer.transaction();
  const backlog = await send(transaction, count, seed, endMs);
  const reveal = async () => {
    await transaction.commit();
    await producer.disconnect();
  };
  return { backlog, reveal };
}

async function send(
  producer: Pick<Producer, 'sendBatch'>,
  count: number,
  seed: number,
  endMs: number,
): Promise<Backlog> {
  const source = new EventSource(seed);
  const startMs = endMs - Math.ceil((count / EVENTS_PER_SECOND_OF_EVENT_TIME) * 1_000);
  const partitions = Object.fromEntries(
    TOPICS.map((topic) => [topic, Array.from({ length: PARTITIONS }, (): string[] => [])]),
  ) as Record<Topic, string[][]>;
  let bytes = 0;
  for (let sent = 0; sent < count;) {
    const batch: Record<Topic, { partition: number; value: string }[]> = {
      orders: [],
      payments: [],
      clickstream: [],
    };
    const upTo = Math.min(sent + BATCH, count);
    for (; sent < upTo; sent++) {
      const timeMs = startMs + Math.floor((sent / count) * (endMs - startMs));
      const { topic, partition, value } = source.next(timeMs);
      batch[topic].push({ partition, value });
      partitions[topic][partition]?.push(value);
      bytes += value.length;
    }
    await producer.sendBatch({
      topicMessages: TOPICS.map((topic) => ({ topic, messages: batch[topic] })),
    });
  }
  const records = Object.fromEntries(
    TOPICS.map((topic) => [
      topic,
      partitions[topic].flatMap((values, partition) =>
        values.map((value, offset) => ({ partition, offset, value })),
      ),
    ]),
  ) as unknown as Backlog['records'];
  return { events: count, bytes, seed, records };
}
