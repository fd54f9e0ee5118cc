import type { LogEndSeen } from '@freshet/freshness';
import { KafkaEventLog, type createKafka } from '@freshet/kafka';
import type { LogEnds } from './broker-watch.js';

const DESCRIBE_EVERY_MS = 30_000;

/** Where logs end, the last stable offset included, asked over one connection that is opened at the first question. */
export function kafkaLogEnds(kafka: ReturnType<typeof createKafka>): LogEnds {
  const log = new KafkaEventLog(kafka, { groupPrefix: 'freshet-gateway' });
  const known = new Map<string, { readonly partitions: readonly number[]; readonly atMs: number }>();
  const partitionsOf = async (topic: string): Promise<readonly number[]> => {
    const found = known.get(topic);
    if (found !== undefined && performance.now() - found.atMs < DESCRIBE_EVERY_MS) return found.partitions;
    const described = await log.describe(topic);
    if (described === undefined) throw new Error(`there is no topic ${topic}`);
    const partitions = Array.from({ length: described.partitions }, (_, partition) => partition);
    known.set(topic, { partitions, atMs: performance.now() });
    return partitions;
  };
  return {
    async read(topic): Promise<readonly LogEndSeen[]> {
      return log.ends(topic, await partitionsOf(topic));
    },
    close: () => log.close(),
  };
}
