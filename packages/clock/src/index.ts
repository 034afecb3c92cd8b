export * from './clock.js';
export * from './crowd.js';
export * from './manual-clock.js';
export * from './new-uuid.js';
export * from './pace.js';
export * from './seeded-random.js';
export * from './sleepers.js';
export * from './system-clock.js';
