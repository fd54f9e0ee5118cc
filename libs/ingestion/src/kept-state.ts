import { stillHeld } from './ownership.js';
import type { PartitionProcessor } from './partition.js';
import type { MetricStore } from './ports.js';

/**
 * State that is kept over an assignment, by partition: that of partitions which nobody else claimed since. Without it
 * every rebalance would make every instance read its open chunks again.
 */
export async function keptState(
  store: Pick<MetricStore, 'highestClaims'>,
  owner: string,
  before: readonly PartitionProcessor[],
): Promise<ReadonlyMap<number, PartitionProcessor>> {
  const ours = await stillHeld(store, owner, before);
  return new Map([...ours].map((processor) => [processor.source.partition, processor]));
}
