/** What a metric promises: a share of seconds in which it is within its target. */
export interface FreshnessObjective {
  readonly metric: string;
  /** Share of good seconds, 0..1. */
  readonly objective: number;
  /** Period that the share is over. */
  readonly overMs: number;
}

/** Bad seconds that the whole period may have. */
export function budgetSeconds({ objective, overMs }: FreshnessObjective): number {
  return (1 - objective) * (overMs / 1000);
}
