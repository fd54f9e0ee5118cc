import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { type Cleanup } from '../cleanup.js';
import { type Store } from '../store.js';
import { panesThrough } from '../system.js';
import { waitUntil } from '../waiting.js';

export interface Quantiles {
  readonly count: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}

interface Look {
  readonly atMs: number;
  readonly through: ReadonlyMap<string, number>;
}

/** Looks at the ledger over and over, and tells afterwards when each event could be queried. */
export class VisibilityWatch {
  readonly #looks: Look[] = [];
  #watching = true;
  #failure: unknown;
  readonly #done: Promise<void>;

  /** Watches until `finish`, or until `cleanup` ends the store. */
  constructor(
    cleanup: Cleanup,
    private readonly store: Store,
    everyMs: number,
  ) {
    this.#done = this.#watch(everyMs).catch((error: unknown) => {
      this.#failure = error;
    });
    cleanup.add(() => this.#stop());
  }

  async #watch(everyMs: number): Promise<void> {
    while (this.#watching) {
      const through = await panesThrough(this.store);
      this.#looks.push({ atMs: Date.now(), through });
      await new Promise((resolve) => setTimeout(resolve, everyMs));
    }
  }

  /**
   * Waits until all events of `file` (of produce-live) are stored, then resolves the milliseconds from the scheduled
   * send of each, or of each of `topic`, to the first look that found it; those of the first `warmUpMs` are left out.
   */
  async finish(file: string, warmUpMs: number, topic?: string): Promise<Quantiles> {
    const events = await readEvents(file);
    await waitUntil(
      'the last event in the ledger',
      () => {
        if (this.#failure !== undefined) throw this.#failure;
        const last = this.#looks.at(-1)?.through;
        return [...events].every(([place, times]) => (last?.get(place) ?? -1) >= times.length - 1);
      },
      { limitMs: 300_000, everyMs: 50 },
    );
    await this.#stop();
    const latencies: number[] = [];
    const startMs = Math.min(...[...events.values()].map((times) => times.find(Boolean) ?? Infinity));
    for (const [place, times] of events) {
      if (topic !== undefined && !place.startsWith(`${topic}/`)) continue;
      let look = 0;
      times.forEach((scheduledMs, offset) => {
        while ((this.#looks[look]?.through.get(place) ?? -1) < offset) look++;
        const seen = this.#looks[look];
        if (seen !== undefined && scheduledMs >= startMs + warmUpMs) latencies.push(seen.atMs - scheduledMs);
      });
    }
    return quantiles(latencies);
  }

  #stop(): Promise<void> {
    this.#watching = false;
    return this.#done;
  }
}

/** Scheduled times by place, at the index of their offset. Line by line: those of an hour are no string of V8's. */
async function readEvents(file: string): Promise<Map<string, number[]>> {
  const events = new Map<string, number[]>();
  for await (const line of createInterface({ input: createReadStream(file) })) {
    const [place = '', base = '', ...times] = line.split(' ');
    const all = events.get(place) ?? [];
    events.set(place, all);
    times.forEach((time, index) => (all[Number(base) + index] = Number(time)));
  }
  return events;
}

/** @param values one at least */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Of an unsorted list; zeros when it is empty. */
export function quantiles(values: readonly number[]): Quantiles {
  const sorted = Float64Array.from(values).sort();
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  return { count: sorted.length, p50: at(0.5), p90: at(0.9), p99: at(0.99), max: at(1) };
}
