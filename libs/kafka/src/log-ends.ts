import type { LogEnd } from '@freshet/ingestion';

import { type BrokerOffsets, EARLIEST, LATEST, listOffsets } from './broker-offsets.js';

/**
 * First, last stable and high-watermark offsets of the partitions; those whose leader does not answer are
 * left out. Three small requests a leader, sent together: ListOffsets takes a partition once a request. Those of other
 * topics that are asked for at the same moment go with them.
 */
export async function readLogEnds(
  offsets: BrokerOffsets,
  topic: string,
  partitions: readonly number[],
  nowMs: () => number,
): Promise<LogEnd[]> {
  const askedAtMs = nowMs();
  const answers = await offsets.askLeaders(topic, partitions, async (broker, led) => {
    const [starts, stable, watermarks] = await Promise.all([
      listOffsets(broker, topic, led, EARLIEST, 'read_uncommitted'),
      listOffsets(broker, topic, led, LATEST, 'read_committed'),
      listOffsets(broker, topic, led, LATEST, 'read_uncommitted'),
    ]);
    return led.flatMap((partition): LogEnd[] => {
      const logStart = starts.get(partition);
      const lastStable = stable.get(partition);
      const highWatermark = watermarks.get(partition);
      if (logStart === undefined || lastStable === undefined || highWatermark === undefined) return [];
      return [{ partition, logStart, lastStable, highWatermark, askedAtMs }];
    });
  });
  return answers.flat();
}
