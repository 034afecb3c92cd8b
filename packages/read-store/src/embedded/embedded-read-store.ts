import type { Clock } from '@shop/clock';
import type { GuardedWrite, Index, Order, Query, ReadStore, Stored } from '../read-store.js';
import { openInFolder, openInMemory, type Database, type SqlValue } from './database.js';
import { documentCache, type DocumentCache } from './document-cache.js';
import { leases } from './leases.js';
import { behind, indexSql, orderSql, table, totalOrder, whereSql, type Sql } from './query.js';
import { rowsIn, rowsSql, textsIn, type Cell, type StoredRow } from './stored-rows.js';
import { watchers, type Watchers } from './watchers.js';

export type EmbeddedReadStoreOptions = (
  | {
      /** The data folder, which one process owns; it must exist. */
      readonly folder: string;
      readonly inMemory?: undefined;
    }
  | {
      readonly folder?: undefined;
      /** Keeps nothing over a restart; for tests. */
      readonly inMemory: true;
    }
) & {
  readonly clock: Clock;
  /** Told when the file has to be built again from the log. */
  readonly log?: (message: string) => void;
  /** About how many characters of JSON may have their documents kept parsed, per collection. */
  readonly cacheSize?: number;
};

/** A scan reads pages and holds no cursor meanwhile: an open one would keep the write-ahead log growing. Pages grow, as most scans stop early. */
const pageSizes = { first: 20, most: 1_000 } as const;

// eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- the caller names what it stored in this collection
const trusted = <Document extends object>(stored: Stored<object>): Stored<Document> => stored as Stored<Document>;

const valueOf = ({ id, guard, document }: Stored<object>, field: string): SqlValue => {
  if (field === 'id' || field === 'guard') return field === 'id' ? id : guard;
  const value: unknown = Object.entries(document).find(([name]) => name === field)?.[1];
  if (typeof value === 'boolean') return Number(value);
  return typeof value === 'string' || typeof value === 'number' ? value : null;
};

/** Tables by collection; a collection nobody has written to or asked for is as good as an empty one. */
const tables = (database: Database) => {
  const known = new Set(
    database
      .bytes(`SELECT CAST(json_group_array(name) AS BLOB) FROM sqlite_master WHERE type = 'table'`, [], textsIn)
      .filter((name) => /^[a-z]/.test(name) && !/^(sqlite|libsql)_/.test(name)),
  );
  const ensureIndex = (collection: string, index: Index): void => {
    const { name, text } = indexSql(collection, index);
    const definition = `SELECT CAST(json_group_array(sql) AS BLOB) FROM sqlite_master WHERE type = 'index' AND name = ?`;
    const [known] = database.bytes(definition, [name], textsIn);
    if (known === text) return;
    if (known !== undefined) database.define(`DROP INDEX "${name}"`);
    database.define(text);
  };
  const ensure = (collection: string, indexes: readonly Index[]): void => {
    database.define(
      `CREATE TABLE IF NOT EXISTS ${table(collection)} (id TEXT PRIMARY KEY, guard TEXT NOT NULL, body TEXT NOT NULL) WITHOUT ROWID`,
    );
    for (const index of indexes) ensureIndex(collection, index);
    known.add(collection);
  };
  return {
    has: (collection: string) => {
      database.throwIfStopped();
      return known.has(collection);
    },
    names: () => {
      database.throwIfStopped();
      return [...known].sort();
    },
    ensure,
    drop: (collection: string): void => {
      database.define(`DROP TABLE IF EXISTS ${table(collection)}`);
      known.delete(collection);
    },
  };
};
type Tables = ReturnType<typeof tables>;

