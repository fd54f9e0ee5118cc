import type { Alert, AlertStatus } from '@freshet/live-protocol';

/** An alert that has just changed its status, or began. */
export interface AlertTransition {
  /** `id/number`: the same whoever evaluates and however often it is told. */
  readonly key: string;
  /** As it is afterwards. */
  readonly alert: Alert;
  /** Null: it began. */
  readonly from: AlertStatus | null;
  readonly to: AlertStatus;
  readonly atMs: number;
}

/**
 * Port to what tells people. Told at least once, in order for each alert; `key` tells repeats. Resolves when the
 * transitions are kept where a crash leaves them; a rejection makes the evaluator tell them again.
 */
export interface AlertTransitions {
  take(transitions: readonly AlertTransition[]): Promise<void>;
}
