import { averageOfLate } from '@freshet/ingestion';

/** What the last look at the ledger said of when ingest stores; times by this process's clock, epoch ms. */
export interface LookAtLedger {
  /** When the question was sent. */
  readonly lookedAtMs: number;
  /** When each part of it was last written, different times only: of several ingest processes, each has its own. */
  readonly flushedAtMs: readonly number[];
}

/** From the write of a ledger row until it is certainly seen, with what a flush may come late. */
const SEEN_AFTER_MS = 40;
const FIRST_RETRY_MS = 50;

/**
 * When to read next: just after ingest is expected to have stored more, since a look before that costs the store as
 * much and finds nothing, and one long after it makes numbers old. Where nothing came as expected, it looks again, at
 * first soon. Half of the time it does not read: whoever stores needs the store, too.
 */
export class TickPace {
  #misses = 0;
  /** How long a tick takes of late: one that took long is not to make the next one late, too. */
  #durationMs = 0;

  /**
   * @param leastMs between the beginnings of two ticks, and the longest wait for what is overdue
   * @param flushEveryMs pace of ingest
   */
  constructor(
    private readonly leastMs: number,
    private readonly flushEveryMs: number,
  ) {}

  /** Epoch ms at which the tick after the one that began at `startedMs` is due; it may have passed. */
  nextMs(startedMs: number, nowMs: number, look: LookAtLedger | undefined): number {
    const tookMs = nowMs - startedMs;
    this.#durationMs = averageOfLate(this.#durationMs, tookMs);
    const restedMs = nowMs + Math.min(tookMs, this.#durationMs);
    const leastMs = Math.max(startedMs + this.leastMs, restedMs);
    if (look === undefined) return leastMs;
    const expected = look.flushedAtMs
      .map((atMs) => atMs + this.flushEveryMs + SEEN_AFTER_MS)
      .filter((atMs) => atMs > look.lookedAtMs);
    if (expected.length === 0) {
      const retryMs = Math.min(this.leastMs, FIRST_RETRY_MS * 2 ** this.#misses++);
      return Math.max(nowMs + retryMs, restedMs);
    }
    this.#misses = 0;
    return Math.max(leastMs, Math.min(...expected));
  }
}
