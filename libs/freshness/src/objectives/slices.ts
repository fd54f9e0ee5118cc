/** A judged second. A second without any is bad. */
export type Verdict = 'good' | 'bad' | 'excluded';

/** One metric in one minute: bit n is second n. Writing it again, or by two evaluators, is harmless: bits are joined. */
export interface SliceMinute {
  readonly metric: string;
  /** Epoch ms of its start. */
  readonly minuteMs: number;
  readonly good: bigint;
  /** Counts before `good` where two evaluators disagree. */
  readonly bad: bigint;
}

export interface JudgedSecond {
  readonly metric: string;
  /** Epoch seconds. */
  readonly second: number;
  readonly verdict: Verdict;
}

interface Watched {
  second: number;
  isGood: boolean;
}

/**
 * Turns looks at metrics, several a second, into one verdict a second: good when every look found it within its
 * target. A metric that never had evidence is not judged: its objective has not begun.
 */
export class SliceRecorder {
  readonly #now = new Map<string, Watched>();
  readonly #begun = new Set<string>();

  /** `begun`: metrics that had evidence before this recorder began. */
  constructor(begun: Iterable<string>) {
    for (const metric of begun) this.#begun.add(metric);
  }

  /**
   * One look at all metrics. @returns the seconds that ended since the last look; those in which nobody looked are
   * not among them.
   */
  look(
    nowMs: number,
    metrics: readonly { readonly metric: string; readonly isFresh: boolean; readonly hasEvidence: boolean }[],
  ): JudgedSecond[] {
    const second = Math.floor(nowMs / 1000);
    const judged: JudgedSecond[] = [];
    for (const { metric, isFresh, hasEvidence } of metrics) {
      if (hasEvidence) this.#begun.add(metric);
      if (!this.#begun.has(metric)) continue;
      const seen = this.#now.get(metric);
      if (seen?.second === second) {
        seen.isGood &&= isFresh;
        continue;
      }
      if (seen !== undefined && seen.second < second)
        judged.push({ metric, second: seen.second, verdict: seen.isGood ? 'good' : 'bad' });
      this.#now.set(metric, { second, isGood: isFresh });
    }
    return judged;
  }
}

/** Minutes that are kept when they cannot be stored: a day of one metric. */
const MOST_MINUTES = 1_440;

/** Collects seconds into minutes that have to be stored. Beyond its bound the oldest are dropped: bad. */
export class SliceMinutes {
  readonly #minutes = new Map<string, { metric: string; minuteMs: number; good: bigint; bad: bigint }>();
  readonly #dirty = new Set<string>();

  constructor(private readonly metrics: number) {}

  add({ metric, second, verdict }: JudgedSecond): void {
    if (verdict === 'excluded') return;
    const minuteMs = Math.floor(second / 60) * 60_000;
    const key = `${minuteMs} ${metric}`;
    const minute = this.#minutes.get(key) ?? { metric, minuteMs, good: 0n, bad: 0n };
    const bit = 1n << BigInt(second % 60);
    if (verdict === 'good') minute.good |= bit;
    else minute.bad |= bit;
    this.#minutes.set(key, minute);
    this.#dirty.add(key);
  }

  /** Minutes that changed since they were stored last, whole. */
  pending(): SliceMinute[] {
    return [...this.#dirty].flatMap((key) => this.#minutes.get(key) ?? []).map((minute) => ({ ...minute }));
  }

  /** They are stored as they were given; minutes before `nowMs`'s are let go. */
  stored(minutes: readonly SliceMinute[], nowMs: number): void {
    for (const { metric, minuteMs, good, bad } of minutes) {
      const key = `${minuteMs} ${metric}`;
      const own = this.#minutes.get(key);
      if (own?.good === good && own.bad === bad) this.#dirty.delete(key);
    }
    const currentMs = Math.floor(nowMs / 60_000) * 60_000;
    const most = MOST_MINUTES * Math.max(1, this.metrics);
    for (const [key, { minuteMs }] of this.#minutes) {
      const isOver = minuteMs < currentMs - 60_000 && !this.#dirty.has(key);
      if (!isOver && this.#minutes.size <= most) continue;
      this.#minutes.delete(key);
      this.#dirty.delete(key);
    }
  }
}
