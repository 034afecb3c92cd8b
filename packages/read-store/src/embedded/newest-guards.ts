import type { Database } from './database.js';
import { table } from './query.js';
import { textsIn } from './stored-rows.js';

const guards = '"_newest_guards"';

/**
 * The newest guard that each collection of read models ever had, kept so that nobody has to look through its documents. In the file it is
 * never behind them, as it goes there before them in their transaction; it may be ahead, of what waits in memory.
 */
export const newestGuards = (database: Database) => {
  database.define(`CREATE TABLE IF NOT EXISTS ${guards} (collection TEXT PRIMARY KEY, guard TEXT NOT NULL) WITHOUT ROWID`);
  const known = new Map<string, string | undefined>();
  /** As they stand in the file, the transaction that is open included; what is missing is written again. */
  const written = new Map<string, string>();

  const first = (sql: string, values: readonly string[]): string | undefined =>
    database.bytes(`SELECT CAST(json_group_array(guard) AS BLOB) FROM (${sql})`, values, textsIn)[0];
  /** The documents are asked where the file is from before guards were kept, or they are none. */
  const inFile = (collection: string): string | undefined =>
    first(`SELECT guard FROM ${guards} WHERE collection = ?`, [collection]) ??
    first(`SELECT guard FROM ${table(collection)} ORDER BY guard DESC LIMIT 1`, []);
  const of = (collection: string): string | undefined => {
    if (!known.has(collection)) known.set(collection, inFile(collection));
    return known.get(collection);
  };
  return {
    /** Of a collection that there is; undefined where it never had a document. */
    of,
    note: (collection: string, guard: string): void => {
      const newest = of(collection);
      if (newest === undefined || newest < guard) known.set(collection, guard);
    },
    /** Call in a transaction, before documents are written in it. */
    write: (): void => {
      for (const [collection, guard] of known) {
        if (guard === undefined || written.get(collection) === guard) continue;
        database.run(`INSERT INTO ${guards} VALUES (?, ?) ON CONFLICT (collection) DO UPDATE SET guard = excluded.guard`, [
          collection,
          guard,
        ]);
        written.set(collection, guard);
      }
    },
    /** What was written since the last commit is gone. */
    rolledBack: (): void => written.clear(),
    /** Call before a collection goes. */
    forget: (collection: string): void => {
      known.delete(collection);
      written.delete(collection);
      database.run(`DELETE FROM ${guards} WHERE collection = ?`, [collection]);
    },
  };
};
export type NewestGuards = ReturnType<typeof newestGuards>;
