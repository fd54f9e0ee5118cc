export { CLICKHOUSE_USERS, type ClickHouseCredentials, type ClickHouseUser } from './credentials.js';
export { ClickHouseStartError } from './failure.js';
export {
  startClickHouse,
  type ClickHouseExit,
  type ClickHouseOptions,
  type RunningClickHouse,
} from './start.js';
