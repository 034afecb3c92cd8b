export * from './projection-state.js';
export * from './read-models.js';
export * from './read-store.js';
export * from './search-form.js';
