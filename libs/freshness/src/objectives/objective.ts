/** What a metric promises: a share of seconds in which it is within its target. */
export interface FreshnessObjective {
  readonly metric: string;
  /** Share of good seconds, 0..1. */
  readonly objective: number;
  /** Period that the share is over. */
  readonly overMs: number;
}

/** A time whose seconds count neither as good nor as bad. */
export interface ExcludedTime {
  /** Empty: all. */
  readonly metrics: readonly string[];
  readonly fromMs: number;
  /** Infinity: it has not ended. */
  readonly untilMs: number;
}

/** True when any part of the second is excluded. `second`: epoch seconds. */
export function isExcluded(times: readonly ExcludedTime[], metric: string, second: number): boolean {
  return times.some(
    ({ metrics, fromMs, untilMs }) =>
      fromMs < (second + 1) * 1000 &&
      untilMs > second * 1000 &&
      (metrics.length === 0 || metrics.includes(metric)),
  );
}

/** Bad seconds that the whole period may have. */
export function budgetSeconds({ objective, overMs }: FreshnessObjective): number {
  return (1 - objective) * (overMs / 1000);
}
