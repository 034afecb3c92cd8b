import type { Condition, Index, Order, Value } from '../read-store.js';
import type { SqlValue } from './database.js';

/** A piece of SQL with the values for its `?`s. */
export type Sql = { readonly text: string; readonly values: readonly SqlValue[] };

const collectionName = /^[a-z][A-Za-z0-9_-]{0,99}$/;
const fieldName = /^[A-Za-z][A-Za-z0-9]{0,63}$/;
const indexName = /^[a-z][a-z0-9-]{0,63}$/;

const checked = (name: string, form: RegExp, what: string): string => {
  if (!form.test(name)) throw new RangeError(`${JSON.stringify(name)} is no name for ${what}`);
  return name;
};

export const table = (collection: string): string => {
  if (collection.startsWith('sqlite_') || collection.startsWith('libsql_'))
    throw new RangeError(`${collection} is a name of the database's own`);
  return `"${checked(collection, collectionName, 'a collection')}"`;
};
/** The expression must be the same text in index and query, or the index is not used. */
const column = (field: string): string =>
  field === 'id' || field === 'guard' ? field : `(body ->> '$.${checked(field, fieldName, 'a field')}')`;

const sqlValue = (value: Value): SqlValue => (typeof value === 'boolean' ? Number(value) : value);

const conditionSql = (condition: Condition): Sql => {
  const field = column(condition.field);
  switch (condition.is) {
    case 'in': // one statement whatever the number of values
      return { text: `${field} IN (SELECT value FROM json_each(?))`, values: [JSON.stringify(condition.values)] };
    case 'contains':
      return { text: `instr(${field}, ?) > 0`, values: [condition.value] };
    case '=':
    case '<':
    case '<=':
    case '>':
    case '>=':
      return { text: `${field} ${condition.is} ?`, values: [sqlValue(condition.value)] };
  }
};

export const joined = (parts: readonly Sql[], separator: string): Sql => ({
  text: parts.map(({ text }) => text).join(separator),
  values: parts.flatMap(({ values }) => values),
});

export const whereSql = (conditions: readonly Condition[], ...more: readonly Sql[]): Sql => {
  const parts = [...conditions.map(conditionSql), ...more];
  return parts.length === 0 ? { text: '', values: [] } : joined([{ text: ' WHERE ', values: [] }, joined(parts, ' AND ')], '');
};

/** Total: ties of the fields asked for go by id, which every index ends with in a table without rowid. */
export const totalOrder = (order: readonly Order[]): readonly Order[] =>
  order.some(({ field }) => field === 'id') ? order : [...order, { field: 'id', direction: 'ascending' }];

const directionSql = { ascending: '', descending: ' DESC' } as const;
const orderedColumn = ({ field, direction }: Order): string => `${column(field)}${directionSql[direction]}`;
export const orderSql = (order: readonly Order[]): string => ` ORDER BY ${order.map(orderedColumn).join(', ')}`;

/** What comes later than `value` by one field; null, a missing field, comes before all others. */
const later = ({ field, direction }: Order, value: SqlValue): Sql => {
  if (direction === 'ascending')
    return value === null ? { text: `${column(field)} IS NOT NULL`, values: [] } : { text: `${column(field)} > ?`, values: [value] };
  return value === null ? { text: '0', values: [] } : { text: `(${column(field)} < ? OR ${column(field)} IS NULL)`, values: [value] };
};

/** Everything behind a document with these values, in a total order: the next page, whatever was written in between. */
export const behind = (order: readonly Order[], values: readonly SqlValue[]): Sql => {
  const alternatives = order.map((last, index) => {
    const equal = order.slice(0, index).map(({ field }, at): Sql => ({ text: `${column(field)} IS ?`, values: [values[at] ?? null] }));
    return joined([...equal, later(last, values[index] ?? null)], ' AND ');
  });
  const all = joined(alternatives, ') OR (');
  const either: Sql = { text: `((${all.text}))`, values: all.values };
  const [first] = order;
  const from = values[0] ?? null;
  // Redundant, but it lets the database start at that place of the index instead of walking up to it.
  return first?.direction === 'ascending' && from !== null
    ? joined([{ text: `${column(first.field)} >= ?`, values: [from] }, either], ' AND ')
    : either;
};

export const indexSql = (collection: string, { name, fields }: Index): { readonly name: string; readonly text: string } => {
  const full = `${collection}/${checked(name, indexName, 'an index')}`;
  return { name: full, text: `CREATE INDEX "${full}" ON ${table(collection)} (${fields.map(orderedColumn).join(', ')})` };
};
