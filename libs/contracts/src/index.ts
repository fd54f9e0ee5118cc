export * from './contract.js';
export * from './block.js';
export * from './duration.js';
export * from './catalogue/problem.js';
export * from './catalogue/yaml.js';
export * from './catalogue/section.js';
export * from './catalogue/files.js';
