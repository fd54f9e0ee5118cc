export * from './observations.js';
export { FreshnessEvaluator, coveredUntil } from './evaluate.js';
