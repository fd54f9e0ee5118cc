export * from './observations.js';
export { FreshnessEvaluator, coveredUntil } from './evaluate.js';
export type { AlertTransition, AlertTransitions } from './alerts/transitions.js';
