import type { RecordedEvent } from '@shop/event-store';
import { parseStored, type ShopEvent } from '@shop/events';

/** What a stream says after an event: by its own words, without any rule of the shop. */
export type Book = {
  /** Number of events in the whole log that stand up to it. */
  readonly from: number;
  readonly balance: number;
  readonly registered: boolean;
  readonly archived: boolean;
  readonly price: number;
  readonly available: number;
  /** Of a product's catalogue, or of a cart. */
  readonly revision: number;
  /** Lines of a cart, by item. */
  readonly lines: ReadonlyMap<string, number>;
  /** Open reservations of a product: order by reservation. */
  readonly open: ReadonlyMap<string, string>;
  readonly cancelled: ReadonlySet<string>;
};

const blank: Book = {
  from: 0,
  balance: 0,
  registered: false,
  archived: false,
  price: 0,
  available: 0,
  revision: 0,
  lines: new Map(),
  open: new Map(),
  cancelled: new Set(),
};

const without = <Key, Value>(map: ReadonlyMap<Key, Value>, ...keys: readonly Key[]): ReadonlyMap<Key, Value> =>
  new Map([...map].filter(([key]) => !keys.includes(key)));

const withLines = (book: Book, changed: readonly (readonly [string, number])[]): Partial<Book> => {
  const lines = new Map(book.lines);
  for (const [itemId, quantity] of changed) {
    if (quantity > 0) lines.set(itemId, quantity);
    else lines.delete(itemId);
  }
  return { lines, revision: book.revision + 1 };
};

const changeOf = (book: Book, { type, data }: ShopEvent): Partial<Book> => {
  switch (type) {
    case 'WalletCharged':
      return { balance: data.balance };
    case 'OrderPaid':
      return { balance: data.balance };
    case 'OrderCancelled':
      return { balance: data.balance, cancelled: new Set([...book.cancelled, data.orderId]) };
    case 'CheckoutVoided':
      return {};
    case 'ProductRegistered':
      return { registered: true, price: data.price, available: data.available, revision: data.revision };
    case 'ProductRenamed':
      return { revision: data.revision };
    case 'ProductRepriced':
      return { price: data.price, revision: data.revision };
    case 'ProductArchived':
      return { archived: true, revision: data.revision };
    case 'StockAdjusted':
      return { available: data.available };
    case 'StockReserved':
      return { available: data.available, open: new Map([...book.open, [data.reservationId, data.orderId]]) };
    case 'StockReleased':
    case 'StockReturned':
      return { available: data.available, open: without(book.open, data.reservationId) };
    case 'StockSold':
      return { open: without(book.open, ...data.reservations.map(({ reservationId }) => reservationId)) };
    case 'CartItemAdded':
    case 'CartItemQuantityChanged':
      return withLines(book, [[data.itemId, data.lineQuantity]]);
    case 'CartItemRemoved':
      return withLines(book, [[data.itemId, 0]]);
    case 'CartCheckedOut':
      return withLines(
        book,
        data.lines.map(({ itemId, lineQuantity }) => [itemId, lineQuantity]),
      );
  }
};

export type Books = {
  /** What a stream said at any moment between two ends of the log, in order: what it said at the first, then each change. */
  readonly between: (stream: string, first: number, last: number) => readonly Book[];
  /** The log's events, in their current shape. */
  readonly events: readonly { readonly recorded: RecordedEvent; readonly event: ShopEvent }[];
  /** How many events stand up to a position. */
  readonly upTo: (position: string) => number;
};

export const keepBooks = (log: readonly RecordedEvent[]): Books => {
  const events = log.map((recorded) => ({ recorded, event: parseStored(recorded) }));
  const streams = new Map<string, Book[]>();
  events.forEach(({ recorded: { stream }, event }, index) => {
    const books = streams.get(stream) ?? [blank];
    streams.set(stream, books);
    const before = books.at(-1) ?? blank;
    books.push({ ...before, ...changeOf(before, event), from: index + 1 });
  });
  return {
    between: (stream, first, last) => {
      const books = streams.get(stream) ?? [blank];
      return books.filter(({ from }, index) => from <= last && (books[index + 1]?.from ?? Infinity) > first);
    },
    events,
    upTo: (position) => log.filter((recorded) => recorded.position <= position).length,
  };
};
