import { describe, expect, it } from '@jest/globals';
import type { CartEvent } from '@shop/events';
import { at, itemAdded } from '../testing/facts.js';
import { folded } from '../testing/folded.js';
import { carts } from './carts.js';

const cart = (...events: readonly CartEvent[]) => folded(carts, events).get('u1');
const mug = itemAdded('i1', 'p1', { quantity: 2, lineQuantity: 2 });
const plate = itemAdded('i2', 'p2', { occurredAt: at(2) });
const changed = (itemId: string, lineQuantity: number): CartEvent => ({
  type: 'CartItemQuantityChanged',
  data: { userId: 'u1', itemId, productId: 'p1', lineQuantity, occurredAt: at(3) },
});
const removed = (itemId: string): CartEvent => ({
  type: 'CartItemRemoved',
  data: { userId: 'u1', itemId, productId: 'p1', occurredAt: at(3) },
});
const checkedOut = (...lines: { itemId: string; quantity: number; lineQuantity: number }[]): CartEvent => ({
  type: 'CartCheckedOut',
  data: { userId: 'u1', orderId: 'o1', lines, occurredAt: at(4) },
});

describe('a cart', () => {
  it('shows what was added, in that order', () => {
    expect(cart(mug, plate)).toEqual({
      userId: 'u1',
      revision: 2,
      lines: [
        { itemId: 'i1', productId: 'p1', name: '머그컵', quantity: 2, addedPrice: 12_000, addedAt: at(1) },
        { itemId: 'i2', productId: 'p2', name: '머그컵', quantity: 1, addedPrice: 12_000, addedAt: at(2) },
      ],
    });
  });

  it('takes the quantity that the event says when one line is added to again, the price just seen, and keeps its place and time', () => {
    const again = itemAdded('i1', 'p1', { quantity: 3, lineQuantity: 5, addedPrice: 13_000, name: '큰 머그컵', occurredAt: at(9) });
    expect(
      cart(mug, plate, again)?.lines.map(({ itemId, quantity, addedPrice, name, addedAt }) => [
        itemId,
        quantity,
        addedPrice,
        name,
        addedAt,
      ]),
    ).toEqual([
      ['i1', 5, 13_000, '큰 머그컵', at(1)],
      ['i2', 1, 12_000, '머그컵', at(2)],
    ]);
  });

  it('follows a changed quantity and a removed line', () => {
    expect(cart(mug, plate, changed('i1', 7))?.lines.map(({ quantity }) => quantity)).toEqual([7, 1]);
    expect(cart(mug, plate, removed('i1'))?.lines.map(({ itemId }) => itemId)).toEqual(['i2']);
  });

  it('keeps what an order left of its lines', () => {
    const rest = cart(
      mug,
      plate,
      checkedOut({ itemId: 'i1', quantity: 1, lineQuantity: 1 }, { itemId: 'i2', quantity: 1, lineQuantity: 0 }),
    );
    expect(rest?.lines.map(({ itemId, quantity }) => [itemId, quantity])).toEqual([['i1', 1]]);
  });

  it('stays as an empty one, and counts every event of its stream', () => {
    expect(cart(mug, removed('i1'), checkedOut())).toEqual({ userId: 'u1', lines: [], revision: 3 });
  });

  it('takes no change of a line that it never had', () => {
    for (const event of [changed('i9', 1), removed('i9'), checkedOut({ itemId: 'i9', quantity: 1, lineQuantity: 0 })])
      expect(() => cart(mug, event)).toThrow('no line i9');
  });
});
