import type { BatchAnswer, FetchedBatch, LogHandlers } from '@freshet/ingestion';
import type { Batch } from 'kafkajs';

import { skippedRun, toFetchedBatch } from './fetched-batch.js';

/** What the feed does to the consumer; takes effect before its next fetch. */
export interface FetchControl {
  pause(partition: number): void;
  resume(partition: number): void;
  seek(partition: number, offset: number): void;
}

/** How long a fetch loop, and with it the other partitions, waits for the engine before it goes on without. */
const HANDOVER_MS = 100;

/**
 * An assignment that the engine could not take, because the store or the log did not answer, is tried again for so
 * long: leaving the group instead would make everybody in it stop and join again.
 */
const ASSIGN_FOR_MS = 30_000;
const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 2_000;

interface OpenPartition {
  /** Offset from which kafkajs fetches next. */
  position: number;
}

/**
 * Hands what one consumer fetches to the engine. kafkajs fetches no more from any partition of a broker while
 * one handler of the last fetch runs, so a partition whose engine call takes longer is paused and its handler
 * returns; when the call resolves, the partition is sought to its next offset and resumed. A partition is
 * closed (paused) from a join until the engine has said where to read from: kafkajs would otherwise deliver
 * from the committed offset first.
 */
export class PartitionFeed {
  readonly #handlers: LogHandlers;
  readonly #control: FetchControl;
  readonly #fail: (error: unknown) => void;
  readonly #open = new Map<number, OpenPartition>();
  /** Engine calls in hand, also of former assignments: a partition has one at a time at most. */
  readonly #inHand = new Map<number, Promise<void>>();
  #assigning: Promise<void> = Promise.resolve();
  #taken = false;
  #generation = 0;
  #closed = false;

  constructor(handlers: LogHandlers, control: FetchControl, fail: (error: unknown) => void) {
    this.#handlers = handlers;
    this.#control = control;
    this.#fail = fail;
  }

  /** Number of partitions that are being fetched. */
  get opened(): number {
    return [...this.#open.keys()].filter((partition) => !this.#inHand.has(partition)).length;
  }

  /** Whether the engine has taken an assignment. */
  get taken(): boolean {
    return this.#taken;
  }

  /** To be called the moment the group was joined, before anything is fetched. */
  assign(partitions: readonly number[]): void {
    const generation = ++this.#generation;
    this.#open.clear();
    for (const partition of partitions) this.#control.pause(partition);
    this.#assigning = this.#assigning.then(() => this.#handOver(partitions, generation));
  }

  /** Delivers a fetched batch; `resolve` tells kafkajs that it was taken. Never rejects. */
  async take(batch: Batch, resolve: (offset: string) => void): Promise<void> {
    const state = this.#open.get(batch.partition);
    if (!state || this.#inHand.has(batch.partition)) return;
    const fetched = toFetchedBatch(batch, state.position);
    const settled = this.#deliver(state, fetched);
    const answer = await Promise.race([settled, later(HANDOVER_MS)]);
    if (answer === 'later') {
      this.#control.pause(batch.partition);
      void settled.then((late) => this.#apply(state, fetched, late, { wasPaused: true }));
      return;
    }
    if (answer?.kind === 'accepted' && this.#open.get(batch.partition) === state) {
      state.position = fetched.nextOffset;
      resolve(batch.lastOffset());
    } else {
      this.#apply(state, fetched, answer, { wasPaused: false });
    }
  }

  /** kafkajs went over records that no reader is to see, up to `nextOffset`: the engine's position follows. */
  skip(partition: number, nextOffset: number): void {
    const state = this.#open.get(partition);
    if (!state || this.#inHand.has(partition) || nextOffset <= state.position) return;
    const run = skippedRun(partition, state.position, nextOffset);
    this.#control.pause(partition);
    void this.#deliver(state, run).then((answer) => this.#apply(state, run, answer, { wasPaused: true }));
  }

  /** No more calls to the engine; resolves when those in hand have ended. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#open.clear();
    await this.#assigning;
    await Promise.all(this.#inHand.values());
  }

  #isCurrent(generation: number): boolean {
    return !this.#closed && generation === this.#generation;
  }

  async #handOver(partitions: readonly number[], generation: number): Promise<void> {
    const endMs = performance.now() + ASSIGN_FOR_MS;
    for (let waitMs = FIRST_RETRY_MS; this.#isCurrent(generation); waitMs *= 2) {
      try {
        const positions = await this.#handlers.assigned(partitions);
        this.#taken = true;
        for (const [partition, position] of positions) void this.#start(partition, position, generation);
        return;
      } catch (error) {
        if (!this.#isCurrent(generation)) return;
        if (performance.now() >= endMs) return this.#fail(error);
        await later(Math.min(waitMs, LONGEST_RETRY_MS));
      }
    }
  }

  async #start(partition: number, position: number, generation: number): Promise<void> {
    await this.#inHand.get(partition);
    if (!this.#isCurrent(generation)) return;
    this.#open.set(partition, { position });
    this.#control.seek(partition, position);
    this.#control.resume(partition);
  }

  /** Resolves undefined when the engine's call failed or the partition is no longer this one. */
  async #deliver(state: OpenPartition, batch: FetchedBatch): Promise<BatchAnswer | undefined> {
    const { promise: done, resolve: release } = signal();
    this.#inHand.set(batch.partition, done);
    try {
      return await this.#handlers.batch(batch);
    } catch (error) {
      if (this.#open.get(batch.partition) === state) this.#fail(error);
      return undefined;
    } finally {
      this.#inHand.delete(batch.partition);
      release();
    }
  }

  #apply(
    state: OpenPartition,
    batch: FetchedBatch,
    answer: BatchAnswer | undefined,
    { wasPaused }: { wasPaused: boolean },
  ): void {
    const { partition } = batch;
    if (this.#open.get(partition) !== state) return;
    if (answer?.kind === 'accepted' || answer?.kind === 'seek') {
      state.position = answer.kind === 'seek' ? answer.position : batch.nextOffset;
      this.#control.seek(partition, state.position);
      if (wasPaused) this.#control.resume(partition);
    } else {
      this.#open.delete(partition);
      this.#control.pause(partition);
    }
  }
}

function signal(): { promise: Promise<void>; resolve: () => void } {
  let resolve!: () => void;
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}

function later(ms: number): Promise<'later'> {
  return new Promise((resolve) => setTimeout(resolve, ms, 'later').unref());
}
