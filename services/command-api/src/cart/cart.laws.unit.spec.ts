import { describe, expect } from '@jest/globals';
import { eventTypes, type CartEvent } from '@shop/events';
import fc from 'fast-check';
import { deciderLaws } from '../testing/decider-laws.js';
import { cartSnapshot } from './cart-snapshot.js';
import { cart, type CartCommand } from './cart.js';

const userId = 'u1';
const requestHash = fc.constantFrom('a', 'b').map((digit) => digit.repeat(64));
/** Three weeks, in any order, so that keys are forgotten. */
const occurredAt = fc.integer({ min: 1, max: 21 }).map((day) => `2026-01-${String(day).padStart(2, '0')}T03:04:05.678Z`);
const product = fc.constantFrom('p1', 'p2', 'p3');
const itemIds = Array.from({ length: 30 }, (_, n) => `i${n}`);
const itemId = fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...itemIds.slice(0, 4)) }, fc.constantFrom(...itemIds));
const quantity = fc.constantFrom(1, 2, 3, 9_999);
const expectedRevision = fc.option(fc.nat(9), { nil: undefined, freq: 3 });

const add = fc
  .record({
    additionId: fc.constantFrom('k1', 'k2', 'k3', 'k4', 'k5', 'k6', 'k7', 'k8'),
    requestHash,
    itemId,
    productId: product,
    name: fc.constant('머그컵'),
    price: fc.constantFrom(9_000, 12_000),
    quantity,
    occurredAt,
  })
  .map((request): CartCommand => ({ type: 'AddCartItem', userId, ...request }));
const change = fc
  .record({ itemId, quantity, expectedRevision, occurredAt })
  .map((request): CartCommand => ({ type: 'ChangeCartItemQuantity', userId, ...request }));
const remove = fc
  .record({ itemId, expectedRevision, occurredAt })
  .map((request): CartCommand => ({ type: 'RemoveCartItem', userId, ...request }));
const clear = fc.record({ expectedRevision, occurredAt }).map((request): CartCommand => ({ type: 'ClearCart', userId, ...request }));
const checkOut = fc
  .record({
    orderId: fc.constantFrom('o1', 'o2', 'o3', 'o4'),
    lines: fc.uniqueArray(fc.record({ itemId, quantity }), { selector: (line) => line.itemId, maxLength: 3 }),
    occurredAt,
  })
  .map((request): CartCommand => ({ type: 'CheckOutCart', userId, ...request }));

/** A new line's id is new. */
const isSent = (command: CartCommand, history: readonly CartEvent[]): boolean =>
  command.type !== 'AddCartItem' || !history.some(({ data }) => 'itemId' in data && data.itemId === command.itemId);

/** Quantities by their own arithmetic. */
const audit = (history: readonly CartEvent[]) => {
  const lines = new Map<string, { readonly productId: string; quantity: number }>();
  const opened = new Set<string>();
  const takenOut = new Set<string>();
  const lineOf = (id: string) => {
    const line = lines.get(id);
    if (!line) throw new Error(`${id} is not in the cart`);
    return line;
  };
  const set = (id: string, left: number) => {
    lineOf(id).quantity = left;
    if (left === 0) lines.delete(id);
  };
  for (const { type, data } of history) {
    if (type === 'CartItemAdded') {
      const before = lines.get(data.itemId)?.quantity ?? 0;
      if (before === 0) expect(opened.has(data.itemId)).toBe(false);
      opened.add(data.itemId);
      expect(data.lineQuantity).toBe(before + data.quantity);
      lines.set(data.itemId, { productId: data.productId, quantity: data.lineQuantity });
    }
    if (type === 'CartItemQuantityChanged') set(data.itemId, data.lineQuantity);
    if (type === 'CartItemRemoved') set(data.itemId, 0);
    if (type === 'CartCheckedOut') {
      expect(takenOut.has(data.orderId)).toBe(false);
      takenOut.add(data.orderId);
      for (const { itemId: id, quantity: taken, lineQuantity } of data.lines) {
        expect(lineQuantity).toBe(lineOf(id).quantity - taken);
        set(id, lineQuantity);
      }
    }
    const products = [...lines.values()].map((line) => line.productId);
    expect(new Set(products).size).toBe(products.length);
    for (const line of lines.values()) {
      expect(line.quantity).toBeGreaterThan(0);
      expect(line.quantity).toBeLessThanOrEqual(10_000);
    }
  }
};

describe('a cart, whatever is asked of it', () => {
  const command = fc.oneof({ weight: 3, arbitrary: add }, change, remove, checkOut, clear);
  deciderLaws({ decider: cart, snapshot: cartSnapshot, command, isSent, eventTypes: eventTypes.cart, audit });
});
