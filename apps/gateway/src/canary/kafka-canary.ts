import { CANARY_TOPIC } from '@freshet/contracts';
import { ensureTopics, type createKafka } from '@freshet/kafka';
import type { CanaryLine } from './canary-watch.js';

const HOUR_MS = 3_600_000;

/** Sends canaries over Kafka; makes their topic before the first. */
export function kafkaCanary(kafka: ReturnType<typeof createKafka>): CanaryLine {
  const producer = kafka.producer({ allowAutoTopicCreation: false, retry: { retries: 1 } });
  let ready: Promise<void> | undefined;
  const prepare = async (): Promise<void> => {
    const admin = kafka.admin({ retry: { retries: 1 } });
    await admin.connect();
    try {
      await ensureTopics(admin, [{ topic: CANARY_TOPIC, partitions: 1, retentionMs: HOUR_MS }]);
    } finally {
      await admin.disconnect();
    }
    await producer.connect();
  };
  return {
    async send(value) {
      ready ??= prepare().catch((error: unknown) => {
        ready = undefined;
        throw error;
      });
      await ready;
      const [answer] = await producer.send({
        topic: CANARY_TOPIC,
        acks: -1,
        timeout: 3_000,
        messages: [{ value }],
      });
      const logTime = Number(answer?.logAppendTime ?? -1);
      return {
        partition: answer?.partition ?? 0,
        offset: Number(answer?.baseOffset ?? -1),
        logTimeMs: logTime > 0 ? logTime : undefined,
      };
    },
    close: () => producer.disconnect(),
  };
}
