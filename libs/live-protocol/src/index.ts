export * from './alerts.js';
export * from './contracts.js';
export * from './explain.js';
export * from './freshness-state.js';
export * from './messages.js';
export * from './rest.js';
export * from './selection.js';
export * from './stage.js';
