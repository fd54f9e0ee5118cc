import type { StartPosition } from '@freshet/contracts';
import type { FetchedBatch, LogEnd } from './ports.js';

/** What the broker says of a topic. Its partitions are numbered 0 … `partitions` − 1. */
export interface TopicDescription {
  readonly topic: string;
  readonly partitions: number;
  /** Who stamps a record's log time: the broker (`append`, LogAppendTime) or the producer (`create`). */
  readonly logTime: 'append' | 'create';
  /** `cleanup.policy` contains `compact`: refused as a source of events, read as reference data. */
  readonly compacted: boolean;
}

/**
 * What becomes of a batch.
 * - `accepted`: all of it was taken; the next one starts at the batch's `nextOffset`
 * - `seek`: none or only part of it was taken; read on from `position`
 * - `halted`: the partition must not be read any more until it is assigned anew; others go on
 * - `unowned`: the partition is not (or no longer) assigned here; drop the batch
 */
export type BatchAnswer =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'seek'; readonly position: number }
  | { readonly kind: 'halted'; readonly reason: string }
  | { readonly kind: 'unowned' };

/** Calls from the log to the engine. */
export interface LogHandlers {
  /**
   * Called after every (re)join of the group with the whole set of partitions that are owned from now on; those
   * owned before and not listed are lost. Resolves the position from which each is to be read; a partition that is
   * left out is not to be read (halted). No batch is delivered until it resolves. When it rejects, the log leaves
   * and joins again with a back-off.
   */
  assigned(partitions: readonly number[]): Promise<ReadonlyMap<number, number>>;
  /**
   * Called in offset order and at most once at a time a partition; different partitions may overlap. It resolves
   * late when buffers are full: the log then fetches no more of this partition but stays a member of the group.
   */
  batch(batch: FetchedBatch): Promise<BatchAnswer>;
}

export interface LogSubscription {
  /** Tells the group how far each partition is stored: a hint for tools that show lag, never read back. Rejects on failure. */
  commit(positions: readonly { readonly partition: number; readonly position: number }[]): Promise<void>;
  /** Time since the subscription last got an answer from the broker (also an empty one), ms: a stalled reader shows. */
  silentMs(): number;
  /** Stops fetching, waits for the batches in hand, leaves the group. Calls nothing afterwards. Idempotent. */
  stop(): Promise<void>;
}

/** Port to the log. Every method rejects when the broker does not answer within the adapter's timeout. */
export interface EventLog {
  /** Resolves undefined when the topic does not exist; never creates it. */
  describe(topic: string): Promise<TopicDescription | undefined>;
  /**
   * First, last stable (read committed) and high-watermark (read uncommitted) offsets. `askedAtMs` is taken before
   * the first request is sent. Partitions that do not answer are left out.
   */
  ends(topic: string, partitions: readonly number[]): Promise<LogEnd[]>;
  /** Offset from which each of the partitions is to be read for `start`; a time later than all records is the end. */
  positionsOf(
    topic: string,
    partitions: readonly number[],
    start: StartPosition,
  ): Promise<ReadonlyMap<number, number>>;
  /** Joins a group that reads one topic, committed records only. Delivery starts after the first `assigned`. */
  subscribe(topic: string, handlers: LogHandlers): Promise<LogSubscription>;
}
