import { describe, expect, it } from '@jest/globals';
import { inspect } from 'node:util';
import { systemClock } from '@shop/clock';
import { ReadStoreUnavailableError } from '../read-store.js';
import type { MongoDriver } from './driver.js';
import { openMongoReadStore } from './index.js';
import { mongodbDriver } from './mongodb-driver.js';

/** A port that nobody listens on, and a patience that does not count. */
const unreachable = 'mongodb://shop:hunter2@127.0.0.1:1/?serverSelectionTimeoutMS=60000&w=1';
const row = { _id: 'a', guard: '1', document: {} };
const lease = { _id: 'sweeper', owner: 'A', epoch: 1, ttlMs: 1, renewedAt: new Date(0) };
const firstOf = (rows: AsyncIterable<unknown>) => rows[Symbol.asyncIterator]().next();

describe('MongoDB that cannot be reached', () => {
  const calls: Record<keyof MongoDriver, (driver: MongoDriver) => Promise<unknown>> = {
    find: ({ find }) => find('items', {}, { limit: 1 }),
    scan: ({ scan }) => firstOf(scan('items', {}, {})),
    versions: ({ versions }) => versions('items'),
    count: ({ count }) => count('items', {}),
    bulkWrite: ({ bulkWrite }) => bulkWrite('items', [{ insertOne: { document: row } }]),
    deleteOne: ({ deleteOne }) => deleteOne('items', {}),
    findLease: ({ findLease }) => findLease('sweeper'),
    insertLease: ({ insertLease }) => insertLease(lease),
    updateLease: ({ updateLease }) => updateLease({ _id: 'sweeper' }, { epoch: 2 }),
    serverTime: ({ serverTime }) => serverTime(),
    createCollection: ({ createCollection }) => createCollection('items'),
    createIndex: ({ createIndex }) => createIndex('items', [['guard', 1]]),
    collections: ({ collections }) => collections(),
    drop: ({ drop }) => drop('items'),
    close: ({ close }) => close().then(() => Promise.reject(new ReadStoreUnavailableError('closed'))),
  };

  it('is told of every call in time, never as an answer, and without the password', async () => {
    const began = performance.now();
    const errors = await Promise.all(
      Object.entries(calls).map(async ([name, call]) => {
        const driver = mongodbDriver(unreachable, 'shop', 300);
        const error: unknown = await call(driver).then(
          (answer) => ({ answer }),
          (reason: unknown) => reason,
        );
        await driver.close();
        return [name, error] as const;
      }),
    );
    for (const [name, error] of errors) expect([name, error]).toEqual([name, expect.any(ReadStoreUnavailableError)]);
    expect(performance.now() - began).toBeLessThan(4_000); // not the minute of the URL
    expect(inspect(errors, { depth: null, showHidden: true })).not.toContain('hunter2');
  });

  it('is tried anew by every call: a driver that failed to connect once would never do so again', async () => {
    const driver = mongodbDriver(unreachable, 'shop', 300);
    for (let turn = 0; turn < 2; turn += 1) {
      const error: unknown = await driver.count('items', {}).catch((reason: unknown) => reason);
      expect(inspect(error)).toContain('ECONNREFUSED');
    }
    await driver.close();
    await expect(driver.count('items', {})).rejects.toThrow('closed');
  });

  it('does not keep anybody from opening the store, but a URL that is none does, unseen', async () => {
    const open = (url: string) =>
      openMongoReadStore({ url, database: 'shop', clock: systemClock, random: Math.random, logger: { warn: () => undefined } });
    await (await open(unreachable)).close();
    const error: unknown = await open('mongdb://shop:hunter2@host').catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(TypeError);
    expect(inspect(error, { depth: null, showHidden: true })).not.toContain('hunter2');
  });
});
