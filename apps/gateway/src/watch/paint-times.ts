const KEPT = 200;
const YOUNG_MS = 300_000;

/** What browsers report of their paint, the newest 200 of each metric, for five minutes. */
export class PaintTimes {
  readonly #times = new Map<string, { readonly atMs: number; readonly ms: number }[]>();

  add(metric: string, atMs: number, ms: number): void {
    const times = this.#times.get(metric) ?? [];
    times.push({ atMs, ms });
    if (times.length > KEPT) times.shift();
    this.#times.set(metric, times);
  }

  /** 95th percentile from delivery to paint; undefined: nobody looks. */
  p95Ms(metric: string, nowMs: number): number | undefined {
    const young = (this.#times.get(metric) ?? []).filter(({ atMs }) => nowMs - atMs < YOUNG_MS);
    const sorted = young.map(({ ms }) => ms).sort((a, b) => a - b);
    return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * 0.95))];
  }
}
