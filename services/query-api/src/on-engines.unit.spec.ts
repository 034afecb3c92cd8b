import { describe, expect, it } from '@jest/globals';
import { queryApiOnEngines } from './on-engines.js';

const good = { EVENTSTOREDB_URL: 'esdb://one:2113?tls=false', MONGODB_URL: 'mongodb://one', AUTH_MODE: 'off' };
const read = (changes: Readonly<Record<string, string>>) => queryApiOnEngines.readSettings({ ...good, ...changes });

describe('settings of query-api on engines', () => {
  it('have its own port and its own waits', () => {
    expect(read({ READ_WAIT_MS: '500' })).toMatchObject({ http: { port: 3_002 }, own: { READ_WAIT_MS: 500 } });
  });

  it('name everything that is wrong or missing at once', () => {
    const wrong = () =>
      read({ MONGODB_URL: '', MONGODB_DATABASE: '$', READ_WAIT_MS: '0', READ_WAITERS_MAX: 'many', EVENTSTOREDB_LEASE_MS: '1e3' });
    for (const name of ['MONGODB_URL', 'MONGODB_DATABASE', 'READ_WAIT_MS', 'READ_WAITERS_MAX', 'EVENTSTOREDB_LEASE_MS'])
      expect(wrong).toThrow(new RegExp(`\n  ${name}: `));
  });
});
