import type { TopicDescription } from './log.js';
import type { PartitionProcessor } from './partition.js';
import type { Refusal } from './rebuild.js';
import type { SourceSpec } from './source-spec.js';

/** What the engine keeps of one topic. */
export class TopicState {
  readonly processors = new Map<number, PartitionProcessor>();
  readonly highWatermarks = new Map<number, number>();
  /** Partitions that could not be resumed, with the reason. */
  readonly refused = new Map<number, Refusal>();
  description: TopicDescription | undefined;
  /** So many partitions have a ledger row, as this process has seen or written: rows of the ledger stay. */
  listed = 0;
  /** Counts assignments: what began under an earlier one ends without effect. */
  generation = 0;
  /** The question about the log's ends that waits for its answer. */
  asking: Promise<void> | undefined;

  constructor(readonly spec: SourceSpec) {}

  /** Records known to be in the log and not yet read. */
  backlogOf(processor: PartitionProcessor): number {
    const highWatermark = this.highWatermarks.get(processor.source.partition) ?? 0;
    return Math.max(0, highWatermark - processor.position);
  }
}
