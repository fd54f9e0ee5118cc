import type { Progress, TopicProgress } from './ports.js';

const NOTHING: TopicProgress = {
  partitions: [],
  correction: 0,
  lowFrontierMs: -1,
  highFrontierMs: -1,
  asOfMs: null,
};
/** Above every partition number of a topic. */
const PER_TOPIC = 65_536;

/** Number of a partition in the version of a metric over several topics; `source` is the topic's place among them. */
export function partitionKey(source: number, partition: number): number {
  return source * PER_TOPIC + partition;
}

/**
 * How far the topics of a metric are stored, together: complete as far as the slower one, begun as far as the faster
 * one. A topic that the ledger does not know holds everything back.
 */
export function progressOf(progress: Progress, topics: readonly string[]): TopicProgress {
  const [only] = topics;
  if (topics.length === 1 && only !== undefined) return progress.topics.get(only) ?? NOTHING;
  const all = topics.map((topic) => progress.topics.get(topic) ?? NOTHING);
  const asOf = all.map(({ asOfMs }) => asOfMs ?? -1);
  const asOfMs = Math.min(...asOf);
  return {
    partitions: all.flatMap(({ partitions }, source) =>
      partitions.map((each) => ({ ...each, partition: partitionKey(source, each.partition) })),
    ),
    correction: all.reduce((sum, { correction }) => sum + correction, 0),
    lowFrontierMs: Math.min(...all.map(({ lowFrontierMs }) => lowFrontierMs)),
    highFrontierMs: Math.max(...all.map(({ highFrontierMs }) => highFrontierMs)),
    asOfMs: asOfMs < 0 ? null : asOfMs,
  };
}
