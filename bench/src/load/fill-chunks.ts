import { type Kafka } from 'kafkajs';
import { EventSource, PARTITIONS, TOPICS } from './events.js';

/** Offsets of a chunk at most: ingest's default. */
const CHUNK = 50_000;
/** So few are left out that no chunk ends. */
const SPARE = 10;
const BATCH = 5_000;

/**
 * Produces what the open chunk of every partition lacks to be nearly as long as one can be, so that a restart has as
 * much to read again as there can be. Resolves how many events that took.
 * @param through last offset by `topic/partition`
 * @param timeMs event time of all of them, but for late ones
 */
export async function fillChunks(
  kafka: Kafka,
  through: ReadonlyMap<string, number>,
  seed: number,
  timeMs: number,
): Promise<number> {
  const lacking = new Map(
    TOPICS.map((topic) => [
      topic,
      Array.from({ length: PARTITIONS }, (_, partition) => {
        const inChunk = ((through.get(`${topic}/${partition}`) ?? -1) + 1) % CHUNK;
        return Math.max(0, CHUNK - SPARE - inChunk);
      }),
    ]),
  );
  const source = new EventSource(seed);
  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  let produced = 0;
  while ([...lacking.values()].some((counts) => counts.some((count) => count > 0))) {
    const batch = new Map(TOPICS.map((topic) => [topic, [] as { partition: number; value: string }[]]));
    for (let taken = 0; taken < BATCH; taken++) {
      const { topic, value } = source.next(timeMs);
      const partition = takeOne(lacking.get(topic) ?? []);
      if (partition === undefined) continue;
      batch.get(topic)?.push({ partition, value });
      produced++;
    }
    const topicMessages = [...batch].map(([topic, messages]) => ({ topic, messages }));
    await producer.sendBatch({ topicMessages: topicMessages.filter(({ messages }) => messages.length > 0) });
  }
  await producer.disconnect();
  return produced;
}

/** The partition that lacks most, which then lacks one less; undefined when none lacks any. */
function takeOne(counts: number[]): number | undefined {
  const most = Math.max(...counts);
  if (most <= 0) return undefined;
  const partition = counts.indexOf(most);
  counts[partition] = most - 1;
  return partition;
}
