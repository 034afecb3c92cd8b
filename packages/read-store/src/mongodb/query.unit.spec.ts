import { describe, expect, it } from '@jest/globals';
import { filterOf, indexFields, isCollectionName, sortOf } from './query.js';

describe('a query in the words of MongoDB', () => {
  it('reaches the document below its envelope, and the envelope by its own names', () => {
    expect(filterOf([])).toEqual({});
    expect(filterOf([{ field: 'price', is: '<=', value: 5 }])).toEqual({ 'document.price': { $lte: 5 } });
    expect(
      filterOf([
        { field: 'id', is: '>', value: 'a' },
        { field: 'guard', is: '=', value: '01' },
        { field: 'name', is: 'in', values: ['x', 'y'] },
        { field: 'price', is: '>=', value: 1 },
        { field: 'price', is: '<', value: 9 },
      ]),
    ).toEqual({
      $and: [
        { _id: { $gt: 'a' } },
        { guard: { $eq: '01' } },
        { 'document.name': { $in: ['x', 'y'] } },
        { 'document.price': { $gte: 1 } },
        { 'document.price': { $lt: 9 } },
      ],
    });
  });

  it('searches for text as it is, whatever it would mean in a pattern', () => {
    for (const text of ['.*', '(큰) 50%', 'a|b', '^$', '[x]', '{2}', 'a\\b', 'a+b?', '/x/', '#-', '머그컵 ☕']) {
      const condition = filterOf([{ field: 'name', is: 'contains', value: text }])['document.name'];
      const pattern = new RegExp(typeof condition === 'object' ? String(Object.values(condition ?? {})[0]) : '');
      expect([text, pattern.exec(`a${text}b`)?.[0], pattern.test('mug')]).toEqual([text, text, false]);
    }
  });

  it('sorts and indexes by the fields asked for, then by id', () => {
    expect(
      sortOf([
        { field: 'units', direction: 'descending' },
        { field: 'productId', direction: 'ascending' },
      ]),
    ).toEqual([
      ['document.units', -1],
      ['document.productId', 1],
      ['_id', 1],
    ]);
    expect(sortOf([{ field: 'id', direction: 'descending' }])).toEqual([['_id', -1]]);
    const byChange = { name: 'by-change', fields: [{ field: 'guard', direction: 'ascending' }] } as const;
    expect(indexFields(byChange)).toEqual([
      ['guard', 1],
      ['_id', 1],
    ]);
  });

  it('leaves the database its own names', () => {
    expect(['products__v1_1', 'best-sellers__v1_2', 'system.views', 'system', '_leases', 'a.b', '$x', ''].filter(isCollectionName)).toEqual(
      ['products__v1_1', 'best-sellers__v1_2'],
    );
  });
});
