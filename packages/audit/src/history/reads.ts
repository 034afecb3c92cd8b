import { streamKind } from '@shop/events';
import { z } from 'zod';
import type { TopAnswer } from '../best-sellers.js';
import type { Say } from '../finding.js';
import type { Judge } from '../judge.js';
import { cartLinesIn, productIn, walletIn, type Ledger } from '../ledger/ledger.js';
import { pathOf, type Acknowledged, type HistoryLine } from './history.js';

const balance = z.object({ balance: z.number() });
const product = z.object({ name: z.string(), price: z.number(), stock: z.number(), status: z.string(), revision: z.number() });
const order = z.object({ status: z.string(), totalAmount: z.number() });
const cart = z.object({
  items: z.array(z.object({ itemId: z.string(), productId: z.string(), quantity: z.number() })),
  revision: z.number(),
});
const top = z.object({
  items: z.array(z.object({ productId: z.string(), soldQuantity: z.number(), revenue: z.number() })),
  window: z.object({ to: z.string() }),
});

type Read = HistoryLine & { readonly position: string };
/** A cart that is not what it was at the position of its answer: parts of a joined answer may be newer than that, but not than the answer. */
type NewerCart = { readonly read: Read; readonly expected: string; readonly found: string; readonly until: string };

/** What a read of one thing must have answered at its position; undefined for a read that is not of one thing. */
const expectedOf = (read: Read, ledger: Readonly<Ledger>): { readonly shape: z.ZodType; readonly value: unknown } | undefined => {
  const { segments, query } = pathOf(read);
  const [collection, id, more] = segments;
  if (id === undefined || more !== undefined) return undefined;
  if (collection === 'balance') return { shape: balance, value: { balance: walletIn(ledger, id).balance } };
  if (collection === 'products' && id !== 'top') {
    const { name, price, available: stock, archived, revision } = productIn(ledger, id);
    return { shape: product, value: { name, price, stock, status: archived ? 'ARCHIVED' : 'ACTIVE', revision } };
  }
  if (collection !== 'orders') return undefined;
  if (id === 'cart') {
    const userId = query.get('userId') ?? read.userId ?? '';
    const items = [...cartLinesIn(ledger, userId)].map(([itemId, { productId, quantity }]) => ({ itemId, productId, quantity }));
    return { shape: cart, value: { items, revision: ledger.carts.get(userId)?.events ?? 0 } };
  }
  const status = ledger.cancelledOrders.has(id) ? 'CANCELLED' : 'PAID';
  return { shape: order, value: { status, totalAmount: ledger.orderTotals.get(id) ?? 'an order that is not paid' } };
};

const cartOf = (read: Read): string | undefined => {
  const { segments, query } = pathOf(read);
  return segments.join('/') === 'orders/cart' ? (query.get('userId') ?? read.userId ?? '') : undefined;
};
const untrue = ({ path, begin, position }: Read, expected: string, found: string, say: Say): void =>
  say('I12', `GET ${path} at ${begin}`, expected, found, { stream: null, revision: null, position });

/** I12: an answer is what the log says at its position, and that is as late as the client asked for. */
export const readsAreTrue = (history: readonly HistoryLine[], acknowledged: Acknowledged): Judge => {
  const reads = history
    .flatMap((line): Read[] =>
      line.method === 'GET' && line.status === 200 && line.position !== undefined ? [{ ...line, position: line.position }] : [],
    )
    .sort((one, other) => (one.position < other.position ? -1 : one.position > other.position ? 1 : 0));
  let next = 0;
  const newerCarts = new Map<string, Set<NewerCart>>();

  const judgeFreshness = (read: Read, say: Say): void => {
    const { path, token, consistency, position, begin } = read;
    const place = { stream: null, revision: null, position };
    const about = `GET ${path} at ${begin}`;
    if (consistency === 'eventual') return;
    if (token !== undefined && position < token) say('I12', about, `as of ${token}, the token sent, or later`, position, place);
    const known = acknowledged.before(begin);
    if (consistency === 'strong' && position < known)
      say('I12', about, `as of ${known}, acknowledged before it, or later`, position, place);
  };
  const judgeAnswer = (read: Read, ledger: Readonly<Ledger>, say: Say): void => {
    const expected = expectedOf(read, ledger);
    if (!expected) return;
    const found = expected.shape.safeParse(read.answer);
    const [one, other] = [JSON.stringify(expected.value), found.success ? JSON.stringify(found.data) : JSON.stringify(read.answer)];
    if (one === other) return;
    const userId = cartOf(read);
    if (userId === undefined) return untrue(read, one, other, say);
    const until = acknowledged.after(read.end ?? Infinity);
    newerCarts.set(userId, (newerCarts.get(userId) ?? new Set()).add({ read, expected: one, found: other, until }));
  };
  const judgeNewerCarts = (userId: string, position: string, ledger: Readonly<Ledger>, say: Say): void => {
    const waiting = newerCarts.get(userId);
    for (const cart of waiting ?? []) {
      const { read, expected, found, until } = cart;
      const now = expectedOf(read, ledger);
      if (position <= until && JSON.stringify(now?.value) !== found) continue;
      waiting?.delete(cart);
      if (position > until) untrue(read, expected, found, say);
    }
  };
  const judgeUntil = (position: string, ledger: Readonly<Ledger>, say: Say): void => {
    for (let read = reads[next]; read && read.position < position; read = reads[next]) {
      judgeFreshness(read, say);
      judgeAnswer(read, ledger, say);
      next += 1;
    }
  };
  return {
    invariants: ['I12'],
    before: ({ recorded }, ledger, say) => judgeUntil(recorded.position, ledger, say),
    after: ({ recorded, event }, ledger, say) => {
      if (newerCarts.size > 0 && streamKind(recorded.stream) === 'cart' && 'userId' in event.data)
        judgeNewerCarts(event.data.userId, recorded.position, ledger, say);
    },
    end: (ledger, say) => {
      for (const { path, position } of reads.slice(next))
        if (position > ledger.position) say('I12', `GET ${path}`, `nothing beyond the end of the log, ${ledger.position}`, position);
      judgeUntil('g', ledger, say);
      for (const waiting of newerCarts.values()) for (const { read, expected, found } of waiting) untrue(read, expected, found, say);
    },
  };
};

/** Best sellers that clients were shown, for the count by hand. */
export const topAnswersIn = (history: readonly HistoryLine[], acknowledged: Acknowledged): TopAnswer[] =>
  history.flatMap((line): TopAnswer[] => {
    const { segments, query } = pathOf(line);
    if (line.method !== 'GET' || line.status !== 200 || segments.join('/') !== 'products/top' || line.position === undefined) return [];
    const { items, window } = top.parse(line.answer);
    const limit = Number(query.get('limit') ?? 5);
    const partsUntil = acknowledged.after(line.end ?? Infinity);
    return [{ asOf: window.to, position: line.position, partsUntil, limit, items, archived: 'left out' }];
  });
