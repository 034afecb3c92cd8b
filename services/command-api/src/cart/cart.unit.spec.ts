import { describe, expect, it } from '@jest/globals';
import type { CartFact } from '@shop/events';
import { fold, specFor } from '../testing/spec-for.js';
import { cart, type CartCommand } from './cart.js';

type Command<Type extends CartCommand['type']> = Extract<CartCommand, { type: Type }>;
const given = specFor(cart);
const userId = 'u1';
const hash = (digit: string) => digit.repeat(64);
const minute = (n: number) => `2026-01-05T03:${String(n).padStart(2, '0')}:00.000Z`;

const addCartItem = (change: Partial<Command<'AddCartItem'>> = {}): CartCommand => ({
  type: 'AddCartItem',
  userId,
  additionId: 'k1',
  requestHash: hash('1'),
  itemId: 'i1',
  productId: 'p1',
  name: '머그컵',
  price: 12_000,
  quantity: 2,
  occurredAt: minute(1),
  ...change,
});
const added = (change: Partial<CartFact<'CartItemAdded'>['data']> = {}): CartFact<'CartItemAdded'> => ({
  type: 'CartItemAdded',
  data: {
    userId,
    additionId: 'k1',
    requestHash: hash('1'),
    itemId: 'i1',
    productId: 'p1',
    name: '머그컵',
    addedPrice: 12_000,
    quantity: 2,
    lineQuantity: 2,
    occurredAt: minute(1),
    ...change,
  },
});
const other = added({ additionId: 'k2', itemId: 'i2', productId: 'p2', name: '유리컵' });
const changeQuantity = (quantity: number, change: Partial<Command<'ChangeCartItemQuantity'>> = {}): CartCommand => {
  return { type: 'ChangeCartItemQuantity', userId, itemId: 'i1', quantity, occurredAt: minute(5), ...change };
};
const changed = (lineQuantity: number): CartFact<'CartItemQuantityChanged'> => {
  return { type: 'CartItemQuantityChanged', data: { userId, itemId: 'i1', productId: 'p1', lineQuantity, occurredAt: minute(5) } };
};
const removeItem = (change: Partial<Command<'RemoveCartItem'>> = {}): CartCommand => {
  return { type: 'RemoveCartItem', userId, itemId: 'i1', occurredAt: minute(6), ...change };
};
const removed = (n: number): CartFact<'CartItemRemoved'> => {
  return { type: 'CartItemRemoved', data: { userId, itemId: `i${n}`, productId: `p${n}`, occurredAt: minute(6) } };
};
const clearCart = (expectedRevision?: number): CartCommand => ({ type: 'ClearCart', userId, occurredAt: minute(6), expectedRevision });
const checkOut = (...lines: { itemId: string; quantity: number }[]): CartCommand => {
  return { type: 'CheckOutCart', userId, orderId: 'o1', lines, occurredAt: minute(7) };
};
const checkedOut = (...lines: { itemId: string; quantity: number; lineQuantity: number }[]): CartFact<'CartCheckedOut'> => {
  return { type: 'CartCheckedOut', data: { userId, orderId: 'o1', lines, occurredAt: minute(7) } };
};
/** `count` lines, `i1` to `i{count}`. */
const manyLines = (count: number) =>
  Array.from({ length: count }, (_, index) => index + 1).map((n) => added({ additionId: `key-${n}`, itemId: `i${n}`, productId: `p${n}` }));

