import { describe, expect, it } from '@jest/globals';
import { inspect } from 'node:util';
import { MongoInvalidArgumentError, MongoNetworkError, MongoNetworkTimeoutError, MongoServerError } from 'mongodb';
import { ReadStoreUnavailableError } from '../read-store.js';
import { answering, translated } from './faults.js';

const fromServer = (code: number) => new MongoServerError({ message: 'the server says no', code });

describe('an error of MongoDB', () => {
  it('means that the store cannot answer now, whatever its kind', () => {
    const transient = [
      new MongoNetworkError('connection 3 to 127.0.0.1:27017 closed'),
      new MongoNetworkTimeoutError('timed out'),
      ...[10_107, 91, 189, 50, 64, 13, 18, 999_999].map(fromServer), // not primary, shutting down, stepped down, too slow, majority, rights, unknown
    ];
    for (const error of transient) expect(translated(error)).toBeInstanceOf(ReadStoreUnavailableError);
  });

  it('stays a fault where asking again would change nothing', () => {
    for (const error of [fromServer(2), fromServer(10_334), new MongoInvalidArgumentError('too large'), new TypeError('ours'), 'text'])
      expect(translated(error)).toBe(error);
  });

  it('tells what happened and nothing of how the client is set up', async () => {
    const error = Object.assign(fromServer(18), { client: { credentials: { password: 'hunter2' } } });
    const thrown: unknown = await answering(() => Promise.reject(error)).catch((reason: unknown) => reason);
    const told = inspect(thrown, { depth: null, showHidden: true });
    expect(told).toContain('MongoServerError 18');
    expect(told).toContain('the server says no');
    expect(told).not.toContain('hunter2');
  });
});
