import type { EventLog } from './log.js';
import type { PartitionProcessor } from './partition.js';
import type { TopicState } from './topic-state.js';

/**
 * Asks the broker where the partitions that are read begin and end, and gives each its answer. One that began after
 * the question gets none: the answer may be of the time, or of the log, before it.
 * @returns those of which retention took what comes next
 */
export async function askEnds(
  state: TopicState,
  log: Pick<EventLog, 'ends'>,
  topic: string,
): Promise<PartitionProcessor[]> {
  const asked = [...state.processors.values()]
    .filter(({ halted }) => halted === undefined)
    .map((processor) => ({ processor, position: processor.position }));
  if (asked.length === 0) return [];
  const partitions = asked.map(({ processor }) => processor.source.partition);
  const ends = new Map((await log.ends(topic, partitions)).map((end) => [end.partition, end]));
  const overtaken: PartitionProcessor[] = [];
  for (const { processor, position } of asked) {
    const { partition } = processor.source;
    const end = ends.get(partition);
    if (end === undefined || state.processors.get(partition) !== processor) continue;
    state.highWatermarks.set(partition, end.highWatermark);
    if (processor.halted !== undefined) continue;
    if (end.logStart > processor.position) overtaken.push(processor);
    else processor.observeEnd(end, position);
  }
  return overtaken;
}
