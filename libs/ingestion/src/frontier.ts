import type { ClockAdvance } from './ports.js';

export const NO_FRONTIER_MS = -1;

/**
 * A partition's frontier: its newest sane event time, or a later time by the clock that was proven and stored. It
 * sees nothing that a rebuild would not see again: advances apply at the position where they happened, before any
 * record at or after it.
 */
export class Frontier {
  private readonly advances: ClockAdvance[];
  private next = 0;

  /**
   * @param ms frontier before the first record that will be shown
   * @param advances stored advances at or after that position, in any order
   */
  constructor(
    private ms: number,
    advances: readonly ClockAdvance[],
  ) {
    this.advances = [...advances].sort((a, b) => a.position - b.position);
  }

  get currentMs(): number {
    return this.ms;
  }

  /** Frontier before the record at `offset`: applies the stored advances up to there. */
  before(offset: number): number {
    for (let advance = this.advances[this.next]; advance !== undefined; advance = this.advances[this.next]) {
      if (advance.position > offset) break;
      if (advance.frontierMs > this.ms) this.ms = advance.frontierMs;
      this.next += 1;
    }
    if (this.next > 0 && this.next === this.advances.length) {
      this.advances.length = 0;
      this.next = 0;
    }
    return this.ms;
  }

  /** A counted event; one beyond `latestSaneMs` is counted but does not move the frontier. */
  observe(eventTimeMs: number, latestSaneMs: number): void {
    if (eventTimeMs > this.ms && eventTimeMs <= latestSaneMs) this.ms = eventTimeMs;
  }

  /** An advance by the clock at the current position, once it is stored. */
  advance(frontierMs: number): void {
    if (frontierMs > this.ms) this.ms = frontierMs;
  }
}
