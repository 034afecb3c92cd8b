import type { Clock, Random } from '@shop/clock';
import type { GuardedWrite, Query, ReadStore, Stored } from '../read-store.js';
import type { MongoDriver, Row } from './driver.js';
import { leases } from './leases.js';
import { mongodbDriver } from './mongodb-driver.js';
import { patience, type Logger, type Patience } from './patience.js';
import { collectionNamed, filterOf, indexFields, isCollectionName, sortOf } from './query.js';
import { watching } from './watching.js';
import { appliedOf, operationOf } from './writing.js';

export type MongoReadStoreOptions = {
  /** Connection string. A replica set for production; one server alone loses what it acknowledged when its disk does. */
  readonly url: string;
  readonly database: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
};

/** Most ids in one query, and most writes in one bulk. */
const mostInOneCall = 1_000;

const inParts = <Item>(items: readonly Item[]): readonly (readonly Item[])[] =>
  Array.from({ length: Math.ceil(items.length / mostInOneCall) }, (_, part) =>
    items.slice(part * mostInOneCall, (part + 1) * mostInOneCall),
  );

const stored = <Document extends object>({ _id, guard, document }: Row): Stored<Document> =>
  // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- the caller names what it stored in this collection
  ({ id: _id, guard, document: document as Document });

const reading = (driver: MongoDriver, { once, throwIfClosed }: Patience) => {
  const load = async <Document extends object>(
    collection: string,
    ids: readonly string[],
  ): Promise<ReadonlyMap<string, Stored<Document>>> => {
    const name = collectionNamed(collection);
    const found = new Map<string, Stored<Document>>();
    for (const part of inParts(ids))
      for (const row of await once(() => driver.find(name, { _id: { $in: part } }, { limit: part.length })))
        found.set(row._id, stored(row));
    return found;
  };
  const find = async <Document extends object>(collection: string, { where, order, limit, skip = 0 }: Query) => {
    const [name, filter, sort] = [collectionNamed(collection), filterOf(where), sortOf(order)];
    if (limit === 0) return []; // to MongoDB no limit at all
    return (await once(() => driver.find(name, filter, { sort, limit, skip }))).map((row) => stored<Document>(row));
  };
  const scan = async function* <Document extends object>(collection: string, { where, order }: Pick<Query, 'where' | 'order'>) {
    throwIfClosed();
    for await (const row of driver.scan(collectionNamed(collection), filterOf(where), { sort: sortOf(order) })) yield stored<Document>(row);
  };
  const count = async (collection: string, where: Query['where']): Promise<number> => {
    const [name, filter] = [collectionNamed(collection), filterOf(where)];
    return once(() => driver.count(name, filter));
  };
  return { load, find, scan, count };
};

const writing = (driver: MongoDriver, { repeated }: Patience) => ({
  write: async (collection: string, writes: readonly GuardedWrite<object>[]): Promise<number> => {
    const name = collectionNamed(collection);
    const operations = writes.map(operationOf);
    let applied = 0;
    for (const part of inParts(operations)) applied += await repeated(async () => appliedOf(await driver.bulkWrite(name, part)));
    return applied;
  },
  remove: async (collection: string, id: string, guard: string): Promise<boolean> => {
    const name = collectionNamed(collection);
    return (await repeated(() => driver.deleteOne(name, { _id: id, guard }))) === 1;
  },
});

const administering = (
  driver: MongoDriver,
  { throwIfClosed }: Patience,
): Pick<ReadStore, 'ensureCollection' | 'collections' | 'dropCollection'> => ({
  ensureCollection: async (collection, indexes) => {
    throwIfClosed();
    const name = collectionNamed(collection);
    await driver.createCollection(name);
    for (const index of indexes) await driver.createIndex(name, indexFields(index));
  },
  collections: async () => {
    throwIfClosed();
    return (await driver.collections()).filter(isCollectionName).sort();
  },
  dropCollection: async (collection) => {
    throwIfClosed();
    await driver.drop(collectionNamed(collection));
  },
});

/** The read store over a driver: everything but MongoDB itself. */
export const mongoReadStore = (
  driver: MongoDriver,
  { clock, random, logger }: Pick<MongoReadStoreOptions, 'clock' | 'random' | 'logger'>,
): ReadStore => {
  const waits = patience({ clock, random, logger });
  return {
    ...administering(driver, waits),
    ...reading(driver, waits),
    ...writing(driver, waits),
    watch: watching({
      versions: (collection) => waits.once(() => driver.versions(collectionNamed(collection))),
      clock,
      random,
      logger,
      closing: waits.closing,
    }),
    ...leases(driver, clock, waits),
    close: async () => {
      waits.close();
      await driver.close();
    },
  };
};

/**
 * The read store of many processes. Opening asks nothing of the server: one that is down is met by the first call, and used when it is back.
 * @throws TypeError where the URL is no connection string
 */
export const openMongoReadStore = async ({ url, database, ...parts }: MongoReadStoreOptions): Promise<ReadStore> =>
  mongoReadStore(mongodbDriver(url, database), parts);
