import type { Index, Stored } from '../read-store.js';
import type { Database, SqlValue } from './database.js';
import { valueOf } from './matching.js';
import { bodyField, columnOf, fieldColumn, indexedFields, indexSql, table, tableSql, type Column } from './query.js';
import { textsIn } from './stored-rows.js';

/** Tables by collection; a collection nobody has written to or asked for is as good as an empty one. */
export type Tables = {
  readonly has: (collection: string) => boolean;
  readonly names: () => readonly string[];
  readonly ensure: (collection: string, indexes: readonly Index[]) => void;
  readonly drop: (collection: string) => void;
  /** How SQL on the collection names fields. */
  readonly column: (collection: string) => Column;
  /** Writes a row. `before` is what stands there, where that is known: it spares the indexes that the change does not touch. */
  readonly put: (collection: string, stored: Stored<object>, body: string, before?: Stored<object>) => void;
  /** A document as a row of its collection's table. */
  readonly row: (collection: string, stored: Stored<object>) => Row;
  readonly putRow: (collection: string, row: Row) => void;
  readonly delete: (collection: string, id: string) => void;
};

/**
 * Id, guard, body and the fields that are indexed. The body as bytes: rows wait some seconds for their transaction, and the garbage collector
 * would copy strings twice meanwhile.
 */
export type Row = readonly [id: string, guard: string, body: Buffer, ...fields: SqlValue[]];

type Layout = { readonly indexed: readonly string[]; readonly column: Column; readonly put: string; readonly putBody: string };

const layoutOf = (collection: string, indexed: readonly string[]): Layout => {
  const columns = ['guard', 'body', ...indexed.map(fieldColumn)];
  const changes = columns.map((column) => `${column} = excluded.${column}`).join(', ');
  return {
    indexed,
    column: columnOf(new Set(indexed)),
    put: `INSERT INTO ${table(collection)} (id, ${columns.join(', ')}) VALUES (?, ?, CAST(? AS TEXT)${', ?'.repeat(indexed.length)}) ON CONFLICT (id) DO UPDATE SET ${changes}`,
    putBody: `UPDATE ${table(collection)} SET guard = ?, body = ? WHERE id = ?`,
  };
};

export const tables = (database: Database): Tables => {
  const texts = (sql: string, ...values: readonly string[]) => database.bytes(sql, values, textsIn);
  const known = new Set(
    texts(`SELECT CAST(json_group_array(name) AS BLOB) FROM sqlite_master WHERE type = 'table'`).filter(
      (name) => /^[a-z]/.test(name) && !/^(sqlite|libsql)_/.test(name),
    ),
  );
  const layouts = new Map<string, Layout>();

  const columnsInFile = (collection: string): readonly string[] =>
    texts(
      `SELECT CAST(json_group_array(substr(name, 7)) AS BLOB) FROM pragma_table_info(?) WHERE name LIKE 'field\\_%' ESCAPE '\\'`,
      collection,
    );
  const layout = (collection: string): Layout => {
    const made = layouts.get(collection) ?? layoutOf(collection, columnsInFile(collection));
    layouts.set(collection, made);
    return made;
  };
  const ensureColumns = (collection: string, indexes: readonly Index[]): void => {
    const there = columnsInFile(collection);
    const missing = indexedFields(indexes).filter((field) => !there.includes(field));
    if (missing.length === 0) return;
    for (const field of missing) database.define(`ALTER TABLE ${table(collection)} ADD COLUMN ${fieldColumn(field)}`);
    const filled = missing.map((field) => `${fieldColumn(field)} = ${bodyField(field)}`);
    database.define(`UPDATE ${table(collection)} SET ${filled.join(', ')}`);
    layouts.delete(collection);
  };
  /** Those of an earlier release go: each costs a little with every write. */
  const ensureIndexes = (collection: string, indexes: readonly Index[]): void => {
    const wanted = indexes.map((index) => indexSql(collection, index));
    const defined = texts(
      `SELECT CAST(json_group_array(sql) AS BLOB) FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL`,
      collection,
    );
    for (const text of defined) {
      const [, name = ''] = /^CREATE INDEX ("[^"]*")/.exec(text) ?? [];
      if (!wanted.includes(text)) database.define(`DROP INDEX ${name}`);
    }
    for (const text of wanted) if (!defined.includes(text)) database.define(text);
  };
  const rowOf = (collection: string, stored: Stored<object>, body: string): Row => [
    stored.id,
    stored.guard,
    Buffer.from(body),
    ...layout(collection).indexed.map((field) => valueOf(stored, field)),
  ];
  const putRow = (collection: string, row: Row): void => void database.run(layout(collection).put, row);
  return {
    has: (collection) => {
      database.throwIfStopped();
      return known.has(collection);
    },
    names: () => {
      database.throwIfStopped();
      return [...known].sort();
    },
    ensure: (collection, indexes) => {
      database.define(tableSql(collection));
      ensureColumns(collection, indexes);
      ensureIndexes(collection, indexes);
      known.add(collection);
    },
    drop: (collection) => {
      database.define(`DROP TABLE IF EXISTS ${table(collection)}`);
      known.delete(collection);
      layouts.delete(collection);
    },
    column: (collection) => layout(collection).column,
    put: (collection, stored, body, before) => {
      const { indexed, putBody } = layout(collection);
      if (before && indexed.every((field) => valueOf(before, field) === valueOf(stored, field)))
        database.run(putBody, [stored.guard, body, stored.id]);
      else putRow(collection, rowOf(collection, stored, body));
    },
    row: (collection, stored) => rowOf(collection, stored, JSON.stringify(stored.document)),
    putRow,
    delete: (collection, id) => void database.run(`DELETE FROM ${table(collection)} WHERE id = ?`, [id]),
  };
};
