import type { Condition, GuardedWrite, Order, Query, Stored } from '../read-store.js';
import type { Database } from './database.js';
import type { DocumentCache } from './document-cache.js';
import { matching, valueOf } from './matching.js';
import type { NewestGuards } from './newest-guards.js';
import { behind, orderSql, table, totalOrder, whereSql, type Sql } from './query.js';
import { rowsIn, rowsSql, type StoredRow } from './stored-rows.js';
import type { Row, Tables } from './tables.js';

/**
 * A document that is new to the file, as its row there: most of them, like orders, are not looked at before they are written, and until then
 * a row is far less for the garbage collector to carry than the objects of a document.
 */
type NewRow = { readonly guard: string; readonly row: Row };
type Unwritten = Stored<object> | NewRow;
// eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- made of a document by `tables.row`
const documentIn = ({ row: [, , body] }: NewRow): object => JSON.parse(body.toString()) as object;

type Kept = {
  /** Newer than what stands in the file. */
  readonly unwritten: Map<string, Unwritten>;
  /** Those of them that the file has no version of. */
  readonly inserted: Set<string>;
  /** For the fields of a query asked before, those that may stand in the file with other values, or not at all. */
  readonly unsettled: Map<string, Set<string>>;
  /** Ids that the last load has looked for in vain and nobody has written since. */
  missing: ReadonlySet<string>;
};

export type Pace = {
  readonly documentsPerStep: number;
  /** The more are committed together, the less often one page of an index is written; the longer takes that commit. */
  readonly stepsPerCommit: number;
};

const mostQueriesKnown = 16;
const nothing: ReadonlySet<string> = new Set();

/** A scan reads pages and holds no cursor meanwhile: an open one would keep the write-ahead log growing. Pages grow, as most scans stop early. */
const pageSizes = { first: 20, most: 1_000 } as const;

const fieldsOf = ({ where, order }: Pick<Query, 'where' | 'order'>): readonly string[] => [
  ...new Set([...where, ...order].map(({ field }) => field)),
];

/**
 * The documents of read models: too many for memory, so they stand in the file. Those that were changed lately are in memory and are written
 * some time later, each once, however often it changed. The cache holds what stands in the file, so that both together are exact.
 */
