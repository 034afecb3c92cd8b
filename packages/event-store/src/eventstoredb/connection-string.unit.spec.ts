import { describe, expect, it } from '@jest/globals';
import { ConnectionStringError, parseConnectionString } from './connection-string.js';

describe('the connection string of EventStoreDB', () => {
  it('gives user and password to the calls and keeps them out of what the client gets', () => {
    expect(parseConnectionString('esdb://shop:p%40ss%3Aword@db:2113?tlsCAFile=/ca.pem')).toEqual({
      url: 'esdb://db:2113?tlsCAFile=/ca.pem',
      credentials: { username: 'shop', password: 'p@ss:word' },
    });
  });

  it('has a pair for servers without TLS, which take any: calls without one go over the shared append stream', () => {
    const { url, credentials } = parseConnectionString('esdb://127.0.0.1:2113?tls=false');
    expect(url).toBe('esdb://127.0.0.1:2113?tls=false');
    expect(credentials.username).not.toBe('');
  });

  it('does not wait long for the gossip of a frozen node of a cluster', () => {
    expect(parseConnectionString('esdb://u:p@a:1,b:2,c:3').url).toBe('esdb://a:1,b:2,c:3?gossipTimeout=1');
    expect(parseConnectionString('esdb+discover://u:p@cluster:2113').url).toBe('esdb+discover://cluster:2113?gossipTimeout=1');
    expect(parseConnectionString('esdb://u:p@a,b?gossiptimeout=3').url).toBe('esdb://a,b?gossipTimeout=3');
    expect(parseConnectionString('esdb://u:p@a').url).toBe('esdb://a');
  });

  it.each([
    ['kurrentdb://u:p@db:2113', /kurrentdb:\/\/ is not understood/],
    ['db:2113', /begins with esdb/],
    ['esdb://u:p@', /one host or several/],
    ['esdb://u:p@a b', /one host or several/],
    ['esdb+discover://u:p@a,b', /takes one name/],
    ['esdb://u:se:cret@db', /second colon/],
    ['esdb://u:%zz@db', /percent-encoded/],
    ['esdb://u@db', /both needed/],
    ['esdb://db:2113', /needs user:password/],
    ['esdb://db:2113?tls=true', /needs user:password/],
    ['esdb://db:2113?tls=False', /tls is true or false/],
    ['esdb://u:p@db?throwOnAppendFailure=false', /answers conflicts as successes/],
    ['esdb://u:p@db?throwOnAppendFailure=true', /answers conflicts as successes/],
    ['esdb://u:p@db?tlsVerifyCert=false', /ignores it/],
    ['esdb://u:p@db?userCertFile=/a&userKeyFile=/b', /certificate alone/],
    ['esdb://u:p@db?colour=red', /colour is no option/],
    ['esdb://u:p@db?', /no option/],
    ['esdb://u:p@db?tls=true?x', /second question mark/],
    ['esdb://u:p@db?keepAliveInterval=-1', /whole number/],
    ['esdb://u:p@db?keepAliveInterval=5000', /at least 10000/],
    ['esdb://u:p@db?nodePreference=follower', /need the leader/],
  ])('refuses %s, and says why', (text, reason) => {
    expect(() => parseConnectionString(text)).toThrow(ConnectionStringError);
    expect(() => parseConnectionString(text)).toThrow(reason);
  });

  it('refuses the password that everybody knows in production, and there alone', () => {
    const text = 'esdb://admin:changeit@db';
    expect(() => parseConnectionString(text, { production: true })).toThrow(/default password/);
    expect(parseConnectionString(text).credentials.username).toBe('admin');
  });

  it('never tells the password', () => {
    for (const text of ['kurrentdb://u:s3cret@db', 'esdb://u:s3:cret@db', 'esdb://u:s3cret@db?x=1', 'esdb://u:s3cret@a b']) {
      let message = '';
      try {
        parseConnectionString(text);
      } catch (error) {
        message = String(error);
      }
      expect(message).not.toBe('');
      expect(message).not.toContain('s3');
    }
  });
});
