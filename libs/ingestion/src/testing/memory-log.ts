import { RecordValues, type StartPosition } from '@freshet/contracts';
import type { EventLog, LogHandlers, LogSubscription, TopicDescription } from '../log.js';
import type { FetchedBatch, LogEnd } from '../ports.js';

export interface MemoryRecord {
  readonly offset: number;
  readonly logTimeMs: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
}

interface MemoryPartition {
  records: MemoryRecord[];
  logStart: number;
  end: number;
  /** Offset of the first record of an open transaction. */
  stable: number | undefined;
}

/** Kafka's part in memory: append, retention, open transactions, control records. One member a topic. */
export class MemoryLog implements EventLog {
  private readonly topics = new Map<
    string,
    { description: TopicDescription; partitions: MemoryPartition[] }
  >();

  constructor(private readonly nowMs: () => number) {}

  createTopic(
    topic: string,
    partitions: number,
    logTime: 'append' | 'create' = 'append',
    compacted = false,
  ): void {
    this.topics.set(topic, {
      description: { topic, partitions, logTime, compacted },
      partitions: Array.from({ length: partitions }, () => ({
        records: [],
        logStart: 0,
        end: 0,
        stable: undefined,
      })),
    });
  }

  /** Adds empty partitions up to this number. */
  addPartitions(topic: string, count: number): void {
    const at = this.topics.get(topic);
    if (at === undefined) throw new Error(`no topic ${topic}`);
    at.description = { ...at.description, partitions: Math.max(count, at.description.partitions) };
    while (at.partitions.length < count)
      at.partitions.push({ records: [], logStart: 0, end: 0, stable: undefined });
  }

  /** @returns the record's offset */
  append(
    topic: string,
    partition: number,
    value: Uint8Array | null,
    logTimeMs = this.nowMs(),
    key: Uint8Array | null = null,
  ): number {
    const at = this.partition(topic, partition);
    const offset = at.end;
    at.records.push({ offset, logTimeMs, key, value });
    at.end = offset + 1;
    return offset;
  }

  /** Offsets without records: commit markers, aborted transactions. */
  appendControl(topic: string, partition: number, count = 1): void {
    this.partition(topic, partition).end += count;
  }

  /** Holds the last stable offset back, or lets it go (undefined). */
  holdStable(topic: string, partition: number, offset: number | undefined): void {
    this.partition(topic, partition).stable = offset;
  }

  /** Retention: forgets everything before `offset`. */
  truncate(topic: string, partition: number, offset: number): void {
    const at = this.partition(topic, partition);
    at.logStart = Math.max(at.logStart, offset);
    at.records = at.records.filter((record) => record.offset >= at.logStart);
  }

  /** Compaction: takes one record out of the middle. */
  compact(topic: string, partition: number, offset: number): void {
    const at = this.partition(topic, partition);
    at.records = at.records.filter((record) => record.offset !== offset);
  }

  /** High watermark. */
  end(topic: string, partition: number): number {
    return this.partition(topic, partition).end;
  }

  /** Records [position, …), at most `max`; it begins at the log's start when retention took the position. */
  fetch(topic: string, partition: number, position: number, max: number): FetchedBatch {
    const at = this.partition(topic, partition);
    const firstOffset = Math.max(position, at.logStart);
    const stable = at.stable ?? at.end;
    const from = indexAt(at.records, firstOffset);
    const to = indexAt(at.records, stable);
    const records = at.records.slice(from, Math.min(to, from + max));
    const nextOffset =
      records.length < to - from ? records.at(-1)!.offset + 1 : Math.max(firstOffset, stable);
    return batchOf(partition, firstOffset, nextOffset, records);
  }

  async describe(topic: string): Promise<TopicDescription | undefined> {
    return this.topics.get(topic)?.description;
  }

  async ends(topic: string, partitions: readonly number[]): Promise<LogEnd[]> {
    const askedAtMs = this.nowMs();
    return partitions.map((partition) => {
      const { logStart, end, stable } = this.partition(topic, partition);
      return { partition, logStart, lastStable: stable ?? end, highWatermark: end, askedAtMs };
    });
  }

  async positionsOf(
    topic: string,
    partitions: readonly number[],
    start: StartPosition,
  ): Promise<ReadonlyMap<number, number>> {
    return new Map(
      partitions.map((partition) => {
        const { records, logStart, end } = this.partition(topic, partition);
        if (start === 'earliest') return [partition, logStart];
        if (start === 'latest') return [partition, end];
        return [partition, records.find(({ logTimeMs }) => logTimeMs >= start.timeMs)?.offset ?? end];
      }),
    );
  }

  /** Delivers everything that is there, partition by partition, each time `deliver` is called. */
  async subscribe(topic: string, handlers: LogHandlers): Promise<MemorySubscription> {
    const description = await this.describe(topic);
    if (description === undefined) throw new Error(`topic ${topic} does not exist`);
    const owned = Array.from({ length: description.partitions }, (_, partition) => partition);
    const positions = new Map(await handlers.assigned(owned));
    let stopped = false;
    return {
      deliver: async (max = Number.MAX_SAFE_INTEGER) => {
        for (const [partition, position] of positions) {
          if (stopped) return;
          const batch = this.fetch(topic, partition, position, max);
          if (batch.nextOffset === position && batch.count === 0) continue;
          const answer = await handlers.batch(batch);
          if (answer.kind === 'accepted') positions.set(partition, batch.nextOffset);
          else if (answer.kind === 'seek') positions.set(partition, answer.position);
          else positions.delete(partition);
        }
      },
      commit: async () => undefined,
      silentMs: () => 0,
      stop: async () => {
        stopped = true;
      },
    };
  }

  private partition(topic: string, partition: number): MemoryPartition {
    const found = this.topics.get(topic)?.partitions[partition];
    if (found === undefined) throw new Error(`no partition ${topic}/${partition}`);
    return found;
  }
}

/** Index of the first record at or after `offset`. */
function indexAt(records: readonly MemoryRecord[], offset: number): number {
  let [low, high] = [0, records.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (records[middle]!.offset < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

export interface MemorySubscription extends LogSubscription {
  /** One fetch of at most `max` records a partition. */
  deliver(max?: number): Promise<void>;
}

function batchOf(
  partition: number,
  firstOffset: number,
  nextOffset: number,
  records: readonly MemoryRecord[],
): FetchedBatch {
  return {
    partition,
    count: records.length,
    firstOffset,
    nextOffset,
    offsets: records.map(({ offset }) => offset),
    logTimesMs: records.map(({ logTimeMs }) => logTimeMs),
    values: RecordValues.of(records.map(({ value }) => value)),
    key: (row) => records[row]?.key ?? null,
    headers: () => [],
  };
}
