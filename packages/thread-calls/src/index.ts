export * from './calls.js';
export * from './pages.js';
