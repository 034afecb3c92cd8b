export default {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  testMatch: ['**/src/**/*.spec.ts'],
  testTimeout: 30_000, // a busy machine must not turn a green test red
  testPathIgnorePatterns: ['/node_modules/', '\\.engine\\.spec\\.ts$'], // those need an engine: npm run test:engines
  modulePathIgnorePatterns: ['/dist/'],
  workerIdleMemoryLimit: '1GB', // VM modules leak 15–28 MB a test file: workers are renewed at this size
  moduleNameMapper: {
    '^(\\.{1,2}/.*)\\.js$': '$1',
    '^@shop/([^/]+)$': ['<rootDir>/packages/$1/src/index.ts', '<rootDir>/services/$1/src/index.ts', '<rootDir>/$1/src/index.ts'],
    '^@shop/([^/]+)/((?!package\\.json$).+)$': [
      '<rootDir>/packages/$1/src/$2.ts',
      '<rootDir>/packages/$1/src/$2/index.ts',
      '<rootDir>/services/$1/src/$2.ts',
      '<rootDir>/$1/src/$2/index.ts',
    ],
  },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2022', parser: { syntax: 'typescript' }, keepClassNames: true }, module: { type: 'es6' }, sourceMaps: 'inline' },
    ],
  },
};
