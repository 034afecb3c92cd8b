export * from './offered-read-store.js';
export * from './remote-read-store.js';
