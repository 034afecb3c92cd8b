import fc from 'fast-check';
import { describe, expect, it } from '@jest/globals';
import { jsonFlaw } from './json-value.js';

describe('what JSON would lose', () => {
  it.each<[unknown, string]>([
    [undefined, ' is undefined'],
    [{ order: { note: undefined } }, '.order.note is undefined'],
    [{ lines: [1, { quantity: undefined }] }, '.lines[1].quantity is undefined'],
    [[1, , 3], '[1] is undefined'], // eslint-disable-line no-sparse-arrays -- a hole is what is tested
    [{ amount: 1n }, '.amount is a bigint'],
    [{ amount: -0 }, '.amount is -0'],
    [{ amount: Number.NaN }, '.amount is NaN'],
    [{ amount: -Infinity }, '.amount is -Infinity'],
    [{ toJSON: () => 1 }, '.toJSON is a function'],
    [{ tag: Symbol('a') }, '.tag is a symbol'],
    [{ [Symbol('a')]: 1 }, ' has a symbol for a key'],
    [{ at: new Date(0) }, '.at is no plain object'],
    [{ lines: new Map() }, '.lines is no plain object'],
    [new (class Order {})(), ' is no plain object'],
  ])('names the place and the reason in %p', (value, flaw) => {
    expect(jsonFlaw(value)).toBe(flaw);
  });

  it('finds nothing in any JSON value, and what it passes comes back equal', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const parsed: unknown = JSON.parse(JSON.stringify(value));
        expect(jsonFlaw(parsed)).toBeUndefined();
      }),
    );
    fc.assert(
      fc.property(
        fc.anything({ withBigInt: true, withDate: true, withMap: true, withSparseArray: true, withNullPrototype: true }),
        (value) => {
          if (jsonFlaw(value) === undefined) expect(JSON.parse(JSON.stringify(value))).toEqual(value);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
