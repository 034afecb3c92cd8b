import { describe, expect, it } from '@jest/globals';
import { checkedDocument } from './json-document.js';

const nested = (value: unknown) => ({ lines: [{ ok: 1 }, { value }] });

describe('a document for MongoDB', () => {
  it('is any plain JSON, as it is', () => {
    const document = {
      text: '$not.a.name',
      none: null,
      yes: true,
      list: [1, [2, { deep: -3 }], []],
      empty: {},
      most: Number.MAX_SAFE_INTEGER,
    };
    expect(checkedDocument('p1', document)).toBe(document);
  });

  it.each([
    ['undefined, which would come back as null', nested(undefined)],
    ['not a number', nested(NaN)],
    ['infinite', nested(-Infinity)],
    ['a bigint, which wraps above 2^63', nested(1n)],
    ['a date, which would come back as one', nested(new Date(0))],
    ['a function', nested(() => 1)],
    ['a map', nested(new Map())],
    ['below a name with a dollar', nested({ $gt: '' })],
    ['below a name with a dot', nested({ 'a.b': 1 })],
    ['below no name', nested({ '': 1 })],
    ['below a name with a zero', nested({ 'a\0': 1 })],
  ])('has nothing that is %s', (_, document) => {
    expect(() => checkedDocument('p1', document)).toThrow(/^p1\.lines\[1\]\.value.*a document is plain JSON$/);
  });
});
