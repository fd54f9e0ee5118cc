import type { LogEnd } from './ports.js';

/**
 * Proof that a partition was read to its end: the broker said, asked at a time t, that the last stable offset and
 * the high watermark were both h (an open transaction holds the end back), and the position has reached h. Then all
 * that was appended by t has been read. One answer at most waits for the position to reach it, so that a partition
 * that is always a little behind still proves older ends.
 */
export class EndProof {
  private waiting: LogEnd | undefined;
  /** Newest end that was reached, epoch ms; -1 when none. */
  provenAtMs = -1;
  /** End of the newest answer whose position has been passed or reached. */
  private reachedEnd = -1;

  observe(end: LogEnd, position: number): void {
    if (end.lastStable !== end.highWatermark) return;
    if (position >= end.highWatermark) {
      this.reach(end);
      this.waiting = undefined;
    } else if (this.waiting === undefined) this.waiting = end;
  }

  moved(position: number): void {
    if (this.waiting === undefined || position < this.waiting.highWatermark) return;
    this.reach(this.waiting);
    this.waiting = undefined;
  }

  /** Nothing is known to lie at or after `position`: only then may the clock move the frontier, to `provenAtMs`. */
  standsAt(position: number): boolean {
    return this.reachedEnd === position;
  }

  private reach(end: LogEnd): void {
    if (end.askedAtMs < this.provenAtMs) return;
    this.provenAtMs = end.askedAtMs;
    this.reachedEnd = end.highWatermark;
  }
}
