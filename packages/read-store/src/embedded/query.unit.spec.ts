import { describe, expect, it } from '@jest/globals';
import Libsql from 'libsql';
import { endOfStatement, readModelIndexes, statementId } from '../read-models.js';
import { columnOf, fieldColumn, indexedFields, indexSql, orderSql, table, tableSql, totalOrder, whereSql } from './query.js';
import type { Query } from '../read-store.js';
import { rowsSql } from './stored-rows.js';

/** How the database would find a list in a collection with the indexes of a read model. */
const plan = (model: keyof typeof readModelIndexes, { where, order }: Pick<Query, 'where' | 'order'>): string => {
  const database = new Libsql(':memory:');
  database.exec(tableSql(model));
  const fields = indexedFields(readModelIndexes[model]);
  for (const field of fields) database.exec(`ALTER TABLE ${table(model)} ADD COLUMN ${fieldColumn(field)}`);
  for (const index of readModelIndexes[model]) database.exec(indexSql(model, index));
  const column = columnOf(new Set(fields));
  const { text, values } = whereSql(column, where);
  const rows = rowsSql(`SELECT id, guard, body FROM ${table(model)}${text}${orderSql(column, totalOrder(order))} LIMIT 20`);
  return JSON.stringify(database.prepare(`EXPLAIN QUERY PLAN ${rows}`).raw().all(values));
};

describe('lists of the shop', () => {
  it('are read in the order of an index, never sorted', () => {
    const lists = [
      plan('orders', {
        where: [{ field: 'userId', is: '=', value: 'u' }],
        order: [
          { field: 'paidAt', direction: 'descending' },
          { field: 'id', direction: 'descending' },
        ],
      }),
      plan('orders', {
        where: [
          { field: 'userId', is: '=', value: 'u' },
          { field: 'status', is: '=', value: 'CANCELLED' },
        ],
        order: [
          { field: 'paidAt', direction: 'descending' },
          { field: 'id', direction: 'descending' },
        ],
      }),
      plan('statement', {
        where: [
          { field: 'id', is: '>=', value: statementId('u', 0) },
          { field: 'id', is: '<', value: statementId('u', endOfStatement) },
          { field: 'type', is: '=', value: 'CHARGE' },
        ],
        order: [{ field: 'id', direction: 'descending' }],
      }),
      plan('products', {
        where: [{ field: 'status', is: '=', value: 'ACTIVE' }],
        order: [
          { field: 'createdAt', direction: 'ascending' },
          { field: 'productId', direction: 'ascending' },
        ],
      }),
      plan('best-sellers', {
        where: [{ field: 'day', is: '=', value: '2026-01-05' }],
        order: [
          { field: 'units', direction: 'descending' },
          { field: 'productId', direction: 'ascending' },
        ],
      }),
      plan('best-sellers', {
        where: [
          { field: 'day', is: '=', value: '2026-01-05' },
          { field: 'guard', is: '>', value: '0' },
        ],
        order: [{ field: 'guard', direction: 'ascending' }],
      }),
    ];
    for (const steps of lists) {
      expect(steps).toContain('USING INDEX');
      expect(steps).not.toContain('TEMP B-TREE');
    }
  });

  it('never take a name that could be more than a name', () => {
    for (const name of ['', 'a"b', 'a b', 'sqlite_master', '_leases', 'a;b']) expect(() => table(name)).toThrow(RangeError);
    expect(() => indexSql('items', { name: 'by"n', fields: [{ field: 'n', direction: 'ascending' }] })).toThrow(RangeError);
    expect(() => whereSql(columnOf(new Set()), [{ field: "a' OR 1", is: '=', value: 1 }])).toThrow(RangeError);
  });
});
