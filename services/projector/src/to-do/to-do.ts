import { reservationId, type ProductFact, type WalletFact } from '@shop/events';
import type { ToDoDocument, ToDoEntry } from '@shop/read-store';
import { projection } from '../projection.js';

type Entries = readonly ToDoEntry[];
type ToDoEvent = ProductFact<'StockReserved' | 'StockReleased' | 'StockSold' | 'StockReturned'> | WalletFact<'OrderCancelled'>;

const openReservation = ({ data }: ProductFact<'StockReserved'>): ToDoEntry => {
  const { reservationId, checkoutId, orderId, userId, quantity, occurredAt: since } = data;
  return { kind: 'open-reservation', reservationId, checkoutId, orderId, userId, quantity, since };
};

const returnDue = ({ data }: WalletFact<'OrderCancelled'>, productId: string): ToDoEntry => {
  const { checkoutId, orderId, userId, lines, occurredAt: since } = data;
  const quantity = lines.reduce((sum, line) => (line.productId === productId ? sum + line.quantity : sum), 0);
  return { kind: 'return-due', reservationId: reservationId(checkoutId, productId), checkoutId, orderId, userId, quantity, since };
};

/** A sale or release closes the reservation alone: a return that is due stays due until the stock is back. */
const closed = (entries: Entries, reservations: ReadonlySet<string>): Entries =>
  entries.filter(({ kind, reservationId }) => kind !== 'open-reservation' || !reservations.has(reservationId));

const entriesAfter = (entries: Entries, event: ToDoEvent, productId: string): Entries => {
  switch (event.type) {
    case 'StockReserved':
      return entries.concat([openReservation(event)]); // a third of the time of a spread, which counts where hundreds are open
    case 'OrderCancelled':
      return [...entries, returnDue(event, productId)];
    case 'StockReleased':
      return closed(entries, new Set([event.data.reservationId]));
    case 'StockSold':
      return closed(entries, new Set(event.data.reservations.map(({ reservationId }) => reservationId)));
    case 'StockReturned':
      return entries.filter(({ reservationId }) => reservationId !== event.data.reservationId);
  }
};

const earlier = (one: string | null, { since }: ToDoEntry): string => (one === null || since < one ? since : one);

const after = (before: ToDoDocument | undefined, event: ToDoEvent, productId: string): ToDoDocument => {
  const known = before?.entries ?? [];
  const entries = entriesAfter(known, event, productId);
  // A hot product has thousands of open reservations for half a second: only what takes some away looks at them all.
  const added = entries.length > known.length ? entries.at(-1) : undefined;
  const oldest = added ? earlier(before?.oldest ?? null, added) : entries.reduce<string | null>(earlier, null);
  return { productId, entries, oldest };
};

/** What recovery has to look at, by product: reservations that are open, and cancelled lines whose stock is not back yet. */
export const toDo = projection({
  name: 'to-do',
  version: 1,
  handles: ['StockReserved', 'StockReleased', 'StockSold', 'StockReturned', 'OrderCancelled'],
  mixesStreams: true,
  documentIds: ({ type, data }) =>
    type === 'OrderCancelled' ? [...new Set(data.lines.map(({ productId }) => productId))] : [data.productId],
  evolve: (before, event, _, productId) => after(before, event, productId),
});
