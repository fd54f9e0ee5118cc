export * from './columns.js';
export { insertNative, InsertMismatch, type InsertPart } from './insert.js';
