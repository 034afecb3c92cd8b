import js from '@eslint/js';
import prettier from 'eslint-config-prettier';
import { defineConfig } from 'eslint/config';
import ts from 'typescript-eslint';

const services = { group: ['@shop/command-api', '@shop/projector', '@shop/query-api'], message: 'services never import each other' };
const di = { group: ['inversify'], message: 'only container.ts imports inversify' };
const io = {
  group: ['express', 'libsql', 'mongodb', 'kafkajs', '@eventstore/*', '@shop/http', '@shop/*/*', 'node:*'],
  message: 'deciders and projections are pure',
};
// A later block replaces the list of an earlier one, so each names all of its own.
const noImport = (...patterns) => ({ 'no-restricted-imports': ['error', { patterns }] });
const noClock = {
  'no-restricted-globals': ['error', 'Date', 'process', 'crypto', 'setTimeout', 'setInterval', 'setImmediate', 'performance', 'fetch'],
  'no-restricted-properties': ['error', { object: 'Math', property: 'random', message: 'randomness is injected' }],
};
const deciders = [
  'services/command-api/src/product/product.ts',
  'services/command-api/src/wallet/wallet.ts',
  'services/command-api/src/cart/cart.ts',
  'services/command-api/src/decider.ts',
];
const projections = ['services/projector/src/{balances,statement,products,carts,orders,to-do,best-sellers}/*.ts'];
// Programs of the command line and the door between them: where a process begins and ends.
const programs = ['services/all-in-one/src/{rebuild,parked,audit,seed,run-tool,folder-door}.ts'];

export default defineConfig(
  { ignores: ['**/dist/**', '**/coverage/**', '**/*.{js,mjs,cjs}'] },
  js.configs.recommended,
  ts.configs.recommendedTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true, argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/consistent-type-assertions': ['error', { assertionStyle: 'never' }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/require-await': 'off', // a port's function is async though an adapter may answer at once
    },
  },
  { files: ['services/**/*.ts'], ignores: ['services/all-in-one/**'], rules: noImport(services, di) },
  { files: [...deciders, ...projections], ignores: ['**/*.spec.ts'], rules: { ...noImport(services, di, io), ...noClock } },
  {
    files: ['services/*/src/**/*.ts'],
    ignores: ['**/*.spec.ts', '**/testing/**', '**/main.ts', '**/run-shop.ts', ...programs, ...deciders, ...projections],
    rules: noClock,
  },
  { files: ['services/*/src/container.ts'], ignores: ['services/all-in-one/**'], rules: noImport(services) },
  prettier,
);
