import { randomUUID } from 'node:crypto';

import type { FetchedBatch } from '@freshet/ingestion';
import type { Kafka } from 'kafkajs';

import { KafkaEventLog } from './event-log.js';

/** Offsets [from, before) of a partition; `before` is at most its last stable offset. */
export interface LogRange {
  readonly partition: number;
  readonly from: number;
  readonly before: number;
}

export interface ReadRangeOptions {
  /** A group `<prefix>-<random>.<topic>` is made for the time of reading, and removed. */
  readonly groupPrefix: string;
  /** Longest time without a record or an offset read, ms. */
  readonly stallMs?: number;
}

const STALL_MS = 30_000;

/**
 * Reads ranges of a topic once, committed records only, beside every other reader. `take` gets the batches of each
 * partition in offset order; one may reach past its range, and the next is fetched only when it resolves. Offsets of
 * the range that no batch has are control records or of aborted transactions. Rejects when the log does not answer,
 * or when `take` does.
 */
export async function readRange(
  kafka: Kafka,
  topic: string,
  ranges: readonly LogRange[],
  take: (batch: FetchedBatch) => void | Promise<void>,
  options: ReadRangeOptions,
): Promise<void> {
  const left = new Map(
    ranges.filter(({ from, before }) => from < before).map((each) => [each.partition, each]),
  );
  if (left.size === 0) return;
  const positions = new Map([...left].map(([partition, { from }]) => [partition, from]));
  const groupPrefix = `${options.groupPrefix}-${randomUUID().slice(0, 8)}`;
  const log = new KafkaEventLog(kafka, { groupPrefix });
  let resolve!: () => void;
  let reject!: (error: unknown) => void;
  const ended = new Promise<void>((...settle) => ([resolve, reject] = settle));
  ended.catch(() => undefined); // awaited below, once the group is joined
  let movedAt = performance.now();
  const watch = setInterval(() => {
    const silentMs = performance.now() - movedAt;
    if (silentMs > (options.stallMs ?? STALL_MS))
      reject(new Error(`${topic} gave nothing to read for ${Math.round(silentMs / 1000)} s`));
  }, 500);
  try {
    const subscription = await log.subscribe(topic, {
      assigned: (partitions) =>
        Promise.resolve(
          new Map(partitions.filter((each) => left.has(each)).map((each) => [each, positions.get(each)!])),
        ),
      async batch(batch) {
        const { partition } = batch;
        const range = left.get(partition);
        if (range === undefined) return { kind: 'halted', reason: 'read' };
        const position = positions.get(partition)!;
        if (batch.firstOffset !== position) return { kind: 'seek', position };
        try {
          await take(batch);
        } catch (error) {
          reject(error);
          return { kind: 'halted', reason: 'failed' };
        }
        movedAt = performance.now();
        positions.set(partition, batch.nextOffset);
        if (batch.nextOffset < range.before) return { kind: 'accepted' };
        left.delete(partition);
        if (left.size === 0) resolve();
        return { kind: 'halted', reason: 'read' };
      },
    });
    try {
      await ended;
    } finally {
      await subscription.stop();
    }
  } finally {
    clearInterval(watch);
    await log.close();
    await forgetGroup(kafka, `${groupPrefix}.${topic}`);
  }
}

/** Removes a group that was made for one reading; one that stays is empty and expires by itself. */
async function forgetGroup(kafka: Kafka, groupId: string): Promise<void> {
  const admin = kafka.admin({ retry: { retries: 1 } });
  try {
    await admin.connect();
    await admin.deleteGroups([groupId]);
  } catch {
    // Without the right to delete groups, the broker does it after offsets.retention.minutes.
  } finally {
    await admin.disconnect();
  }
}
