import { describe, expect, it } from '@jest/globals';
import { readHttpSettings } from './settings.js';

const jwt = { AUTH_MODE: 'jwt', JWT_HS256_SECRET: 's'.repeat(32), JWT_ISSUER: 'i', JWT_AUDIENCE: 'a' };
const read = (environment: Record<string, string | undefined>, authMode: 'off' | 'jwt' = 'off') =>
  readHttpSettings(environment, { port: 3000, authMode });

describe('settings', () => {
  it('start without any on loopback', () => {
    expect(read({})).toMatchObject({
      host: '127.0.0.1',
      port: 3000,
      auth: { mode: 'off' },
      defaultLocale: 'ko',
      rateLimitPerSecond: 0,
      warnings: [],
    });
  });

  it('take an empty variable as not set', () => {
    expect(read({ PORT: '', OPS_PORT: '', AUTH_MODE: '', JWT_ISSUER: undefined })).toMatchObject({ port: 3000 });
  });

  it.each([
    [{ PORT: '70000' }, /PORT/],
    [{ PORT: 'abc' }, /PORT: must be a whole number/],
    [{ AUTH_MODE: 'none' }, /AUTH_MODE/],
    [{ DEFAULT_LOCALE: 'fr' }, /DEFAULT_LOCALE/],
    [{ IDEMPOTENCY_REQUIRED: 'yes' }, /IDEMPOTENCY_REQUIRED/],
    [{ RATE_LIMIT_PER_SECOND: '-1' }, /RATE_LIMIT_PER_SECOND/],
    [{ HOST: '0.0.0.0' }, /HOST=0\.0\.0\.0.*AUTH_OFF_ALLOW_REMOTE/],
    [{ OPS_PORT: '9000', OPS_HOST: '::' }, /OPS_HOST/],
    [{ AUTH_MODE: 'jwt' }, /JWT_JWKS_URL or JWT_HS256_SECRET/],
    [{ ...jwt, JWT_JWKS_URL: 'https://id.example/keys' }, /only one/],
    [{ ...jwt, JWT_HS256_SECRET: 's'.repeat(31) }, /at least 32 bytes/],
    [{ ...jwt, JWT_ISSUER: '' }, /JWT_ISSUER and JWT_AUDIENCE/],
    [{ ...jwt, JWT_AUDIENCE: '' }, /JWT_ISSUER and JWT_AUDIENCE/],
    [{ ...jwt, JWT_ALGORITHMS: 'RS256' }, /JWT_ALGORITHMS may only narrow HS256/],
    [{ ...jwt, JWT_ALGORITHMS: 'none' }, /JWT_ALGORITHMS/],
    [{ ...jwt, JWT_HS256_SECRET: '', JWT_JWKS_URL: 'ftp://id.example' }, /JWT_JWKS_URL/],
    [{ ...jwt, JWT_HS256_SECRET: '', JWT_JWKS_URL: 'https://id.example', JWT_ALGORITHMS: 'HS256' }, /JWT_ALGORITHMS/],
  ])('refuse %j and name the variable', (environment, message) => {
    expect(() => read(environment)).toThrow(message);
  });

  it('refuse a service without authentication settings, whose default is jwt', () => {
    expect(() => read({}, 'jwt')).toThrow(/JWT_/);
  });

  it('open an unauthenticated shop to the network only on a second word, and then warn', () => {
    expect(read({ HOST: '0.0.0.0', AUTH_OFF_ALLOW_REMOTE: 'true' }).warnings).toHaveLength(1);
    expect(read({ ...jwt, HOST: '0.0.0.0' }).warnings).toEqual([]);
  });

  it('narrow the algorithms of a key source', () => {
    const settings = read({ ...jwt, JWT_HS256_SECRET: '', JWT_JWKS_URL: 'https://id.example/keys', JWT_ALGORITHMS: 'ES256' });
    expect(settings.auth).toMatchObject({ keys: { source: 'jwks' }, algorithms: ['ES256'] });
  });
});
