export * from './ports.js';
export { LiveHub, type HubPorts, type ReadResult } from './hub.js';
export type { Session } from './session.js';
export { DEFAULT_LIMITS, type HubLimits } from './limits.js';
