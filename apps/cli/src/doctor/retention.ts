import { deadLetterTopic, topicSettings } from '@freshet/kafka';

import type { Connections } from '../operations/connections.js';

export interface TopicRetention {
  readonly topic: string;
  /** Time that records are kept, ms; -1 for ever; undefined when the topic does not exist or does not tell. */
  readonly retentionMs: number | undefined;
  /** Bytes a partition that are kept; -1 without bound. */
  readonly retentionBytes: number | undefined;
  readonly cleanup: 'delete' | 'compact' | 'compact,delete';
}

/** Retention of each contracted topic and of its dead letters. */
export async function readRetention({ kafka, contracts }: Connections): Promise<TopicRetention[]> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const found: TopicRetention[] = [];
    for (const topic of contracts.flatMap((each) => [each.topic, deadLetterTopic(each.topic)])) {
      const names = ['retention.ms', 'retention.bytes', 'cleanup.policy'];
      const settings = await topicSettings(admin, topic, names);
      const read = (name: string): number | undefined => {
        const text = settings?.get(name);
        return text === undefined ? undefined : Number(text);
      };
      const policies = settings?.get('cleanup.policy')?.split(',') ?? ['delete'];
      const compacts = policies.includes('compact');
      const cleanup = !compacts ? 'delete' : policies.includes('delete') ? 'compact,delete' : 'compact';
      found.push({
        topic,
        retentionMs: read('retention.ms'),
        retentionBytes: read('retention.bytes'),
        cleanup,
      });
    }
    return found;
  } finally {
    await admin.disconnect();
  }
}

/** One line a topic. */
export function retentionText(retention: readonly TopicRetention[]): string {
  return retention
    .filter(({ retentionMs }) => retentionMs !== undefined)
    .map(({ topic, retentionMs = -1, retentionBytes = -1, cleanup }) => {
      if (cleanup === 'compact') return `${topic.padEnd(24)} Kafka keeps the newest record of each key`;
      const records = cleanup === 'delete' ? 'records' : 'the newest record of each key';
      const time = retentionMs < 0 ? 'for ever' : `${Math.round(retentionMs / 3_600_000)} h`;
      const size = retentionBytes < 0 ? '' : `, at most ${Math.round(retentionBytes / 1e6)} MB a partition`;
      return `${topic.padEnd(24)} Kafka keeps ${records} ${time}${size}`;
    })
    .join('\n');
}
