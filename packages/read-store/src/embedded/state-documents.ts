import { namesGeneration, stateCollections } from '../projection-state.js';
import type { GuardedWrite, Query, Stored } from '../read-store.js';
import type { Database } from './database.js';
import { inOrder, matching } from './matching.js';
import { table, totalOrder } from './query.js';
import { rowsIn, rowsSql } from './stored-rows.js';
import type { Tables } from './tables.js';

type Documents = Map<string, Stored<object>>;
/** A document as it is to stand in the file; undefined where it was removed. */
type Change = { readonly collection: string; readonly id: string; readonly stored: Stored<object> | undefined };

/**
 * What stands beside the read models: checkpoints, which generation serves, parked streams. Few and small, so all of it is in memory, and
 * queries are answered there. The file gets it as it was at one moment, in one transaction, after all documents of that moment.
 */
export const stateDocuments = (database: Database, tables: Tables) => {
  const collections = new Map<string, Documents>();
  const changes = new Map<string, Change>();

  const read = (collection: string): Documents =>
    new Map(
      database
        .bytes(rowsSql(`SELECT id, guard, body FROM ${table(collection)}`), [], (cell) => rowsIn(cell, () => undefined))
        .map(({ stored }) => [stored.id, stored]),
    );
  const all = (collection: string): Documents => {
    const exists = tables.has(collection);
    const known = collections.get(collection);
    if (known) return known;
    const documents = exists ? read(collection) : new Map<string, Stored<object>>();
    if (exists) collections.set(collection, documents);
    return documents;
  };
  const change = (collection: string, id: string, stored: Stored<object> | undefined): void => {
    if (stored) all(collection).set(id, stored);
    else all(collection).delete(id);
    changes.set(JSON.stringify([collection, id]), { collection, id, stored });
  };
  const sorted = (collection: string, { where, order }: Pick<Query, 'where' | 'order'>): Stored<object>[] =>
    matching(all(collection).values(), where).sort(inOrder(totalOrder(order)));

  return {
    load: (collection: string, ids: readonly string[]): Documents => {
      const documents = all(collection);
      const found: Documents = new Map();
      for (const id of ids) {
        const stored = documents.get(id);
        if (stored) found.set(id, stored);
      }
      return found;
    },
    write: (collection: string, writes: readonly GuardedWrite<object>[]): number => {
      if (!tables.has(collection)) tables.ensure(collection, []);
      let applied = 0;
      for (const { id, guard, document, from } of writes) {
        if ((all(collection).get(id)?.guard ?? null) !== from) continue;
        change(collection, id, { id, guard, document });
        applied += 1;
      }
      return applied;
    },
    remove: (collection: string, id: string, guard: string): boolean => {
      if (all(collection).get(id)?.guard !== guard) return false;
      change(collection, id, undefined);
      return true;
    },
    find: (collection: string, query: Query): Stored<object>[] => {
      const { skip = 0, limit } = query;
      return sorted(collection, query).slice(skip, skip + limit);
    },
    scan: sorted,
    count: (collection: string, where: Query['where']): number => matching(all(collection).values(), where).length,
    forget: (collection: string): void => {
      collections.delete(collection);
      for (const [key, one] of changes) if (one.collection === collection) changes.delete(key);
    },
    unwrittenCount: () => changes.size,
    /** What has changed by now; `writeAll` may come later, after documents that stand by now. */
    changes: (): ReadonlyMap<string, Change> => new Map(changes),
    /** Those changes that speak of no document here, such as how far the order feed is: they need not come after any. */
    changesOnTheirOwn: (): ReadonlyMap<string, Change> =>
      new Map([...changes].filter(([, { collection, id }]) => collection === stateCollections.checkpoints && !namesGeneration(id))),
    writeAll: (cut: ReadonlyMap<string, Change>): void => {
      const due = [...cut].filter(([key]) => changes.has(key));
      if (due.length === 0) return;
      try {
        database.begin();
        for (const [, { collection, id, stored }] of due)
          if (stored) tables.put(collection, stored, JSON.stringify(stored.document));
          else tables.delete(collection, id);
        database.commit();
      } catch (error) {
        database.rollBack();
        throw error;
      }
      for (const [key, written] of due) if (changes.get(key) === written) changes.delete(key);
    },
  };
};
export type StateDocuments = ReturnType<typeof stateDocuments>;
