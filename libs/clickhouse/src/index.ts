export { createClickHouse, type ClickHouseSettings } from './client.js';
export { clickHouseSettingsFromEnv, maskedClickHouse, type ClickHouseConnection } from './settings.js';
export {
  DEFAULT_RETENTION,
  migrate,
  SchemaConflict,
  tablesOf,
  type MigrateOptions,
  type Retention,
} from './schema/migrate.js';
export { createFreshnessStore } from './freshness/freshness-store.js';
export { clusterSql, isSharded, SHARDING_KEY } from './schema/cluster.js';
export { createMetricStore } from './store/metric-store.js';
export { createOriginalStore } from './store/originals.js';
export { createPastStore } from './store/past-store.js';
export {
  PROMOTED_SQL,
  readPromoted,
  type ActiveDefinition,
  type Definitions,
  type PromotedRevision,
} from './schema/revisions.js';
