export * from './clock.js';
export * from './manual-clock.js';
export * from './seeded-random.js';
export * from './sleepers.js';
export * from './system-clock.js';
