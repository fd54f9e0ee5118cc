export { LiveClient, type LiveClientOptions, type LiveSubscription, type SelectionInput } from './client.js';
export type { Connection, LiveData, LiveState, Paint } from './state.js';
export { realSurroundings, type ClientSocket, type Surroundings } from './ports.js';
export { DEFAULT_BACKOFF, type Backoff } from './backoff.js';
