import { describe, expect, it } from '@jest/globals';
import { product } from '../product/product.js';
import { judge, type SeenLine } from './judge.js';

const seen = (
  productId: string,
  { price = 1_000, available = 5, archived = false, known = true, heldBy = '' } = {},
  quantity = 2,
): SeenLine => {
  const state = product.initialState();
  const at = { occurredAt: '2026-01-05T03:04:05.678Z' };
  if (known)
    product.evolve(
      state,
      {
        type: 'ProductRegistered',
        data: { productId, revision: 1, registrationId: 'r', requestHash: 'a'.repeat(64), name: productId, price, available, ...at },
      },
      0,
    );
  if (archived) product.evolve(state, { type: 'ProductArchived', data: { productId, revision: 2, ...at } }, 1);
  if (heldBy !== '')
    product.evolve(
      state,
      {
        type: 'StockReserved',
        data: {
          productId,
          reservationId: `c:${productId}`,
          checkoutId: 'c',
          orderId: heldBy,
          userId: 'u',
          quantity: 1,
          available,
          name: productId,
          unitPrice: price,
          ...at,
        },
      },
      2,
    );
  return { line: { productId, quantity }, product: state };
};
const order = { orderId: 'o' };

describe('A basket is judged', () => {
  it('fine, at the prices seen, where everything is there and the money suffices to the won', () => {
    expect(judge([seen('a'), seen('b', { price: 5 }, 1)], 2_005, order)).toEqual({
      verdict: 'fine',
      totalAmount: 2_005,
      lines: [
        { productId: 'a', name: 'a', unitPrice: 1_000, quantity: 2 },
        { productId: 'b', name: 'b', unitPrice: 5, quantity: 1 },
      ],
    });
  });

  it('by the first obstacle alone: unknown, archived, stock, price, balance', () => {
    const all = [seen('unknown', { known: false }), seen('archived', { archived: true }), seen('short', { available: 1 }), seen('fine')];
    const typeOf = (lines: readonly SeenLine[], expectedTotal?: number) => {
      const verdict = judge(lines, 0, { ...order, expectedTotal });
      return verdict.verdict === 'refused' ? verdict.refusal.type : verdict.verdict;
    };
    expect(typeOf(all, 1)).toBe('ProductNotFound');
    expect(typeOf(all.slice(1), 1)).toBe('ProductArchived');
    expect(typeOf(all.slice(2), 1)).toBe('InsufficientStock');
    expect(typeOf(all.slice(3), 1)).toBe('PriceChanged');
    expect(typeOf(all.slice(3), 2_000)).toBe('InsufficientBalance');
  });

  it('short by one unit or by one won', () => {
    expect(judge([seen('a', { available: 1 })], 9_999, order)).toMatchObject({
      refusal: { type: 'InsufficientStock', items: [{ productId: 'a', requested: 2, stock: 1 }] },
    });
    expect(judge([seen('a')], 1_999, order)).toMatchObject({ refusal: { type: 'InsufficientBalance', required: 2_000, balance: 1_999 } });
  });

  it('as held by a twin only where this very order holds stock of a product that is short', () => {
    expect(judge([seen('a', { available: 1, heldBy: 'o' }), seen('b')], 9_999, order)).toMatchObject({ twin: true });
    expect(judge([seen('a', { available: 1, heldBy: 'other' }), seen('b', { heldBy: 'o' })], 9_999, order)).toMatchObject({ twin: false });
  });
});
