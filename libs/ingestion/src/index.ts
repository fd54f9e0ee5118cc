export * from './log.js';
export * from './ports.js';
