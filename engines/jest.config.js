import base from '../jest.config.js';

/** The specs that need a real engine; `npm test` passes them over, so that it needs neither Docker nor Java. */
export default {
  ...base,
  rootDir: '..',
  testMatch: ['**/src/**/*.engine.spec.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  moduleNameMapper: { '^@shop/engines$': '<rootDir>/engines/src/index.ts', ...base.moduleNameMapper },
  // One engine at a time: two JVMs beside a worker each are more than a small machine has.
  maxWorkers: 1,
  testTimeout: 30_000,
};
