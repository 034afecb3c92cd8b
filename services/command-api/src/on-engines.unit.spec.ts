import { describe, expect, it } from '@jest/globals';
import { commandApiOnEngines } from './on-engines.js';

const good = {
  EVENTSTOREDB_URL: 'esdb://shop:pass@one:2113',
  MONGODB_URL: 'mongodb://one/?replicaSet=rs0',
  JWT_JWKS_URL: 'https://id.example/keys',
  JWT_ISSUER: 'https://id.example',
  JWT_AUDIENCE: 'shop',
};
const read = (changes: Readonly<Record<string, string>>) => commandApiOnEngines.readSettings({ ...good, ...changes });

describe('settings of command-api on engines', () => {
  it('demand authentication, and serve on port 3001 of loopback, unless told otherwise', () => {
    expect(read({})).toMatchObject({ http: { host: '127.0.0.1', port: 3_001, auth: { mode: 'jwt' } }, own: { SWEEP_AFTER_MS: 30_000 } });
    expect(read({ PORT: '8080', AUTH_MODE: 'off' })).toMatchObject({ http: { port: 8_080, auth: { mode: 'off' } } });
  });

  it('name everything that is wrong or missing at once', () => {
    const wrong = () =>
      read({ EVENTSTOREDB_URL: '', MONGODB_URL: 'one', PORT: 'http', JWT_ISSUER: '', SWEEP_AFTER_MS: 'soon', LOG_LEVEL: 'loud' });
    for (const name of ['EVENTSTOREDB_URL', 'MONGODB_URL', 'PORT', 'SWEEP_AFTER_MS', 'LOG_LEVEL'])
      expect(wrong).toThrow(new RegExp(`\n  ${name}: `));
    expect(() => read({ QUEUE_LIMIT: '0', JWT_ISSUER: '', JWT_JWKS_URL: '' })).toThrow(
      /QUEUE_LIMIT: .*\n.*JWT_JWKS_URL or JWT_HS256_SECRET must be set.*\n.*JWT_ISSUER and JWT_AUDIENCE must be set/,
    );
  });
});
