export { createClickHouse, type ClickHouseSettings } from './client.js';
