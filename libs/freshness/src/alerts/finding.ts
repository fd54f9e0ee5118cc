import type { AlertKind, Evaluation, Stage } from '@freshet/live-protocol';

/**
 * The result of one evaluation of one subject. `ok` is the only good news: `error` and `timeout` (it could not be
 * asked) and `held_back` (it may not be judged now) leave an alert as it is.
 */
export interface Finding {
  /** Names what is judged, the same at every evaluation, e.g. `stale/orders`. */
  readonly subject: string;
  /** Key of the alert that it belongs to while it is bad: subjects with one cause share it. */
  readonly group: string;
  /** True: the cause is not told apart now, so an alert that it is in already keeps it. */
  readonly keepsGroup?: boolean;
  readonly outcome: Evaluation['outcome'];
  readonly kind: AlertKind;
  readonly severity: 'page' | 'ticket';
  /** Absent: it is about no metric. */
  readonly metric?: string;
  readonly topic?: string;
  readonly stage: Stage;
  readonly owner: string;
  /** What was seen, in words. */
  readonly detail: string;
  readonly behindMs?: number | null;
  readonly targetMs?: number;
  /** Bad for so long without a break: fires. */
  readonly holdMs: number;
  /** Within which it has to be told, when that is not `holdMs` itself. */
  readonly actionWindowMs?: number;
  /** Well for so long without a break: cleared. */
  readonly clearMs: number;
}
