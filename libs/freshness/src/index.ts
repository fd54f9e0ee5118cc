export * from './observations.js';
export { FreshnessEvaluator, coveredUntil } from './evaluate.js';
export { sourceState, type WatchedSource } from './sources.js';
export { AlertBook, type AlertRecord } from './alerts/alert-book.js';
export type { AlertDecision } from './alerts/decision.js';
export type { Finding } from './alerts/finding.js';
export type { AlertTransition, AlertTransitions } from './alerts/transitions.js';
export { auditFindings, type AuditRun, type AuditSubject } from './alerts/audit-findings.js';
export { budgetFindings, type SpentBudget } from './alerts/budget-findings.js';
export { lateFindings } from './alerts/late-findings.js';
export { LateArrivals, type Arrivals, type LateShare } from './late-arrivals.js';
export { sourceFindings } from './alerts/source-findings.js';
export { staleFindings, staleSubject, type AlertedMetric } from './alerts/stale-findings.js';
export { budgetSeconds, type FreshnessObjective } from './objectives/objective.js';
export { BurnWindows, type Burn } from './objectives/burn-rate.js';
export { SliceMinutes, SliceRecorder, type JudgedSecond, type SliceMinute } from './objectives/slices.js';
export {
  LEASE_MS,
  RENEW_MS,
  WATCH_LEASE_MS,
  currentHolder,
  nextLeaseStep,
  type LeaseRow,
} from './evaluator/lease.js';
export { EvaluationLog, type EvaluationRun } from './evaluator/evaluation-log.js';
export type { FreshnessStore, Heartbeat, KeptObjective, SliceDays } from './evaluator/store.js';
export { CanaryFlights, canaryFinding } from './canary.js';
export { skewByStore, skewFindings, skewOf } from './clock-skew.js';
export { valueFinding, type ValueRule, type ValueSeen } from './alerts/value-findings.js';
