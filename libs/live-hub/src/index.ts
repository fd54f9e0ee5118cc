export * from './ports.js';
export { LiveHub, type HubPorts } from './hub.js';
export type { ReadResult } from './feed-reader.js';
export type { Session } from './session.js';
export { DEFAULT_LIMITS, type HubLimits } from './limits.js';
export { partitionKey } from './sources.js';
