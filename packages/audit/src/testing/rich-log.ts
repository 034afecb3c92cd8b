import type { ShopEvent } from '@shop/events';
import {
  added,
  adjusted,
  archived,
  cancelled,
  changed,
  charged,
  paid,
  registered,
  released,
  removed,
  renamed,
  repriced,
  reserved,
  returned,
  sold,
  takenOut,
  voidedCheckout,
  type Checkout,
} from './log-of.js';

export const ann = 'ann';
export const ben = 'ben';
/** Ann's orders: one sold and later cancelled, one cancelled before its sale. */
export const first: Checkout = { orderId: 'order-1', checkoutId: 'checkout-1', userId: ann };
export const hasty: Checkout = { orderId: 'order-2', checkoutId: 'checkout-2', userId: ann };
/** Ben's first try was swept away, his second one paid. */
export const slow: Checkout = { orderId: 'order-3', checkoutId: 'checkout-3', userId: ben };
export const again: Checkout = { orderId: 'order-3', checkoutId: 'checkout-4', userId: ben };
/** Ben's cart, bought twice. */
export const cart1: Checkout = { orderId: 'order-5', checkoutId: 'checkout-5', userId: ben };
export const cart2: Checkout = { orderId: 'order-6', checkoutId: 'checkout-6', userId: ben };

/** A day of a shop with all that can happen in it, and nothing wrong. */
export const richLog: readonly ShopEvent[] = [
  registered('mug', 100, 10),
  registered('cup', 50, 5),
  charged(ann, 'charge-1', 1_000, 1_000),
  charged(ben, 'charge-2', 2_000, 2_000),
  reserved(first, 'mug', 2, 100, 8),
  reserved(first, 'cup', 1, 50, 4),
  repriced('mug', 120, 2), // the price reserved at is charged
  paid(first, [['mug', 2, 100], ['cup', 1, 50]], 750), // prettier-ignore
  reserved(slow, 'mug', 1, 120, 7),
  sold('mug', 7, [first, 2]),
  sold('cup', 4, [first, 1]),
  voidedCheckout(slow),
  released(slow, 'mug', 1, 8),
  reserved(again, 'mug', 1, 120, 7),
  paid(again, [['mug', 1, 120]], 1_880),
  reserved(hasty, 'cup', 2, 50, 2),
  paid(hasty, [['cup', 2, 50]], 650),
  cancelled(hasty, [['cup', 2, 50]], 750),
  returned(hasty, 'cup', 2, 4),
  sold('mug', 7, [again, 1]),
  cancelled(first, [['mug', 2, 100], ['cup', 1, 50]], 1_000), // prettier-ignore
  returned(first, 'mug', 2, 9),
  returned(first, 'cup', 1, 5),
  adjusted('cup', 'adjustment-1', 5, 10),
  renamed('cup', '유리컵', 2),
  added(ben, 'item-1', 'mug', 2, 2),
  added(ben, 'item-1', 'mug', 1, 3),
  added(ben, 'item-2', 'cup', 1, 1),
  changed(ben, 'item-2', 'cup', 4),
  added(ben, 'item-3', 'tea', 1, 1),
  removed(ben, 'item-3', 'tea'),
  reserved(cart1, 'mug', 3, 120, 6),
  reserved(cart1, 'cup', 4, 50, 6),
  paid(
    cart1,
    [
      ['mug', 3, 120],
      ['cup', 4, 50],
    ],
    1_320,
    {
      // prettier-ignore
      cart: { after: null, lines: [{ itemId: 'item-1', productId: 'mug', quantity: 3 }, { itemId: 'item-2', productId: 'cup', quantity: 4 }] }, // prettier-ignore
    },
  ),
  added(ben, 'item-1', 'mug', 2, 5), // while it was being paid
  changed(ben, 'item-2', 'cup', 1),
  takenOut(ben, 'order-5', ['item-1', 3, 2], ['item-2', 1, 0]),
  sold('mug', 6, [cart1, 3]),
  sold('cup', 6, [cart1, 4]),
  added(ben, 'item-4', 'cup', 1, 1),
  reserved(cart2, 'mug', 2, 120, 4),
  paid(cart2, [['mug', 2, 120]], 1_080, { cart: { after: 'order-5', lines: [{ itemId: 'item-1', productId: 'mug', quantity: 2 }] } }),
  takenOut(ben, 'order-6', ['item-1', 2, 0]),
  sold('mug', 4, [cart2, 2]),
  archived('mug', 3),
];
