export * from './append-rule.js';
export * from './event-store.js';
export * from './json-value.js';
export * from './position.js';
export type { Loss, Staged, Staging } from './staging.js';
