import type { Clock } from '@shop/clock';
import { duplicateKey, type BulkOperation, type Filter, type FindOptions, type LeaseRow, type MongoDriver, type Row } from '../driver.js';

type Field = Row | LeaseRow;
const valueAt = (row: Field, path: string): unknown =>
  path
    .split('.')
    .reduce<unknown>((value, name) => (typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined), row);

/** MongoDB's order of what this store compares: nothing, numbers, text by code point, then the rest by number. */
const rank = (value: unknown): number =>
  value === null || value === undefined ? 0 : typeof value === 'number' ? 1 : typeof value === 'string' ? 2 : 3;
const compare = (one: unknown, other: unknown): number => {
  if (rank(one) !== rank(other)) return rank(one) - rank(other);
  if (typeof one === 'string' && typeof other === 'string') return Buffer.compare(Buffer.from(one), Buffer.from(other));
  return rank(one) === 0 ? 0 : Number(one) - Number(other);
};
/** A comparison meets values of its own type alone. */
const bracketed = (value: unknown, bound: unknown, holds: (order: number) => boolean): boolean =>
  typeof value === typeof bound && value !== null && bound !== null && holds(compare(value, bound));

const meetsOperator = (operator: string, value: unknown, bound: unknown): boolean => {
  switch (operator) {
    case '$eq':
      return value === bound;
    case '$in':
      return Array.isArray(bound) && bound.includes(value);
    case '$regex':
      return typeof value === 'string' && new RegExp(String(bound)).test(value);
    case '$lt':
      return bracketed(value, bound, (order) => order < 0);
    case '$lte':
      return bracketed(value, bound, (order) => order <= 0);
    case '$gt':
      return bracketed(value, bound, (order) => order > 0);
    case '$gte':
      return bracketed(value, bound, (order) => order >= 0);
    default:
      throw new Error(`${operator} is not of the subset that this store uses`);
  }
};
const meets = (row: Field, filter: Filter): boolean =>
  Object.entries(filter).every(([path, condition]) => {
    if (path === '$and') return Array.isArray(condition) && condition.every((part: Filter) => meets(row, part));
    const value = valueAt(row, path);
    if (typeof condition !== 'object' || condition === null) return value === condition;
    return Object.entries(condition).every(([operator, bound]) => meetsOperator(operator, value, bound));
  });

/** What MongoDB does with the calls of this store, in memory: for tests that change single calls of it. Its clock is the server's. */
export const inMemoryDriver = (serverClock: Pick<Clock, 'now'>): MongoDriver => {
  const collections = new Map<string, Map<string, Row>>();
  const heldLeases = new Map<string, LeaseRow>();
  const rowsOf = (collection: string): Map<string, Row> => {
    const rows = collections.get(collection) ?? new Map<string, Row>();
    collections.set(collection, rows);
    return rows;
  };
  const found = (collection: string, filter: Filter, { sort = [], skip = 0, limit = Infinity }: FindOptions): Row[] =>
    [...(collections.get(collection)?.values() ?? [])]
      .filter((row) => meets(row, filter))
      .sort((one, other) => sort.reduce((order, [path, sign]) => order || sign * compare(valueAt(one, path), valueAt(other, path)), 0))
      .slice(skip, skip + limit)
      .map((row) => structuredClone(row));

  const apply = (rows: Map<string, Row>, operation: BulkOperation): 'inserted' | 'matched' | 'duplicate' | 'none' => {
    if ('insertOne' in operation) {
      const { document } = operation.insertOne;
      if (rows.has(document._id)) return 'duplicate';
      rows.set(document._id, structuredClone(document));
      return 'inserted';
    }
    const { filter, replacement } = operation.replaceOne;
    const row = [...rows.values()].find((one) => meets(one, filter));
    if (!row) return 'none';
    rows.set(row._id, { _id: row._id, ...structuredClone(replacement) });
    return 'matched';
  };

  return {
    find: async (collection, filter, options) => found(collection, filter, options),
    scan: async function* (collection, filter, options) {
      yield* found(collection, filter, options);
    },
    versions: async (collection) => found(collection, {}, { sort: [['_id', 1]] }),
    count: async (collection, filter) => found(collection, filter, {}).length,
    bulkWrite: async (collection, operations) => {
      const results = operations.map((operation) => apply(rowsOf(collection), operation));
      const number = (result: (typeof results)[number]) => results.filter((one) => one === result).length;
      const refusals = Array<number>(number('duplicate')).fill(duplicateKey);
      return { inserted: number('inserted'), matched: number('matched'), refusals, isDurable: true };
    },
    deleteOne: async (collection, filter) => {
      const [row] = found(collection, filter, { limit: 1 });
      return row && rowsOf(collection).delete(row._id) ? 1 : 0;
    },
    findLease: async (name) => heldLeases.get(name) ?? null,
    insertLease: async (lease) => !heldLeases.has(lease._id) && heldLeases.set(lease._id, lease).has(lease._id),
    updateLease: async (filter, set) => {
      const lease = [...heldLeases.values()].find((one) => meets(one, filter));
      if (!lease) return null;
      const updated = { ...lease, renewedAt: serverClock.now(), ...set };
      heldLeases.set(lease._id, updated);
      return updated;
    },
    serverTime: async () => serverClock.now(),
    createCollection: async (collection) => void rowsOf(collection),
    createIndex: async (collection) => void rowsOf(collection),
    collections: async () => ['_leases', 'system.views', ...collections.keys()],
    drop: async (collection) => void collections.delete(collection),
    close: async () => undefined,
  };
};
