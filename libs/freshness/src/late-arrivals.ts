/** Events of a topic since a process began: all that were counted, and those that came too late for their windows. */
export interface Arrivals {
  readonly topic: string;
  readonly counted: number;
  readonly late: number;
}

/** Events of a topic within a while. */
export interface LateShare {
  readonly counted: number;
  readonly late: number;
}

interface Sample {
  readonly atMs: number;
  readonly counted: number;
  readonly late: number;
}

const SAMPLE_EVERY_MS = 4_000;
/** Longest while that can be asked for: contracts may not say more. */
const KEPT_MS = 3_600_000;
/** Older word than this is none. */
const RECENT_MS = 30_000;

/**
 * Adds up what several ingest processes say of late events. Bounded: an hour of samples by process and topic. A
 * process that ends takes with it what it had not told.
 */
export class LateArrivals {
  readonly #samples = new Map<string, { readonly topic: string; readonly list: Sample[] }>();

  add(nowMs: number, instance: string, arrivals: readonly Arrivals[]): void {
    for (const { topic, counted, late } of arrivals) {
      const key = `${instance} ${topic}`;
      const known = this.#samples.get(key) ?? { topic, list: [] };
      this.#samples.set(key, known);
      const newest = known.list.at(-1);
      if (newest !== undefined && nowMs - newest.atMs < SAMPLE_EVERY_MS) continue;
      known.list.push({ atMs: nowMs, counted, late });
      while ((known.list[1]?.atMs ?? Infinity) < nowMs - KEPT_MS) known.list.shift();
    }
    for (const [key, { list }] of this.#samples)
      if ((list.at(-1)?.atMs ?? 0) < nowMs - KEPT_MS) this.#samples.delete(key);
  }

  /** Of the last `overMs`; undefined: no process has told of the topic lately. */
  within(topic: string, overMs: number, nowMs: number): LateShare | undefined {
    let found: LateShare | undefined;
    let isRecent = false;
    for (const each of this.#samples.values()) {
      if (each.topic !== topic) continue;
      const newest = each.list.at(-1)!;
      isRecent ||= nowMs - newest.atMs <= RECENT_MS;
      const before = each.list.findLast(({ atMs }) => atMs <= nowMs - overMs) ?? each.list[0]!;
      found = {
        counted: (found?.counted ?? 0) + newest.counted - before.counted,
        late: (found?.late ?? 0) + newest.late - before.late,
      };
    }
    return isRecent ? found : undefined;
  }
}
