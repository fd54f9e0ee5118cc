import { ensureTopics } from '@freshet/kafka';
import type { Kafka } from 'kafkajs';

import { TOPICS } from '../stream/message.js';

/** Creates the shop's topics where they are not there. Resolves whether all of them are empty. */
export async function prepareTopics(
  kafka: Kafka,
  settings: { readonly partitions: number; readonly retentionMs: number },
): Promise<{ readonly empty: boolean }> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const created = await ensureTopics(
      admin,
      TOPICS.map((topic) => ({ topic, ...settings })),
    );
    // New partitions have no leader for a moment: asked for offsets, they would refuse.
    if (created.length === TOPICS.length) return { empty: true };
    const offsets = await Promise.all(TOPICS.map((topic) => admin.fetchTopicOffsets(topic)));
    return { empty: offsets.flat().every(({ high }) => high === '0') };
  } finally {
    await admin.disconnect();
  }
}
