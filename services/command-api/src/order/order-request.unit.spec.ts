import { describe, expect, it } from '@jest/globals';
import { orderRequestHash, sumLines } from './order-request.js';

const lines = (...pairs: [string, number][]) =>
  ({ from: 'lines', lines: sumLines(pairs.map(([productId, quantity]) => ({ productId, quantity }))) }) as const;

describe('Two order requests are the same', () => {
  it('whatever the order of their lines, and however a product is spread over them', () => {
    expect(orderRequestHash(lines(['b', 1], ['a', 1], ['b', 2]), undefined)).toBe(orderRequestHash(lines(['a', 1], ['b', 3]), undefined));
    expect(sumLines([{ productId: 'b', quantity: 1 }, { productId: 'a', quantity: 1 }, { productId: 'b', quantity: 2 }])).toEqual([
      { productId: 'b', quantity: 3 },
      { productId: 'a', quantity: 1 },
    ]); // prettier-ignore
  });

  it('whatever the order of the cart lines named, and whatever If-Match says', () => {
    const named = (itemIds: string[], ifMatch?: number) => orderRequestHash({ from: 'cart', itemIds, ifMatch }, 5);
    expect(named(['x', 'y'])).toBe(named(['y', 'x', 'y'], 3));
  });

  it('only if nothing else differs', () => {
    const hashes = [
      orderRequestHash(lines(['a', 1]), undefined),
      orderRequestHash(lines(['a', 2]), undefined),
      orderRequestHash(lines(['b', 1]), undefined),
      orderRequestHash(lines(['a', 1]), 0),
      orderRequestHash(lines(['a', 1]), 1_000),
      orderRequestHash({ from: 'cart' }, undefined),
      orderRequestHash({ from: 'cart' }, 1_000),
      orderRequestHash({ from: 'cart', itemIds: ['a'] }, undefined),
      orderRequestHash({ from: 'cart', itemIds: ['whole cart'] }, undefined),
    ];
    expect(new Set(hashes).size).toBe(hashes.length);
  });
});
