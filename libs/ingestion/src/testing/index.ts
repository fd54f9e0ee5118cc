export { MemoryDeadLetters } from './memory-dead-letters.js';
export { MemoryLog, type MemoryRecord, type MemorySubscription } from './memory-log.js';
export { compareClaims, MemoryStore } from './memory-store.js';
export {
  metricStoreSuite,
  type MetricStoreHarness,
  type MetricStoreReader,
  type StoredFact,
  type StoredPane,
} from './metric-store-suite.js';
