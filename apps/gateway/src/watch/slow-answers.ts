/** A fault is remembered for so long: between two slow answers a slow store looks well. */
const REMEMBERED_MS = 8_000;

/** How long slow answers have lately kept somebody waiting. */
export class SlowAnswers {
  readonly #slow: { readonly atMs: number; readonly tookMs: number }[] = [];

  /** @param slowMs answers that take no longer are none to speak of */
  constructor(private readonly slowMs: number) {}

  add(atMs: number, tookMs: number): void {
    if (tookMs > this.slowMs) this.#slow.push({ atMs, tookMs });
  }

  /** Milliseconds of the last eight seconds, at most all of them. */
  waitedMs(nowMs: number): number {
    while ((this.#slow[0]?.atMs ?? Infinity) < nowMs - REMEMBERED_MS) this.#slow.shift();
    const waited = this.#slow.reduce((sum, { tookMs }) => sum + tookMs, 0);
    return Math.min(REMEMBERED_MS, waited);
  }
}
