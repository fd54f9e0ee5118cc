/** How a source's covered time and its ledger have moved lately: tells a backlog being worked off from a standstill. */
export class Movement {
  readonly #samples: { readonly atMs: number; readonly asOfMs: number }[] = [];
  #ledger = '';
  #movedAtMs: number | undefined;

  /** `windowMs`: how far back speed is measured; bounded to 64 samples. */
  constructor(private readonly windowMs = 5_000) {}

  /** `ledger`: any text that changes when more is stored. */
  add(nowMs: number, asOfMs: number, ledger: string): void {
    if (ledger !== this.#ledger || this.#movedAtMs === undefined) {
      this.#ledger = ledger;
      this.#movedAtMs = nowMs;
    }
    const newest = this.#samples.at(-1);
    if (newest !== undefined && nowMs - newest.atMs < this.windowMs / 32) return;
    this.#samples.push({ atMs: nowMs, asOfMs });
    while (this.#samples.length > 64 || (this.#samples[1]?.atMs ?? Infinity) < nowMs - this.windowMs) {
      this.#samples.shift();
    }
  }

  /** Milliseconds since more was last stored. */
  standstillMs(nowMs: number): number {
    return this.#movedAtMs === undefined ? 0 : nowMs - this.#movedAtMs;
  }

  /** Covered milliseconds a millisecond, over at least one second; undefined before that. 1 keeps the distance. */
  speed(nowMs: number, asOfMs: number): number | undefined {
    const oldest = this.#samples[0];
    if (oldest === undefined || nowMs - oldest.atMs < 1_000) return undefined;
    return (asOfMs - oldest.asOfMs) / (nowMs - oldest.atMs);
  }
}
