import { describe, expect, it } from '@jest/globals';
import { masked } from './masked.js';

describe('a setting that is shown', () => {
  it.each([
    ['JWT_HS256_SECRET', 'canary', '[redacted]'],
    ['KAFKA_SASL_PASSWORD', 'canary', '[redacted]'],
    ['EVENTSTOREDB_URL', 'esdb://shop:canary@one,two:2113?tls=true', 'esdb://[redacted]@one,two:2113?tls=true'],
    ['EVENTSTOREDB_URL', 'esdb://shop:can@ary/@one:2113', 'esdb://[redacted]@one:2113'],
    ['JWT_JWKS_URL', 'https://canary@id.example/keys', 'https://[redacted]@id.example/keys'],
    [
      'MONGODB_URL',
      'mongodb://one/?authMechanismProperties=AWS_SESSION_TOKEN:canary&tlsCertificateKeyFilePassword=canary&replicaSet=rs0',
      'mongodb://one/?authMechanismProperties=AWS_SESSION_TOKEN:[redacted]&tlsCertificateKeyFilePassword=[redacted]&replicaSet=rs0',
    ],
  ])('%s=%s is shown as %s', (name, value, shown) => {
    expect(masked(name, value)).toBe(shown);
  });

  it.each([
    ['EVENTSTOREDB_URL', 'esdb://one:2113?tls=false'],
    ['PORT', 3_001],
    ['OPS_PORT', undefined],
    ['CORS_ORIGINS', ['https://shop.example']],
  ])('%s=%s is shown as it is', (name, value) => {
    expect(masked(name, value)).toBe(value);
  });
});
