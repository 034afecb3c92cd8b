import { MongoClient, MongoServerError, type Collection, type FindCursor, type MongoClientOptions } from 'mongodb';
import { ReadStoreUnavailableError } from '../read-store.js';
import { duplicateKey, type Filter, type FindOptions, type LeaseRow, type MongoDriver, type Row } from './driver.js';
import { bulkOutcome } from './bulk-outcome.js';
import { answering, translated } from './faults.js';

/** Not a name that a collection of documents can have. */
const leaseCollection = '_leases';
const readLimit = { maxTimeMS: 5_000 } as const;
/** The driver has no default for what a cursor fetches; a scan mostly stops early, a list is wanted whole. */
const fetched = { scan: 20, most: 1_000 } as const;
const namespaceNotFound = 26;
const namespaceExists = 48;

/**
 * What the connection string says otherwise does not count: majority and primary are the only pair that reads what was written whatever
 * fails (a write of one member can be rolled back while the checkpoint stays), and the driver waits for ever by default in two places.
 */
const clientOptions: MongoClientOptions = {
  writeConcern: { w: 'majority', wtimeoutMS: 5_000 },
  readConcern: { level: 'majority' },
  readPreference: 'primary',
  retryReads: true,
  retryWrites: true,
  connectTimeoutMS: 3_000,
  waitQueueTimeoutMS: 2_000,
  socketTimeoutMS: 15_000,
  maxPoolSize: 32,
  ignoreUndefined: false, // else a filter of an undefined id would match everything
  appName: 'shop',
};

/** The URL holds a password: what is wrong with it is not told by the driver's own words. */
const clientOf = (url: string, serverSelectionTimeoutMS: number): MongoClient => {
  try {
    return new MongoClient(url, { ...clientOptions, serverSelectionTimeoutMS });
  } catch {
    throw new TypeError('the URL of MongoDB is not a connection string that the driver understands');
  }
};

/** Whether the driver takes it for a connection string. Asks no server. */
export const isMongoUrl = (url: string): boolean => {
  try {
    clientOf(url, 1);
    return true;
  } catch {
    return false;
  }
};

const hasCode = (error: unknown, code: number): boolean => error instanceof MongoServerError && error.code === code;
const unless =
  <Result>(code: number, result: Result) =>
  (error: unknown): Result => {
    if (hasCode(error, code)) return result;
    throw error;
  };

const limited = <Found extends object>(cursor: FindCursor<Found>, { sort, limit, skip }: FindOptions): FindCursor<Found> => {
  if (sort) cursor.sort(new Map(sort));
  if (limit !== undefined) cursor.limit(limit);
  if (skip !== undefined) cursor.skip(skip);
  return cursor;
};

/**
 * Connects before the first call. Left to itself the driver does so once: where that fails, the client keeps a closed topology and refuses
 * everything for ever, however long the server has been back. Once connected it finds its servers again by itself.
 */
const connecting = (client: MongoClient) => {
  let isConnected = false;
  let isClosed = false;
  return {
    connect: async (): Promise<void> => {
      if (isConnected) return;
      if (isClosed) throw new ReadStoreUnavailableError('the read store is closed');
      await client.connect();
      isConnected = true;
    },
    close: async (): Promise<void> => {
      isClosed = true;
      await client.close();
    },
  };
};

/** MongoDB by its driver. Connects when first asked, and again whenever it has to. @throws TypeError where the URL is none */
export const mongodbDriver = (url: string, databaseName: string, findServerWithinMs = 3_000): MongoDriver => {
  const client = clientOf(url, findServerWithinMs);
  const { connect, close } = connecting(client);
  const database = client.db(databaseName);
  const rows = (collection: string): Collection<Row> => database.collection<Row>(collection);
  const leases = database.collection<LeaseRow>(leaseCollection);
  const asked = <Result>(work: () => Promise<Result>): Promise<Result> => answering(() => connect().then(work));

  const find: MongoDriver['find'] = (collection, filter, options) => {
    const batchSize = Math.min(fetched.most, (options.limit ?? fetched.most) + 1); // one more closes the cursor with the first answer
    return asked(() => limited(rows(collection).find(filter, { ...readLimit, batchSize }), options).toArray());
  };
  const scan = async function* (collection: string, filter: Filter, options: FindOptions) {
    await asked(async () => undefined);
    const cursor = limited(rows(collection).find(filter, { ...readLimit, batchSize: fetched.scan }), options);
    try {
      yield* cursor;
    } catch (error) {
      throw translated(error);
    } finally {
      await cursor.close().catch(() => undefined);
    }
  };
  const versions: MongoDriver['versions'] = (collection) => {
    const options = { ...readLimit, projection: { _id: 1, guard: 1 }, sort: { _id: 1 }, batchSize: fetched.most } as const;
    return asked(() => rows(collection).find({}, options).toArray());
  };
  const bulkWrite: MongoDriver['bulkWrite'] = (collection, operations) =>
    asked(async () => {
      try {
        const { insertedCount, matchedCount } = await rows(collection).bulkWrite([...operations], { ordered: false });
        return { inserted: insertedCount, matched: matchedCount, refusals: [], isDurable: true };
      } catch (error) {
        return bulkOutcome(error);
      }
    });
  const updateLease: MongoDriver['updateLease'] = (filter, set) => {
    const update = set.renewedAt ? { $set: set } : { $set: set, $currentDate: { renewedAt: true } as const };
    return asked(() => leases.findOneAndUpdate(filter, update, { returnDocument: 'after' }));
  };
  const serverTime = async (): Promise<Date> => {
    const hello = () => database.admin().command({ hello: 1 }, { readPreference: 'primary' });
    const { localTime }: { localTime?: unknown } = await asked(hello);
    if (localTime instanceof Date) return localTime;
    throw new Error('the server does not tell its time');
  };

  return {
    find,
    scan,
    versions,
    count: (collection, filter) => asked(() => rows(collection).countDocuments(filter, readLimit)),
    bulkWrite,
    deleteOne: async (collection, filter) => (await asked(() => rows(collection).deleteOne(filter))).deletedCount,
    findLease: (name) => asked(() => leases.findOne({ _id: name }, readLimit)),
    insertLease: (lease) => asked(() => leases.insertOne(lease).then(() => true, unless(duplicateKey, false))),
    updateLease,
    serverTime,
    createCollection: (collection) =>
      asked(() => database.createCollection(collection).then(() => undefined, unless(namespaceExists, undefined))),
    createIndex: async (collection, fields) => void (await asked(() => rows(collection).createIndex(new Map(fields)))),
    collections: async () => (await asked(() => database.listCollections({}, { nameOnly: true }).toArray())).map(({ name }) => name),
    drop: (collection) =>
      asked(() =>
        rows(collection)
          .drop()
          .then(() => undefined, unless(namespaceNotFound, undefined)),
      ),
    close,
  };
};