export const modelDocuments = (database: Database, tables: Tables, cache: DocumentCache, newest: NewestGuards) => {
  const collections = new Map<string, Kept>();
  let unwrittenCount = 0;
  let uncommitted: { readonly collection: string; readonly id: string; readonly unwritten: Unwritten }[] = [];

  const keptOf = (collection: string): Kept => {
    const known = collections.get(collection);
    if (known) return known;
    const kept: Kept = { unwritten: new Map(), inserted: new Set(), unsettled: new Map(), missing: nothing };
    collections.set(collection, kept);
    return kept;
  };

  /** What is unwritten of an id; looked at once, it stays a document. */
  const lookedAt = ({ unwritten }: Kept, id: string): Stored<object> | undefined => {
    const found = unwritten.get(id);
    if (!found || 'document' in found) return found;
    const stored: Stored<object> = { id, guard: found.guard, document: documentIn(found) };
    unwritten.set(id, stored);
    return stored;
  };

  const rowsById = (collection: string, ids: readonly string[]): readonly StoredRow[] =>
    database.bytes(
      rowsSql(`SELECT id, guard, body FROM ${table(collection)} WHERE id IN (SELECT value FROM json_each(?))`),
      [JSON.stringify(ids)],
      (cell) => rowsIn(cell, () => undefined),
    );
  const load = (collection: string, ids: readonly string[]): Map<string, Stored<object>> => {
    const known = tables.has(collection);
    const kept = keptOf(collection);
    const found = new Map<string, Stored<object>>();
    const missing = new Set<string>();
    for (const id of ids) {
      const stored = lookedAt(kept, id) ?? cache.get(collection, id);
      if (stored) found.set(id, stored);
      else missing.add(id);
    }
    if (missing.size === 0) return found;
    if (known)
      for (const { stored, size } of rowsById(collection, [...missing])) {
        cache.put(collection, stored, size);
        found.set(stored.id, stored);
        missing.delete(stored.id);
      }
    kept.missing = missing;
    return found;
  };

  const write = (collection: string, writes: readonly GuardedWrite<object>[]): number => {
    if (!tables.has(collection)) tables.ensure(collection, []);
    const kept = keptOf(collection);
    const { unwritten, inserted, unsettled, missing } = kept;
    const inMemory = writes.map(({ id }) => unwritten.get(id) ?? cache.peek(collection, id));
    const asked = writes.flatMap(({ id }, index) => (inMemory[index] || missing.has(id) ? [] : id));
    const inFile = new Map(asked.length === 0 ? [] : rowsById(collection, asked).map(({ stored }) => [stored.id, stored]));
    const before = unwritten.size;
    let applied = 0;
    writes.forEach(({ id, guard, document, from }, index) => {
      if (((inMemory[index] ?? inFile.get(id))?.guard ?? null) !== from) return;
      const stored = { id, guard, document };
      unwritten.set(id, from === null ? { guard, row: tables.row(collection, stored) } : stored);
      if (from === null) inserted.add(id);
      for (const ids of unsettled.values()) ids.add(id);
      newest.note(collection, guard);
      applied += 1;
    });
    unwrittenCount += unwritten.size - before;
    kept.missing = nothing; // some of them may stand now
    return applied;
  };

  const orRollBack = (work: () => void): void => {
    try {
      work();
    } catch (error) {
      database.rollBack();
      newest.rolledBack();
      for (const { collection, id } of uncommitted) cache.forget(collection, id);
      uncommitted = [];
      throw error;
    }
  };
  /** Writes documents to the file, each as it is now. They count as unwritten until they are committed. */
  const put = (collection: string, ids: readonly string[]): void =>
    orRollBack(() => {
      const { unwritten, inserted } = keptOf(collection);
      database.begin();
      newest.write();
      for (const id of ids) {
        const stored = unwritten.get(id);
        if (!stored) continue;
        uncommitted.push({ collection, id, unwritten: stored });
        inserted.delete(id);
        if ('row' in stored) {
          tables.putRow(collection, stored.row);
          continue;
        }
        const body = JSON.stringify(stored.document);
        const before = cache.peek(collection, id);
        tables.put(collection, stored, body, before);
        // What nobody has read before may never be read, like most orders: only what is in use stays in memory.
        if (before) cache.put(collection, stored, body.length);
      }
    });
  const commit = (): void => {
    orRollBack(database.commit);
    for (const { collection, id, unwritten: written } of uncommitted) {
      const unwritten = collections.get(collection)?.unwritten;
      if (unwritten?.get(id) !== written) continue;
      unwritten.delete(id);
      unwrittenCount -= 1;
    }
    uncommitted = [];
  };

  /**
   * Brings into the file what a query would else find in another place, or not at all; of the rest it reads what is in memory. What has
   * been judged for the same fields before is looked at again only where it has changed, or is not in the file yet.
   */
  const settle = (collection: string, where: readonly Condition[], fields: readonly string[]): Kept => {
    const kept = keptOf(collection);
    const { unwritten, inserted, unsettled } = kept;
    const ids = unsettled.get(fields.join()) ?? new Set(unwritten.keys());
    if (unsettled.size === mostQueriesKnown) unsettled.clear();
    unsettled.set(fields.join(), ids);
    const due: string[] = [];
    for (const id of ids) {
      const stored = lookedAt(kept, id);
      if (stored && inserted.has(id)) {
        if (matching([stored], where).length > 0) due.push(id);
        continue;
      }
      ids.delete(id);
      const inFile = cache.peek(collection, id);
      if (stored && (!inFile || fields.some((field) => valueOf(inFile, field) !== valueOf(stored, field)))) due.push(id);
    }
    if (due.length > 0) {
      put(collection, due);
      commit();
    }
    return kept;
  };
  const select = (collection: string, query: Pick<Query, 'where' | 'order'>, where: Sql, rest: Sql): Stored<object>[] => {
    if (!tables.has(collection)) return [];
    const kept = settle(collection, query.where, fieldsOf(query));
    // Lists leave the cache as it is: one look at a catalogue must not push hot documents out.
    const stands = (id: string) => lookedAt(kept, id) ?? cache.peek(collection, id);
    const sql = rowsSql(`SELECT id, guard, body FROM ${table(collection)}${where.text}${rest.text}`);
    return database.bytes(sql, [...where.values, ...rest.values], (cell) => rowsIn(cell, stands).map(({ stored }) => stored));
  };
  const page = (collection: string, query: Query, ...more: readonly Sql[]): Stored<object>[] => {
    const order = totalOrder(query.order);
    const values = [query.limit, query.skip ?? 0];
    const column = tables.column(collection);
    return select(collection, { where: query.where, order }, whereSql(column, query.where, ...more), {
      text: `${orderSql(column, order)} LIMIT ? OFFSET ?`,
      values,
    });
  };
  const scan = function* (
    collection: string,
    { where, order }: Pick<Query, 'where' | 'order'>,
  ): Generator<Stored<object>, void, undefined> {
    const total: readonly Order[] = totalOrder(order);
    let after: Sql[] = [];
    for (let limit: number = pageSizes.first; ; limit = Math.min(2 * limit, pageSizes.most)) {
      const documents = page(collection, { where, order: total, limit }, ...after);
      yield* documents;
      const last = documents.at(-1);
      if (!last || documents.length < limit) return;
      after = [
        behind(
          tables.column(collection),
          total,
          total.map(({ field }) => valueOf(last, field)),
        ),
      ];
    }
  };

  return {
    load,
    write,
    find: page,
    scan,
    count: (collection: string, where: Query['where']): number => {
      if (!tables.has(collection)) return 0;
      settle(collection, where, fieldsOf({ where, order: [] }));
      const { text, values } = whereSql(tables.column(collection), where);
      return database.number(`SELECT count(*) FROM ${table(collection)}${text}`, values);
    },
    remove: (collection: string, id: string, guard: string): boolean => {
      if (load(collection, [id]).get(id)?.guard !== guard) return false;
      commit();
      const { unwritten, inserted } = keptOf(collection);
      if (unwritten.delete(id)) unwrittenCount -= 1;
      inserted.delete(id);
      cache.forget(collection, id);
      tables.delete(collection, id);
      return true;
    },
    forget: (collection: string): void => {
      unwrittenCount -= collections.get(collection)?.unwritten.size ?? 0;
      collections.delete(collection);
      uncommitted = uncommitted.filter((one) => one.collection !== collection);
      cache.forgetAll(collection);
    },
    unwrittenCount: () => unwrittenCount,
    /** How many documents of a collection a query looks at one by one, as the file does not have them. */
    insertedCount: (collection: string): number => collections.get(collection)?.inserted.size ?? 0,
    /** Call before the columns of a collection change: rows are made for those that there are. */
    keepNoRows: (collection: string): void => {
      const kept = keptOf(collection);
      for (const id of kept.unwritten.keys()) lookedAt(kept, id);
    },
    /** Commits what is written so far of a `writeAll` under way. */
    commit,
    /** Writes out what is unwritten now, so many documents with each step. */
    writeAll: function* ({ documentsPerStep, stepsPerCommit }: Pace): Generator<void, void, undefined> {
      for (const [collection, { unwritten }] of [...collections]) {
        // In this order each step writes to few pages of the index of ids.
        const ids = [...unwritten.keys()].sort();
        for (let step = 1, at = 0; at < ids.length; step += 1, at += documentsPerStep) {
          put(collection, ids.slice(at, at + documentsPerStep));
          if (step % stepsPerCommit === 0) commit();
          yield;
        }
      }
      commit();
    },
  };
};
export type ModelDocuments = ReturnType<typeof modelDocuments>;
