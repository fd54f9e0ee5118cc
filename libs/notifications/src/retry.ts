const FIRST_MS = 1_000;
const LONGEST_MS = 300_000;

/** When an address that failed is tried again: after 1 s, doubling to 5 min, up to a fifth more by chance. */
export class Retry {
  #failures = 0;
  #dueAtMs = -Infinity;

  constructor(private readonly random: () => number) {}

  /** Not before this, epoch ms. */
  get dueAtMs(): number {
    return this.#dueAtMs;
  }

  /** `askedMs`: the other side named a pause, which is kept when it is the longer one. */
  failed(nowMs: number, askedMs = 0): void {
    const pauseMs = Math.min(FIRST_MS * 2 ** this.#failures, LONGEST_MS) * (1 + this.random() / 5);
    this.#failures = Math.min(this.#failures + 1, 20);
    this.#dueAtMs = nowMs + Math.max(pauseMs, askedMs);
  }

  worked(): void {
    this.#failures = 0;
    this.#dueAtMs = -Infinity;
  }
}
