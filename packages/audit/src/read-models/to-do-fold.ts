import type { ToDoEntry } from '@shop/read-store';
import type { Fact } from '../judge.js';
import type { ModelFold } from './model-fold.js';

/** Open reservations and returns due, by product, in the order they came up. Only what is open is kept. */
export const toDoFold = (): ModelFold<'to-do'> => {
  const products = new Map<string, Map<string, ToDoEntry>>();
  const entriesOf = (productId: string): Map<string, ToDoEntry> => {
    const known = products.get(productId);
    if (known) return known;
    const none = new Map<string, ToDoEntry>();
    products.set(productId, none);
    return none;
  };
  const note = (productId: string, entry: ToDoEntry) => entriesOf(productId).set(`${entry.kind} ${entry.reservationId}`, entry);
  const drop = (productId: string, kind: ToDoEntry['kind'], reservationId: string) =>
    entriesOf(productId).delete(`${kind} ${reservationId}`);

  const take = ({ event }: Fact): void => {
    if (event.type === 'StockReserved') {
      const { productId, reservationId, checkoutId, orderId, userId, quantity, occurredAt: since } = event.data;
      note(productId, { kind: 'open-reservation', reservationId, checkoutId, orderId, userId, quantity, since });
    }
    if (event.type === 'StockReleased') drop(event.data.productId, 'open-reservation', event.data.reservationId);
    if (event.type === 'StockSold')
      for (const { reservationId } of event.data.reservations) drop(event.data.productId, 'open-reservation', reservationId);
    if (event.type === 'StockReturned') {
      drop(event.data.productId, 'open-reservation', event.data.reservationId);
      drop(event.data.productId, 'return-due', event.data.reservationId);
    }
    if (event.type === 'OrderCancelled') {
      const { checkoutId, orderId, userId, lines, occurredAt: since } = event.data;
      for (const { productId, quantity } of lines)
        note(productId, { kind: 'return-due', reservationId: `${checkoutId}:${productId}`, checkoutId, orderId, userId, quantity, since });
    }
  };
  return {
    name: 'to-do',
    documentIds: ({ event: { type, data } }) => {
      if (type === 'OrderCancelled') return [...new Set(data.lines.map(({ productId }) => productId))];
      const isAboutStock = type === 'StockReserved' || type === 'StockReleased' || type === 'StockSold' || type === 'StockReturned';
      return isAboutStock ? [data.productId] : [];
    },
    take,
    document: (productId) => {
      const entries = [...entriesOf(productId).values()];
      const oldest = entries.reduce<string | null>((least, { since }) => (least === null || since < least ? since : least), null);
      return { productId, entries, oldest };
    },
  };
};
