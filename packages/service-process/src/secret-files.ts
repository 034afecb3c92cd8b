import { readFileSync } from 'node:fs';
import { judgeSettings, refuseSettings, type Environment } from '@shop/http';

/** Variables that may hold a secret: each may come from a file instead, named by the variable with `_FILE` behind it. */
export const secretVariables = ['EVENTSTOREDB_URL', 'MONGODB_URL', 'KAFKA_SASL_PASSWORD', 'JWT_HS256_SECRET'] as const;

const isSet = (value: string | undefined): value is string => value !== undefined && value !== '';

const contentOf = (name: string, file: string): string => {
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : error;
    return refuseSettings(`${name}: the file ${file} cannot be read (${String(code)})`);
  }
};

/**
 * The environment with the secrets that stand in files. One line break at the end of a file does not count.
 * @throws SettingsError where a file cannot be read, is empty, or the variable is set as well
 */
export const withSecretFiles = (environment: Environment): Environment => {
  const found: Record<string, string> = {};
  const take = (name: string) => () => {
    const file = environment[`${name}_FILE`];
    if (!isSet(file)) return;
    if (isSet(environment[name])) refuseSettings(`${name} and ${name}_FILE: only one of them may be set`);
    const content = contentOf(`${name}_FILE`, file);
    found[name] = content === '' ? refuseSettings(`${name}_FILE: the file ${file} is empty`) : content;
  };
  judgeSettings(...secretVariables.map(take));
  return { ...environment, ...found };
};
