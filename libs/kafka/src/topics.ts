import { setTimeout as delay } from 'node:timers/promises';
import kafkajs, { type Admin, type ITopicConfig } from 'kafkajs';

export interface TopicPlan {
  readonly topic: string;
  /** At least 1; 4 when left out. */
  readonly partitions?: number;
  readonly retentionMs: number;
  /** Largest batch of records that the topic takes, bytes; the broker's default when left out. */
  readonly maxBatchBytes?: number;
}

const DEFAULT_PARTITIONS = 4;
const CREATE_WITHIN_MS = 15_000;

/**
 * Creates the topics that are not there: stamped by the broker (LogAppendTime), old records deleted, the
 * broker's own number of replicas. Topics that are there stay as they are. Resolves the names of those created.
 */
export async function ensureTopics(admin: Admin, plans: readonly TopicPlan[]): Promise<string[]> {
  const present = new Set(await admin.listTopics());
  const missing = plans.filter(({ topic }) => !present.has(topic));
  if (missing.length === 0) return [];
  try {
    await makeTopics(admin, missing.map(toConfig));
  } catch (error) {
    // Another process was faster.
    const now = new Set(await admin.listTopics());
    if (missing.some(({ topic }) => !now.has(topic))) throw error;
  }
  return missing.map(({ topic }) => topic);
}

/**
 * Creates topics and waits until the broker can be asked for each of them. kafkajs's own wait gives up at a broker that
 * has created a topic and does not know it yet, as one with much to do does for a moment.
 */
export async function makeTopics(admin: Admin, topics: ITopicConfig[]): Promise<void> {
  const deadlineMs = performance.now() + CREATE_WITHIN_MS;
  await admin.createTopics({ topics, waitForLeaders: false, timeout: CREATE_WITHIN_MS });
  for (;;) {
    try {
      await admin.fetchTopicMetadata({ topics: topics.map(({ topic }) => topic) });
      return;
    } catch (error) {
      const isUnknown = (error as { type?: string }).type === 'UNKNOWN_TOPIC_OR_PARTITION';
      if (!isUnknown || performance.now() > deadlineMs) throw error;
    }
    await delay(100);
  }
}

function toConfig(plan: TopicPlan): ITopicConfig {
  return {
    topic: plan.topic,
    numPartitions: plan.partitions ?? DEFAULT_PARTITIONS,
    replicationFactor: -1,
    configEntries: [
      { name: 'message.timestamp.type', value: 'LogAppendTime' },
      { name: 'cleanup.policy', value: 'delete' },
      { name: 'retention.ms', value: String(plan.retentionMs) },
      ...(plan.maxBatchBytes ? [{ name: 'max.message.bytes', value: String(plan.maxBatchBytes) }] : []),
    ],
  };
}

/** Values of a topic's settings by name, those asked for; undefined when the topic does not exist. */
export async function topicSettings(
  admin: Admin,
  topic: string,
  names: readonly string[],
): Promise<ReadonlyMap<string, string> | undefined> {
  try {
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic, configNames: [...names] }],
    });
    const entries = resources[0]?.configEntries ?? [];
    return new Map(entries.map(({ configName, configValue }) => [configName, configValue]));
  } catch (error) {
    if ((error as { type?: string }).type === 'UNKNOWN_TOPIC_OR_PARTITION') return undefined;
    throw error;
  }
}
