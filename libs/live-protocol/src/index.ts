export * from './messages.js';
export * from './rest.js';
