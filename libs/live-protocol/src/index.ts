export * from './messages.js';
export * from './rest.js';
export * from './selection.js';
