import type { Environment } from '@shop/http';
import type { Command } from 'commander';
import { readSettings } from './settings.js';
import { withFolder, type UseFolder } from './use-folder.js';

/** Which shop a tool works on, as its command line says it. */
export type TargetOptions = { readonly data?: string; readonly store?: string; readonly readStore?: string };

/** On engines where they are named, by option or environment; a folder that is named goes before the environment. */
export type ToolTarget = { readonly kind: 'folder' | 'engines'; readonly environment: Environment };

const isNamed = (value: string | undefined): boolean => value !== undefined && value !== '';

export const withTargetOptions = (command: Command): Command =>
  command
    .option('--data <folder>', 'data folder (default ./data, or DATA_DIR)')
    .option('--store <url>', 'instead: the EventStoreDB of services that run apart (or EVENTSTOREDB_URL)')
    .option('--read-store <url>', 'and their MongoDB (or MONGODB_URL; MONGODB_DATABASE)');

export const toolTarget = (environment: Environment, { data, store, readStore }: TargetOptions): ToolTarget => {
  const isOnEngines =
    store !== undefined ||
    readStore !== undefined ||
    (data === undefined && ['EVENTSTOREDB_URL', 'EVENTSTOREDB_URL_FILE'].some((name) => isNamed(environment[name])));
  return {
    kind: isOnEngines ? 'engines' : 'folder',
    environment: {
      ...environment,
      ...(data !== undefined && { DATA_DIR: data }),
      ...(store !== undefined && { EVENTSTOREDB_URL: store, EVENTSTOREDB_URL_FILE: undefined }),
      ...(readStore !== undefined && { MONGODB_URL: readStore, MONGODB_URL_FILE: undefined }),
    },
  };
};

/** @throws Error with a message for the operator */
export const withTarget = async <Result>({ kind, environment }: ToolTarget, use: (ask: UseFolder) => Promise<Result>): Promise<Result> => {
  if (kind === 'folder') return withFolder(readSettings(environment), use);
  const { withEngines } = await import('./engine-tools.js'); // clients of engines are loaded by nobody else
  return withEngines(environment, use);
};
