import type { Condition, Order, Stored } from '../read-store.js';
import type { SqlValue } from './database.js';
import { checkedField, sqlValue } from './query.js';

/** A field as the database sees it: true and false are 1 and 0, a missing field is null, like whatever does not compare. */
export const valueOf = ({ id, guard, document }: Stored<object>, field: string): SqlValue => {
  if (field === 'id' || field === 'guard') return field === 'id' ? id : guard;
  const value: unknown = Object.hasOwn(document, field) ? Reflect.get(document, field) : null;
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? sqlValue(value) : null;
};

/** UTF-16 puts the code points beyond 0xFFFF, which begin with a surrogate, before those from 0xE000 on. */
const byCodePoint = (one: string, other: string): number => {
  let at = 0;
  while (at < one.length && one.charCodeAt(at) === other.charCodeAt(at)) at += 1;
  const [left, right] = [one.charCodeAt(at), other.charCodeAt(at)];
  if (Number.isNaN(left) || Number.isNaN(right)) return one.length - other.length;
  const beyond = (unit: number) => (unit >= 0xd800 && unit < 0xe000 ? 0x10000 : 0);
  return beyond(left) + left - beyond(right) - right;
};

const rankOf = (value: SqlValue): number => (value === null ? 0 : typeof value === 'number' ? 1 : 2);
/** Null first, then numbers, then texts. */
const compared = (one: SqlValue, other: SqlValue): number => {
  if (typeof one === 'string' && typeof other === 'string') return byCodePoint(one, other);
  if (typeof one === 'number' && typeof other === 'number') return one - other;
  return rankOf(one) - rankOf(other);
};

const meets = (stored: Stored<object>, condition: Condition): boolean => {
  const value = valueOf(stored, condition.field);
  if (value === null) return false;
  switch (condition.is) {
    case 'in':
      return condition.values.some((one) => sqlValue(one) === value);
    case 'contains':
      return typeof value === 'string' && value.includes(condition.value);
    case '=':
      return compared(value, sqlValue(condition.value)) === 0;
    case '<':
      return compared(value, sqlValue(condition.value)) < 0;
    case '<=':
      return compared(value, sqlValue(condition.value)) <= 0;
    case '>':
      return compared(value, sqlValue(condition.value)) > 0;
    case '>=':
      return compared(value, sqlValue(condition.value)) >= 0;
  }
};

/** The documents that meet all conditions, as the database would select them. @throws RangeError for what is no name of a field */
export const matching = <Document extends object>(
  documents: Iterable<Stored<Document>>,
  where: readonly Condition[],
): Stored<Document>[] => {
  for (const { field } of where) checkedField(field);
  const found: Stored<Document>[] = [];
  for (const stored of documents) if (where.every((condition) => meets(stored, condition))) found.push(stored);
  return found;
};

/** How the database would sort them. @throws RangeError for what is no name of a field */
export const inOrder = (order: readonly Order[]): ((one: Stored<object>, other: Stored<object>) => number) => {
  for (const { field } of order) checkedField(field);
  return (one, other) => {
    for (const { field, direction } of order) {
      const difference = compared(valueOf(one, field), valueOf(other, field));
      if (difference !== 0) return direction === 'ascending' ? difference : -difference;
    }
    return 0;
  };
};
