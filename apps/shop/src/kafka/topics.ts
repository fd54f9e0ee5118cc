import { ensureTopics } from '@freshet/kafka';
import type { Kafka } from 'kafkajs';

import { TOPICS, type Topic } from '../stream/message.js';

/** What dimensions are mapped by is needed for as long as there are facts: its records are kept. */
const KEPT_FOR_EVER: readonly Topic[] = ['customers'];

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
      TOPICS.map((topic) => ({
        topic,
        ...settings,
        ...(KEPT_FOR_EVER.includes(topic) ? { retentionMs: -1 } : {}),
      })),
    );
    // New partitions have no leader for a moment: asked for offsets, they would refuse.
    if (created.length === TOPICS.length) return { empty: true };
    const offsets = await Promise.all(TOPICS.map((topic) => admin.fetchTopicOffsets(topic)));
    return { empty: offsets.flat().every(({ high }) => high === '0') };
  } finally {
    await admin.disconnect();
  }
}
