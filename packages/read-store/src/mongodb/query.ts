import type { Condition, Index, Order } from '../read-store.js';
import type { Filter, Sort } from './driver.js';

const collectionName = /^[a-z][A-Za-z0-9_-]{0,99}$/;
const fieldName = /^[A-Za-z][A-Za-z0-9]{0,63}$/;

const checked = (name: string, form: RegExp, what: string): string => {
  if (!form.test(name)) throw new RangeError(`${JSON.stringify(name)} is no name for ${what}`);
  return name;
};

export const collectionNamed = (name: string): string => {
  if (name.startsWith('system')) throw new RangeError(`${name} is a name of the database's own`);
  return checked(name, collectionName, 'a collection');
};
export const isCollectionName = (name: string): boolean => collectionName.test(name) && !name.startsWith('system');

const pathOf = (field: string): string => {
  if (field === 'id') return '_id';
  return field === 'guard' ? 'guard' : `document.${checked(field, fieldName, 'a field')}`;
};

const operators = { '=': '$eq', '<': '$lt', '<=': '$lte', '>': '$gt', '>=': '$gte' } as const;
/** Every character that means something in a regular expression stands for itself. */
const literal = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/#-]/g, '\\$&');

const conditionFilter = (condition: Condition): Filter => {
  const path = pathOf(condition.field);
  switch (condition.is) {
    case 'in':
      return { [path]: { $in: condition.values } };
    case 'contains':
      return { [path]: { $regex: literal(condition.value) } };
    case '=':
    case '<':
    case '<=':
    case '>':
    case '>=':
      return { [path]: { [operators[condition.is]]: condition.value } };
  }
};

export const filterOf = (where: readonly Condition[]): Filter => {
  const [first, ...others] = where.map(conditionFilter);
  if (!first) return {};
  return others.length === 0 ? first : { $and: [first, ...others] };
};

/** Total: ties of the fields asked for go by id, which every index ends with. */
export const sortOf = (order: readonly Order[]): Sort => {
  const sort = order.map(({ field, direction }) => [pathOf(field), direction === 'ascending' ? 1 : -1] as const);
  return order.some(({ field }) => field === 'id') ? sort : [...sort, ['_id', 1]];
};

export const indexFields = ({ fields }: Index): Sort => sortOf(fields);
