import type { CartEvent } from '@shop/events';
import type { CartBook, Ledger } from './ledger.js';
import { settleIfDone } from './settle.js';

const bookOf = ({ carts }: Ledger, userId: string): CartBook => {
  const known = carts.get(userId);
  if (known) return known;
  const opened: CartBook = { lines: new Map(), events: 0 };
  carts.set(userId, opened);
  return opened;
};

const setQuantity = ({ lines }: CartBook, itemId: string, quantity: number): void => {
  const line = lines.get(itemId);
  if (!line) return;
  if (quantity === 0) lines.delete(itemId);
  else lines.set(itemId, { ...line, quantity });
};

export const recordCart = (ledger: Ledger, event: CartEvent): void => {
  const cart = bookOf(ledger, event.data.userId);
  cart.events += 1;
  switch (event.type) {
    case 'CartItemAdded': {
      const { itemId, additionId, productId, name, addedPrice, lineQuantity: quantity, occurredAt } = event.data;
      ledger.additionIds.set(additionId, Date.parse(occurredAt));
      ledger.itemIds.set(itemId, 1);
      const addedAt = cart.lines.get(itemId)?.addedAt ?? occurredAt;
      cart.lines.set(itemId, { productId, name, quantity, addedPrice, addedAt });
      return;
    }
    case 'CartItemQuantityChanged':
      return setQuantity(cart, event.data.itemId, event.data.lineQuantity);
    case 'CartItemRemoved':
      return setQuantity(cart, event.data.itemId, 0);
    case 'CartCheckedOut': {
      for (const { itemId, lineQuantity } of event.data.lines) setQuantity(cart, itemId, lineQuantity);
      ledger.takenOut.set(event.data.orderId, 1);
      const order = ledger.unsettled.get(event.data.orderId);
      if (!order) return;
      order.takenOut = true;
      settleIfDone(ledger, order);
    }
  }
};
