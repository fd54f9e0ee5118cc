import type { StoredSource } from '@freshet/clickhouse/operations';
import {
  fingerprintOf,
  sameFingerprint,
  type Fingerprint,
  type LogEnd,
  type TopicDescription,
} from '@freshet/ingestion';
import { readRange } from '@freshet/kafka';
import type { Kafka } from 'kafkajs';

/**
 * Whether the log of a partition is the one that was stored.
 * - `same`: the newest stored record is still where it was
 * - `recreated`: another record is there, or the log ends before it
 * - `unknown`: nothing is stored, or retention or compaction took that record
 */
export type Likeness = 'same' | 'recreated' | 'unknown';

/** Compares the newest stored record of each partition with what the log has at its offset now. */
export async function likenessOf(
  kafka: Kafka,
  { topic, compacted }: Pick<TopicDescription, 'topic' | 'compacted'>,
  stored: readonly StoredSource[],
  ends: readonly LogEnd[],
): Promise<ReadonlyMap<number, Likeness>> {
  const likeness = new Map<number, Likeness>();
  const toRead = new Map<number, Fingerprint>();
  for (const { source, last } of stored) {
    const end = ends.find(({ partition }) => partition === source.partition);
    if (last === undefined || end === undefined || last.offset < end.logStart)
      likeness.set(source.partition, 'unknown');
    else if (last.offset >= end.lastStable) likeness.set(source.partition, 'recreated');
    else toRead.set(source.partition, last);
  }
  const ranges = [...toRead].map(([partition, { offset }]) => ({
    partition,
    from: offset,
    before: offset + 1,
  }));
  await readRange(
    kafka,
    topic,
    ranges,
    (batch) => {
      const last = toRead.get(batch.partition)!;
      const row = Array.from(batch.offsets).indexOf(last.offset);
      const isSame =
        row >= 0 &&
        sameFingerprint(last, fingerprintOf(last.offset, batch.logTimesMs[row]!, batch.values.at(row)));
      const differs = compacted && row < 0 ? 'unknown' : 'recreated';
      if (!likeness.has(batch.partition)) likeness.set(batch.partition, isSame ? 'same' : differs);
    },
    { groupPrefix: 'freshet-cli' },
  );
  return likeness;
}
