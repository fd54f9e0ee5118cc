import type { LogEnd } from './ports.js';

/** Answers kept until the position reaches them; beyond it the newest one is replaced. */
const MOST_WAITING = 8;

/**
 * Proof that a partition was read to its end: the broker said, asked at a time t, that the last stable offset and
 * the high watermark were both h (an open transaction holds the end back), and the position has reached h. Then all
 * that was appended by t has been read. Answers wait for the position to reach them, so that a partition that is
 * always a little behind still proves older ends.
 */
export class EndProof {
  private readonly waiting: LogEnd[] = [];
  /** Newest end that was reached, epoch ms; -1 when none. */
  provenAtMs = -1;
  private provenEnd = -1;
  /** When the end was first proven to be where it is now, epoch ms. */
  private provenEndSinceMs = -1;

  observe(end: LogEnd, position: number): void {
    if (end.lastStable !== end.highWatermark) return;
    if (this.waiting.length === MOST_WAITING) this.waiting.pop();
    this.waiting.push(end);
    this.moved(position);
  }

  /** The position moved: some of the ends may be reached now. */
  moved(position: number): void {
    for (let end = this.waiting[0]; end !== undefined; end = this.waiting[0]) {
      if (position < end.highWatermark) return;
      if (end.askedAtMs > this.provenAtMs) {
        this.provenAtMs = end.askedAtMs;
        if (this.provenEnd !== end.highWatermark) this.provenEndSinceMs = end.askedAtMs;
        this.provenEnd = end.highWatermark;
      }
      this.waiting.shift();
    }
  }

  /** How long the end is known to have stood where it is, ms. */
  get stoodForMs(): number {
    return this.provenAtMs - this.provenEndSinceMs;
  }
}
