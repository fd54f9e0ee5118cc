export * from './metric.js';
export * from './aggregator.js';
