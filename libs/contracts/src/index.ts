export * from './contract.js';
export * from './block.js';
