export { startTestStore, type TestStore, type TestStoreOptions } from './clickhouse/test-store.js';