describe('adding to the cart', () => {
  it('opens a line', () => given().when(addCartItem()).thenEvents(added()));
  it('adds to the line of that product, at the price of now; the line keeps its id and its time', () => {
    const again = added({ additionId: 'k3', addedPrice: 13_000, quantity: 3, lineQuantity: 5, occurredAt: minute(2) });
    given(added(), other)
      .when(addCartItem({ additionId: 'k3', itemId: 'i9', price: 13_000, quantity: 3, occurredAt: minute(2) }))
      .thenEvents(again);
    expect(fold(cart, [added(), again]).lines.get('i1')).toEqual({
      productId: 'p1',
      name: '머그컵',
      quantity: 5,
      addedPrice: 13_000,
      addedAt: minute(1),
    });
  });
  it('counts once, even where the line is gone since', () => {
    given(added())
      .when(addCartItem({ itemId: 'i9' }))
      .thenRepeated();
    given(added(), removed(1))
      .when(addCartItem({ itemId: 'i9' }))
      .thenRepeated();
  });
  it('refuses the key of one addition for another', () =>
    given(added())
      .when(addCartItem({ quantity: 7, requestHash: hash('2') }))
      .thenRefused({ type: 'IdempotencyKeyReused' }));
  it('gives a line that is opened anew a new id', () =>
    given(added(), removed(1))
      .when(addCartItem({ additionId: 'k3', itemId: 'i9' }))
      .thenEvents(added({ additionId: 'k3', itemId: 'i9' })));
  it('holds a hundred lines and no more; what is there can still grow', () => {
    const full = manyLines(100);
    given(...manyLines(99))
      .when(addCartItem({ itemId: 'i100', productId: 'p100' }))
      .thenEvents(added({ itemId: 'i100', productId: 'p100' }));
    given(...full)
      .when(addCartItem({ itemId: 'i101', productId: 'p101' }))
      .thenRefused({ type: 'CartLimitExceeded', limit: 100, current: 100 });
    given(...full)
      .when(addCartItem({ itemId: 'i101', productId: 'p100' }))
      .thenEvents(added({ itemId: 'i100', productId: 'p100', lineQuantity: 4 }));
  });
  it('holds ten thousand of a product and no more', () => {
    const much = added({ quantity: 9_998, lineQuantity: 9_998 });
    given(much)
      .when(addCartItem({ additionId: 'k3' }))
      .thenEvents(added({ additionId: 'k3', lineQuantity: 10_000 }));
    given(much)
      .when(addCartItem({ additionId: 'k3', quantity: 3 }))
      .thenRefused({ type: 'CartLimitExceeded', limit: 10_000, current: 9_998 });
  });
});

describe('how long the cart knows the key of an addition', () => {
  const on = (day: string) => added({ additionId: `key-${day}`, occurredAt: `2026-01-${day}T00:00:00.000Z` });
  const keysAfter = (...days: string[]) => [...fold(cart, days.map(on)).additions].map(([key]) => key);

  it('is more than seven days', () => {
    expect(keysAfter('01', '08', '09')).toEqual(['key-01', 'key-08', 'key-09']);
    given(on('01'), on('09'))
      .when(addCartItem({ additionId: 'key-01' }))
      .thenRepeated();
  });
  it('is not for ever', () => expect(keysAfter('01', '02', '10')).toEqual(['key-02', 'key-10']));
  it('goes by the time of the events, and lasts longer where clocks disagree', () =>
    expect(keysAfter('09', '01', '10')).toEqual(['key-09', 'key-01', 'key-10']));
});

describe('changing the quantity of a line', () => {
  it('sets it', () => given(added()).when(changeQuantity(5)).thenEvents(changed(5)));
  it('writes nothing where it is that already', () => given(added()).when(changeQuantity(2)).thenRepeated());
  it('knows no line that is not there', () => {
    given().when(changeQuantity(5)).thenRefused({ type: 'CartItemNotFound' });
    given(added(), removed(1)).when(changeQuantity(5)).thenRefused({ type: 'CartItemNotFound' });
  });
  it('holds ten thousand of a product and no more', () =>
    given(added()).when(changeQuantity(10_001)).thenRefused({ type: 'CartLimitExceeded', limit: 10_000, current: 2 }));
  it('obeys an If-Match that fits, and refuses one that is out of date', () => {
    given(added(), other)
      .when(changeQuantity(5, { expectedRevision: 2 }))
      .thenEventsThenRefused([changed(5)], { type: 'RevisionMismatch', currentRevision: 3 });
    given(added(), other)
      .when(changeQuantity(2, { expectedRevision: 1 }))
      .thenRefused({ type: 'RevisionMismatch', currentRevision: 2 });
  });
});

