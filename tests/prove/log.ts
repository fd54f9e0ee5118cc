import type { Kafka } from 'kafkajs';
import type { LoggedRecord } from '../recount.js';

/**
 * Everything in a topic now, by partition and offset, read by a consumer that knows nothing of Freshet. Each partition
 * has to end with an event, not with the marker of a transaction.
 */
export async function readTopic(kafka: Kafka, topic: string): Promise<LoggedRecord[]> {
  const admin = kafka.admin();
  await admin.connect();
  const ends = await admin.fetchTopicOffsets(topic);
  await admin.disconnect();
  const left = new Map(
    ends.filter((end) => end.high !== end.low).map((end) => [end.partition, Number(end.high)] as const),
  );
  const records: LoggedRecord[] = [];
  if (left.size === 0) return records;
  const consumer = kafka.consumer({ groupId: `prove-${topic}-${process.pid}` });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await new Promise<void>((resolve, reject) => {
    consumer
      .run({
        eachMessage: async ({ partition, message }) => {
          const offset = Number(message.offset);
          const value = message.value?.toString('utf8') ?? null;
          records.push({ partition, offset, value, logTimeMs: Number(message.timestamp) });
          if (offset + 1 >= (left.get(partition) ?? Number.POSITIVE_INFINITY)) left.delete(partition);
          if (left.size === 0) resolve();
        },
      })
      .catch(reject);
  });
  await consumer.disconnect();
  // A rejoin delivers again: the log has each offset once.
  const once = new Map(records.map((record) => [`${record.partition}/${record.offset}`, record]));
  return [...once.values()].sort((a, b) => a.partition - b.partition || a.offset - b.offset);
}

/** High watermark of each partition. */
export async function endsOf(kafka: Kafka, topic: string): Promise<ReadonlyMap<number, number>> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const ends = await admin.fetchTopicOffsets(topic);
    return new Map(ends.map(({ partition, high }) => [partition, Number(high)]));
  } finally {
    await admin.disconnect();
  }
}
