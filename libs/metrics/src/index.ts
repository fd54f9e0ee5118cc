export * from './metric.js';
export * from './aggregator.js';
export * from './slots.js';
export * from './buckets.js';
export * from './hash.js';
export * from './aggregate/compile.js';
export * from './sql/pane-columns.js';