const reading = (database: Database, { has }: Tables, cache: DocumentCache) => {
  /** What the cache holds is always the version that stands in the file. Lists leave the cache as it is: one look at a catalogue must not push hot documents out. */
  const rowsOf =
    (collection: string) =>
    (cell: Cell): readonly StoredRow[] =>
      rowsIn(cell, (id) => cache.get(collection, id)?.document);
  const stored = <Document extends object>({ id, guard, document }: StoredRow): Stored<Document> =>
    trusted<Document>({ id, guard, document });
  const select = <Document extends object>(collection: string, where: Sql, rest: Sql): Stored<Document>[] =>
    has(collection)
      ? database
          .bytes(
            rowsSql(`SELECT id, guard, body FROM ${table(collection)}${where.text}${rest.text}`),
            [...where.values, ...rest.values],
            rowsOf(collection),
          )
          .map((row) => stored<Document>(row))
      : [];

  const load = <Document extends object>(collection: string, ids: readonly string[]): ReadonlyMap<string, Stored<Document>> => {
    database.throwIfStopped();
    const found = new Map<string, Stored<Document>>();
    const missing: string[] = [];
    for (const id of ids) {
      const kept = cache.get(collection, id);
      if (kept) found.set(id, trusted<Document>(kept));
      else missing.push(id);
    }
    if (missing.length === 0 || !has(collection)) return found;
    const sql = rowsSql(`SELECT id, guard, body FROM ${table(collection)} WHERE id IN (SELECT value FROM json_each(?))`);
    for (const row of database.bytes(sql, [JSON.stringify(missing)], rowsOf(collection))) {
      const one = stored<Document>(row);
      cache.put(collection, one, row.size);
      found.set(one.id, one);
    }
    return found;
  };

  const page = <Document extends object>(collection: string, where: Sql, order: readonly Order[], limit: number, skip: number) =>
    select<Document>(collection, where, { text: `${orderSql(order)} LIMIT ? OFFSET ?`, values: [limit, skip] });

  const scan = async function* <Document extends object>(collection: string, query: Pick<Query, 'where' | 'order'>) {
    const order = totalOrder(query.order);
    let after: Sql[] = [];
    for (let size: number = pageSizes.first; ; size = Math.min(2 * size, pageSizes.most)) {
      const documents = page<Document>(collection, whereSql(query.where, ...after), order, size, 0);
      yield* documents;
      const last = documents.at(-1);
      if (!last || documents.length < size) return;
      after = [
        behind(
          order,
          order.map(({ field }) => valueOf(last, field)),
        ),
      ];
    }
  };

  return {
    load,
    scan,
    find: <Document extends object>(collection: string, { where, order, limit, skip = 0 }: Query) =>
      page<Document>(collection, whereSql(where), totalOrder(order), limit, skip),
    count: (collection: string, where: Query['where']): number => {
      if (!has(collection)) return 0;
      const { text, values } = whereSql(where);
      return database.number(`SELECT count(*) FROM ${table(collection)}${text}`, values);
    },
  };
};

const writing = (database: Database, { ensure, has }: Tables, cache: DocumentCache, { tell }: Watchers) => {
  const put = (collection: string, { id, guard, from }: GuardedWrite<object>, body: string): boolean =>
    from === null
      ? database.run(`INSERT INTO ${table(collection)} VALUES (?, ?, ?) ON CONFLICT DO NOTHING`, [id, guard, body]) === 1
      : database.run(`UPDATE ${table(collection)} SET guard = ?, body = ? WHERE id = ? AND guard = ?`, [guard, body, id, from]) === 1;

  const write = (collection: string, writes: readonly GuardedWrite<object>[]): number => {
    if (writes.length === 0) return 0;
    if (!has(collection)) ensure(collection, []);
    let applied = 0;
    try {
      for (const one of writes) {
        const body = JSON.stringify(one.document);
        if (!put(collection, one, body)) continue;
        cache.put(collection, { id: one.id, guard: one.guard, document: one.document }, body.length);
        applied += 1;
      }
    } finally {
      if (applied > 0) tell(collection);
    }
    return applied;
  };
  const remove = (collection: string, id: string, guard: string): boolean => {
    if (!has(collection)) return false;
    const removed = database.run(`DELETE FROM ${table(collection)} WHERE id = ? AND guard = ?`, [id, guard]) === 1;
    if (removed) {
      cache.forget(collection, id);
      tell(collection);
    }
    return removed;
  };
  return { write, remove };
};

/** The read store of one process, in one file of its data folder. @throws ReadStoreUnavailableError where the file cannot be opened, or another process has it */
export const openEmbeddedReadStore = async (options: EmbeddedReadStoreOptions): Promise<ReadStore> => {
  const { folder, clock, log = () => undefined, cacheSize = 8 * 1024 * 1024 } = options;
  const database = folder === undefined ? openInMemory() : openInFolder(folder, log);
  const collections = tables(database);
  const cache = documentCache(cacheSize);
  const watching = watchers();
  const read = reading(database, collections, cache);
  const { write, remove } = writing(database, collections, cache, watching);
  return {
    ensureCollection: async (collection, indexes) => collections.ensure(collection, indexes),
    collections: async () => collections.names(),
    dropCollection: async (collection) => {
      collections.drop(collection);
      cache.forgetAll(collection);
      watching.tell(collection);
    },
    load: async (collection, ids) => read.load(collection, ids),
    write: async (collection, writes) => write(collection, writes),
    remove: async (collection, id, guard) => remove(collection, id, guard),
    find: async (collection, query) => read.find(collection, query),
    scan: read.scan,
    count: async (collection, where) => read.count(collection, where),
    watch: watching.watch,
    ...leases(database, clock),
    close: async () => database.close(),
  };
};
