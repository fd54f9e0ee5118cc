export { createClickHouse, type ClickHouseSettings } from './client.js';
export {
  DEFAULT_RETENTION,
  migrate,
  SchemaConflict,
  type MigrateOptions,
  type Retention,
} from './schema/migrate.js';
export { createMetricStore } from './store/metric-store.js';
export { createOriginalStore } from './store/originals.js';
