export * from './panes.js';
export * from './watermark.js';
export * from './trust.js';
export * from './calendar.js';