describe('removing a line', () => {
  it('takes it out', () => given(added(), other).when(removeItem()).thenEvents(removed(1)));
  it('stays quiet for a line that is gone: removed, cleared or bought', () => {
    given(added(), removed(1)).when(removeItem()).thenRepeated();
    given(added(), checkedOut({ itemId: 'i1', quantity: 2, lineQuantity: 0 }))
      .when(removeItem())
      .thenRepeated();
  });
  it('remembers the last hundred lines that went', () => {
    const lines = manyLines(101).flatMap((line, index) => [line, removed(index + 1)]);
    given(...lines)
      .when(removeItem({ itemId: 'i2' }))
      .thenRepeated();
    given(...lines)
      .when(removeItem({ itemId: 'i1' }))
      .thenRefused({ type: 'CartItemNotFound' });
  });
  it('knows no line that never was', () =>
    given(added())
      .when(removeItem({ itemId: 'i9' }))
      .thenRefused({ type: 'CartItemNotFound' }));
  it('refuses a stale If-Match, also for a line that is gone', () => {
    given(added(), other)
      .when(removeItem({ expectedRevision: 1 }))
      .thenRefused({ type: 'RevisionMismatch', currentRevision: 2 });
    given(added(), removed(1))
      .when(removeItem({ expectedRevision: 1 }))
      .thenRefused({ type: 'RevisionMismatch', currentRevision: 2 });
    given(added())
      .when(removeItem({ expectedRevision: 1 }))
      .thenEventsThenRefused([removed(1)], { type: 'RevisionMismatch', currentRevision: 2 });
  });
});

describe('clearing the cart', () => {
  it('takes every line out', () => given(added(), other).when(clearCart()).thenEvents(removed(1), removed(2)));
  it('writes nothing where the cart is empty', () => {
    given().when(clearCart()).thenRepeated();
    given(added(), removed(1)).when(clearCart()).thenRepeated();
  });
  it('refuses a stale If-Match, also of a cart never used', () => {
    given(added(), other).when(clearCart(1)).thenRefused({ type: 'RevisionMismatch', currentRevision: 2 });
    given().when(clearCart(1)).thenRefused({ type: 'RevisionMismatch', currentRevision: 0 });
  });
});

describe('taking a paid order out of the cart', () => {
  it('takes what was bought and leaves what was added meanwhile', () =>
    given(added(), changed(5), other)
      .when(checkOut({ itemId: 'i1', quantity: 2 }))
      .thenEvents(checkedOut({ itemId: 'i1', quantity: 2, lineQuantity: 3 })));
  it('takes no more than is left', () =>
    given(added())
      .when(checkOut({ itemId: 'i1', quantity: 3 }))
      .thenEvents(checkedOut({ itemId: 'i1', quantity: 2, lineQuantity: 0 })));
  it('is written even where nothing is left to take', () =>
    given(added(), removed(1))
      .when(checkOut({ itemId: 'i1', quantity: 2 }))
      .thenEvents(checkedOut()));
  it('leaves a line alone that was opened anew', () =>
    given(added(), removed(1), added({ additionId: 'k3', itemId: 'i9' }))
      .when(checkOut({ itemId: 'i1', quantity: 2 }))
      .thenEvents(checkedOut()));
  it('happens once per order, and the cart remembers the last one', () => {
    const history = [added(), checkedOut({ itemId: 'i1', quantity: 1, lineQuantity: 1 })];
    given(...history)
      .when(checkOut({ itemId: 'i1', quantity: 1 }))
      .thenRepeated();
    expect(fold(cart, history)).toMatchObject({ lastTakenOut: 'o1', revision: 2 });
  });
});
