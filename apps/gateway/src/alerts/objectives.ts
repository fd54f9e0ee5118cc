import {
  BurnWindows,
  SliceRecorder,
  type AlertedMetric,
  type Burn,
  type FreshnessObjective,
  type JudgedSecond,
  type SliceMinute,
  type SpentBudget,
} from '@freshet/freshness';
import type { Freshness, Stage } from '@freshet/live-protocol';

type IsExcluded = (metric: string, second: number) => boolean;

/** Judges every second of every metric and knows how fast budgets are being spent. */
export class Objectives {
  readonly #recorder: SliceRecorder;
  readonly #windows = new Map<string, BurnWindows>();
  readonly #objectives = new Map<string, FreshnessObjective>();
  readonly #faultyStage = new Map<string, Stage>();

  /** `begun`: first second with evidence by metric, where there was one. */
  constructor(metrics: readonly FreshnessObjective[], begun: ReadonlyMap<string, number>) {
    this.#recorder = new SliceRecorder(begun.keys());
    for (const { metric, objective, overMs } of metrics) {
      const own = { metric, objective, overMs };
      this.#objectives.set(metric, own);
      this.#windows.set(metric, new BurnWindows(own));
    }
  }

  /** Takes what was stored of the last days, in order of time. Seconds that are missing up to now are bad. */
  load(minutes: readonly SliceMinute[], isExcluded: IsExcluded, nowMs: number): void {
    const nowSecond = Math.floor(nowMs / 1000) - 1;
    for (const { metric, minuteMs, good, bad } of minutes) {
      const windows = this.#windows.get(metric);
      if (windows === undefined) continue;
      const missing = missingIn(isExcluded, metric);
      for (let i = 0; i < 60; i++) {
        const bit = 1n << BigInt(i);
        if (((good | bad) & bit) === 0n) continue;
        windows.add(minuteMs / 1000 + i, (bad & bit) === 0n ? 'good' : 'bad', missing);
      }
    }
    for (const [metric, windows] of this.#windows) {
      if (windows.lastSecond === undefined || windows.lastSecond >= nowSecond) continue;
      const missing = missingIn(isExcluded, metric);
      windows.add(nowSecond, missing(nowSecond), missing);
    }
  }

  /** One look at all metrics. @returns the seconds that are judged by it */
  look(nowMs: number, freshness: readonly Freshness[], isExcluded: IsExcluded): JudgedSecond[] {
    const looked = freshness.map(({ metric, status, asOfMs, stage }) => {
      if (status !== 'fresh' && stage !== undefined) this.#faultyStage.set(metric, stage);
      return { metric, isFresh: status === 'fresh', hasEvidence: asOfMs !== null };
    });
    return this.#recorder.look(nowMs, looked).map((judged) => {
      const { metric, second } = judged;
      const verdict = isExcluded(metric, second) ? 'excluded' : judged.verdict;
      this.#windows.get(metric)?.add(second, verdict, missingIn(isExcluded, metric));
      return { metric, second, verdict };
    });
  }

  burns(metric: string): Burn[] {
    return this.#windows.get(metric)?.burns() ?? [];
  }

  /** Budgets for the alert rules. `untoldSince`: see `SpentBudget`. */
  spent(
    metrics: ReadonlyMap<string, AlertedMetric>,
    untoldSince: (metric: string) => number | null,
  ): SpentBudget[] {
    return [...this.#windows].flatMap(([name, windows]) => {
      const metric = metrics.get(name);
      const objective = this.#objectives.get(name);
      if (metric === undefined || objective === undefined || windows.lastSecond === undefined) return [];
      return [
        {
          metric,
          objective,
          burns: windows.burns(),
          badSeconds: (windowMs: number) => windows.badSeconds(windowMs),
          stage: this.#faultyStage.get(name) ?? 'ingest',
          untoldSinceMs: untoldSince(name),
        },
      ];
    });
  }
}

function missingIn(isExcluded: IsExcluded, metric: string): (second: number) => 'bad' | 'excluded' {
  return (second) => (isExcluded(metric, second) ? 'excluded' : 'bad');
}
