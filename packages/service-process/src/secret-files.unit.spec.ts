import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withSecretFiles } from './secret-files.js';

describe('secrets in files', () => {
  let folder = '';
  const file = (name: string) => join(folder, name);
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'shop-secrets-'));
    await writeFile(file('password'), 'open sesame\n');
    await writeFile(file('empty'), '\n');
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('take the place of the variable, without the line break at their end', () => {
    expect(withSecretFiles({ KAFKA_SASL_PASSWORD_FILE: file('password'), HOST: '::1' })).toMatchObject({
      KAFKA_SASL_PASSWORD: 'open sesame',
      HOST: '::1',
    });
  });

  it('are read for secrets alone', () => {
    expect(withSecretFiles({ HOST_FILE: file('password') })).toEqual({ HOST_FILE: file('password') });
  });

  it('are refused with their names, all of them at once', () => {
    const read = () =>
      withSecretFiles({
        EVENTSTOREDB_URL: 'esdb://here',
        EVENTSTOREDB_URL_FILE: file('password'),
        MONGODB_URL_FILE: file('missing'),
        JWT_HS256_SECRET_FILE: file('empty'),
      });
    expect(read).toThrow(/EVENTSTOREDB_URL and EVENTSTOREDB_URL_FILE: only one/);
    expect(read).toThrow(/MONGODB_URL_FILE: the file .*missing cannot be read \(ENOENT\)/);
    expect(read).toThrow(/JWT_HS256_SECRET_FILE: the file .*empty is empty/);
  });
});
