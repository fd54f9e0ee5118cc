import type { Kafka } from 'kafkajs';

const JOIN_LIMIT_MS = 30_000;

/**
 * Makes the members of a group join anew, by joining for a moment: each then asks the ledger again where to go on.
 * Resolves false when nobody else is in the group.
 */
export async function makeGroupRejoin(kafka: Kafka, groupId: string, topic: string): Promise<boolean> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const { groups } = await admin.describeGroups([groupId]);
    if ((groups[0]?.members.length ?? 0) === 0) return false;
  } finally {
    await admin.disconnect();
  }
  const consumer = kafka.consumer({ groupId, sessionTimeout: 6_000, allowAutoTopicCreation: false });
  let limit: NodeJS.Timeout | undefined;
  try {
    await consumer.connect();
    await consumer.subscribe({ topic });
    const joined = new Promise<void>((resolve, reject) => {
      consumer.on(consumer.events.GROUP_JOIN, () => resolve());
      consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
      limit = setTimeout(
        () => reject(new Error(`group ${groupId} did not come together within ${JOIN_LIMIT_MS / 1000} s`)),
        JOIN_LIMIT_MS,
      );
    });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      eachBatch: () => Promise.resolve(),
    });
    await joined;
  } finally {
    clearTimeout(limit);
    await consumer.disconnect();
  }
  return true;
}
