export { createClickHouse, type ClickHouseSettings } from './client.js';
export { clickHouseSettingsFromEnv, maskedClickHouse, type ClickHouseConnection } from './settings.js';
export {
  checkContracts,
  DEFAULT_RETENTION,
  migrate,
  storageTablesOf,
  tablesOf,
  type MigrateOptions,
  type Retention,
} from './schema/migrate.js';
export { createFreshnessStore } from './freshness/freshness-store.js';
export { clusterSql, isSharded, SHARDING_KEY } from './schema/cluster.js';
export { SchemaConflict } from './schema/schema-conflict.js';
export { readRunningContracts } from './schema/contract-log.js';
export {
  readPromotionRequests,
  requestPromotion,
  type PromotionRequest,
} from './schema/promotion-requests.js';
export { previewSql, writePreview } from './schema/previews.js';
export { NEWEST_LOAD_SQL, writeLoad, type CatalogueLoad } from './schema/catalogue-loads.js';
export { CORRECTIONS_SQL } from './schema/operation-tables.js';
export { progressOfLook, PROGRESS_LOOK_SQL, type ProgressLookRow } from './schema/progress-view.js';
export { createArchiveStore } from './store/archive-store.js';
export { createMetricStore } from './store/metric-store.js';
export { createOriginalStore } from './store/originals.js';
export { createPastStore } from './store/past-store.js';
export {
  PROMOTED_SQL,
  readPromoted,
  readRevisions,
  type ActiveDefinition,
  type Definitions,
  type PromotedRevision,
} from './schema/revisions.js';
