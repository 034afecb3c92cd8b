export * from './problem.js';
export * from './route.js';
export * from './service.js';
