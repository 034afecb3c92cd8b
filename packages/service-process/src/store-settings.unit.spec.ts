import { describe, expect, it } from '@jest/globals';
import { readVariables } from '@shop/http';
import { storeSettings, storeVariables } from './store-settings.js';

const good = { EVENTSTOREDB_URL: 'esdb://one:2113?tls=false', MONGODB_URL: 'mongodb://one:27017/?replicaSet=rs0' };
const read = (changes: Readonly<Record<string, string>> = {}) => storeSettings(readVariables(storeVariables, { ...good, ...changes }));
const production = { NODE_ENV: 'production' };
const secured = {
  EVENTSTOREDB_URL: 'esdb://shop:long-and-secret@one,two,three:2113',
  MONGODB_URL: 'mongodb://shop:long-and-secret@one:27017/?tls=true',
};

describe('settings of the stores', () => {
  it('are two addresses; all else has a default', () => {
    expect(read()).toEqual({
      eventStoreDb: { url: good.EVENTSTOREDB_URL, leaseMs: 500 },
      mongoDb: { url: good.MONGODB_URL, database: 'shop' },
      production: false,
      warnings: [],
    });
  });

  it.each([
    [{ EVENTSTOREDB_URL: '' }, /EVENTSTOREDB_URL: must be set/],
    [{ EVENTSTOREDB_URL: 'http://one:2113' }, /EVENTSTOREDB_URL: http:\/\/ is not understood/],
    [{ EVENTSTOREDB_URL: 'esdb://one:2113?throwOnAppendFailure=false' }, /EVENTSTOREDB_URL: throwOnAppendFailure/],
    [{ EVENTSTOREDB_LEASE_MS: '501' }, /EVENTSTOREDB_LEASE_MS/],
    [{ MONGODB_URL: '' }, /MONGODB_URL: must be set/],
    [{ MONGODB_URL: 'one:27017' }, /MONGODB_URL: must be a connection string/],
    [{ MONGODB_DATABASE: 'the shop' }, /MONGODB_DATABASE: must be/],
  ])('refuse %j and name the variable', (changes, message) => {
    expect(() => read(changes)).toThrow(message);
  });

  it('never repeat a password in what they say', () => {
    const changes = { EVENTSTOREDB_URL: 'esdb://shop:can:ary@one', MONGODB_URL: 'mongodb://shop:can/ary@one' };
    expect(() => read(changes)).toThrow(expect.objectContaining({ message: expect.not.stringMatching(/can|ary/) }));
  });

  it('refuse the passwords of everybody’s manuals in production, and take them elsewhere', () => {
    const wellKnown = { EVENTSTOREDB_URL: 'esdb://admin:changeit@one:2113', MONGODB_URL: 'mongodb://root:example@one:27017/?tls=true' };
    expect(read(wellKnown).production).toBe(false);
    expect(() => read({ ...wellKnown, ...production })).toThrow(
      /EVENTSTOREDB_URL: the default password of admin.*\n.*MONGODB_URL: the well-known/,
    );
    expect(() => read({ ...secured, ...production, MONGODB_URL: 'mongodb://shop:shop@one/?tls=true' })).toThrow(/MONGODB_URL/);
  });

  it('warn of every connection without TLS in production', () => {
    expect(read({ ...secured, ...production }).warnings).toEqual([]);
    expect(read({ ...secured, ...production, MONGODB_URL: 'mongodb+srv://shop:long-and-secret@one' }).warnings).toEqual([]);
    expect(read(production).warnings).toEqual([expect.stringMatching(/^EVENTSTOREDB_URL/), expect.stringMatching(/^MONGODB_URL/)]);
  });
});
