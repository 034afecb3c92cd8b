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
/** @throws RangeError for what could be more than a name */
export const checkedField = (field: string): string => checked(field, fieldName, 'a field');

/** How a collection's SQL names a field. */
export type Column = (field: string) => string;
const isOfEnvelope = (field: string): boolean => field === 'id' || field === 'guard';
/** The column that holds an indexed field of the document beside its body. */
export const fieldColumn = (field: string): string => `"field_${checkedField(field)}"`;
/** Fields with a column of their own are read from it, others from the body. */
export const columnOf =
  (indexed: ReadonlySet<string>): Column =>
  (field) => {
    if (isOfEnvelope(field)) return field;
    return indexed.has(field) ? fieldColumn(field) : bodyField(field);
  };
export const bodyField: Column = (field) => `(body ->> '$.${checkedField(field)}')`;

export const sqlValue = (value: Value): SqlValue => (typeof value === 'boolean' ? Number(value) : value);

const conditionSql = (column: Column, condition: Condition): Sql => {
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

export const whereSql = (column: Column, conditions: readonly Condition[], ...more: readonly Sql[]): Sql => {
  const parts = [...conditions.map((condition) => conditionSql(column, condition)), ...more];
  return parts.length === 0 ? { text: '', values: [] } : joined([{ text: ' WHERE ', values: [] }, joined(parts, ' AND ')], '');
};

/** Total: ties of the fields asked for go by id. */
export const totalOrder = (order: readonly Order[]): readonly Order[] =>
  order.some(({ field }) => field === 'id') ? order : [...order, { field: 'id', direction: 'ascending' }];

const directionSql = { ascending: '', descending: ' DESC' } as const;
const sorted = (column: Column, order: readonly Order[]): string =>
  order.map(({ field, direction }) => `${column(field)}${directionSql[direction]}`).join(', ');
export const orderSql = (column: Column, order: readonly Order[]): string => ` ORDER BY ${sorted(column, order)}`;

/** What comes later than `value` by one field; null, a missing field, comes before all others. */
const later = (column: Column, { field, direction }: Order, value: SqlValue): Sql => {
  if (direction === 'ascending')
    return value === null ? { text: `${column(field)} IS NOT NULL`, values: [] } : { text: `${column(field)} > ?`, values: [value] };
  return value === null ? { text: '0', values: [] } : { text: `(${column(field)} < ? OR ${column(field)} IS NULL)`, values: [value] };
};

/** Everything behind a document with these values, in a total order: the next page, whatever was written in between. */
export const behind = (column: Column, order: readonly Order[], values: readonly SqlValue[]): Sql => {
  const alternatives = order.map((last, index) => {
    const equal = order.slice(0, index).map(({ field }, at): Sql => ({ text: `${column(field)} IS ?`, values: [values[at] ?? null] }));
    return joined([...equal, later(column, last, values[index] ?? null)], ' AND ');
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

/** With a row number of its own a new document goes to the end of the table; clustered by id, most of which are random, a write took twice the time. */
export const tableSql = (collection: string): string =>
  `CREATE TABLE IF NOT EXISTS ${table(collection)} (id TEXT NOT NULL UNIQUE, guard TEXT NOT NULL, body TEXT NOT NULL)`;

/** Fields of the document that indexes need a column for. A change of another field leaves an index alone, which it would not where that is on the body. */
export const indexedFields = (indexes: readonly Index[]): readonly string[] => [
  ...new Set(indexes.flatMap(({ fields }) => fields.map(({ field }) => field)).filter((field) => !isOfEnvelope(field))),
];

/** Without the documents that lack its first field: no list that begins with a condition on it has them. */
export const indexSql = (collection: string, { name, fields }: Index): string => {
  const [first] = fields;
  if (!first) throw new RangeError(`the index ${name} has no fields`);
  const column: Column = (field) => (isOfEnvelope(field) ? field : fieldColumn(field));
  const full = `"${collection}/${checked(name, indexName, 'an index')}"`;
  return `CREATE INDEX ${full} ON ${table(collection)} (${sorted(column, totalOrder(fields))}) WHERE ${column(first.field)} IS NOT NULL`;
};
