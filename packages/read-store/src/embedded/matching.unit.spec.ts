import { describe, expect, it } from '@jest/globals';
import { inOrder, matching } from './matching.js';

const stored = <Document extends object>(id: string, document: Document) => ({ id, guard: '1', document });
const sorted = (values: readonly unknown[]) =>
  values
    .map((value, index) => stored(`${index}`, { value }))
    .sort(inOrder([{ field: 'value', direction: 'ascending' }]))
    .map(({ document }) => document.value);

describe('documents in memory', () => {
  it('sort as in the database: nothing, numbers, then texts by code point', () => {
    expect(sorted(['\u{1F600}', '\uFF21', 'b', 'B', 10, 9, true, null, ['a list'], 'B\u{1F600}', 'B\uFF21', ''])).toEqual([
      null,
      ['a list'],
      true,
      9,
      10,
      '',
      'B',
      'B\uFF21',
      'B\u{1F600}',
      'b',
      '\uFF21',
      '\u{1F600}',
    ]);
  });

  it('have no field that they only inherit', () => {
    const items = [stored('a', {}), stored('b', { constructor: 'x' })];
    expect(matching(items, [{ field: 'constructor', is: '>=', value: '' }]).map(({ id }) => id)).toEqual(['b']);
  });

  it('are not looked for by what could be more than a name', () => {
    expect(() => matching([], [{ field: '__proto__', is: '=', value: 1 }])).toThrow(RangeError);
    expect(() => inOrder([{ field: 'n DESC', direction: 'ascending' }])).toThrow(RangeError);
  });
});
