import type { CartEvent, CartFact } from '@shop/events';
import type { CartLine } from '@shop/read-store';
import { projection } from '../projection.js';

type Lines = readonly CartLine[];

/** Adding to a line that is there takes the name and price just seen, and keeps its place and time. */
const added = (lines: Lines, { data }: CartFact<'CartItemAdded'>): Lines => {
  const { itemId, productId, name, addedPrice, lineQuantity: quantity, occurredAt } = data;
  const there = lines.find((line) => line.itemId === itemId);
  if (!there) return [...lines, { itemId, productId, name, quantity, addedPrice, addedAt: occurredAt }];
  return lines.map((line) => (line === there ? { ...line, name, quantity, addedPrice } : line));
};

/** A line of which nothing is left is gone. @throws where the cart has no such line: broken data, never guessed at */
const left = (lines: Lines, itemId: string, quantity: number): Lines => {
  if (!lines.some((line) => line.itemId === itemId)) throw new Error(`the cart has no line ${itemId}`);
  if (quantity === 0) return lines.filter((line) => line.itemId !== itemId);
  return lines.map((line) => (line.itemId === itemId ? { ...line, quantity } : line));
};

const linesAfter = (lines: Lines, event: CartEvent): Lines => {
  switch (event.type) {
    case 'CartItemAdded':
      return added(lines, event);
    case 'CartItemQuantityChanged':
      return left(lines, event.data.itemId, event.data.lineQuantity);
    case 'CartItemRemoved':
      return left(lines, event.data.itemId, 0);
    case 'CartCheckedOut':
      return event.data.lines.reduce((rest, { itemId, lineQuantity }) => left(rest, itemId, lineQuantity), lines);
  }
};

/** What each user has in the cart. An emptied one stays as a document: its position must not be forgotten. */
export const carts = projection({
  name: 'carts',
  version: 1,
  handles: ['CartItemAdded', 'CartItemQuantityChanged', 'CartItemRemoved', 'CartCheckedOut'],
  mixesStreams: false,
  documentIds: ({ data }) => [data.userId],
  evolve: (before, event, { revision }) => ({
    userId: event.data.userId,
    lines: linesAfter(before?.lines ?? [], event),
    revision: revision + 1,
  }),
});
