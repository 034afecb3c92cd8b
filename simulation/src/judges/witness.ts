import { cartStream, productStream, walletStream, type ShopEvent } from '@shop/events';
import { z } from 'zod';
import type { Exchange } from '../world/history.js';
import type { Book, Books } from './books.js';

type Say = (exchange: Exchange, expected: string, found: unknown) => void;

const problem = z.object({
  code: z.string(),
  items: z
    .array(
      z.object({ productId: z.string(), requested: z.number().optional(), stock: z.number().optional(), unitPrice: z.number().optional() }),
    )
    .default([]),
  balance: z.number().optional(),
  required: z.number().optional(),
  currentRevision: z.number().optional(),
});
type Refused = z.infer<typeof problem>;

/** Nothing came of it, these say; and so it must be. */
const withoutEffect = new Set(['WRITE_CONTENTION', 'EVENT_STORE_UNAVAILABLE', 'OVERLOADED', 'CHECKOUT_VOIDED', 'IDEMPOTENCY_KEY_IN_USE']);

/** What clients ask for; what finishes an order may follow from a request that was refused. */
const effects: ReadonlySet<ShopEvent['type']> = new Set<ShopEvent['type']>([
  'WalletCharged',
  'OrderPaid',
  'OrderCancelled',
  'ProductRegistered',
  'ProductRepriced',
  'ProductRenamed',
  'ProductArchived',
  'StockAdjusted',
  'CartItemAdded',
  'CartItemQuantityChanged',
  'CartItemRemoved',
]);

const correlated = z.object({ correlationId: z.string() });
const nameOf = ({ method, path, userId, key, requestId }: Exchange): string =>
  key === undefined ? requestId : JSON.stringify([method, path, userId ?? '', key]);
const isOrder = ({ method, path }: Exchange): boolean => method === 'POST' && (path === '/orders' || path === '/orders/cart/checkout');

const streamIn = ({ path, userId = '' }: Exchange): string => {
  const [collection, id] = path.split(/[/?]/).filter(Boolean);
  if (collection === 'products' && id !== undefined) return productStream(id);
  if (collection === 'balance') return walletStream(userId);
  return id === 'cart' ? cartStream(userId) : walletStream(userId);
};

/**
 * Every answer is right at one moment between the request and itself: that is the witness of a linearizable shop. The moment of a write is
 * its event, that of a read its position, and that of a refusal any at which it was true. The simulation knows between which two ends of the
 * log each request ran, so no clock is asked. That judges whole answers, refusals and "unchanged" included; the witness of linearizability
 * (verification/) knows of a real shop only times and one number's revisions, and asks another question: whether real time ever went back.
 */
export const witness = (exchanges: readonly Exchange[], books: Books): string[] => {
  const findings: string[] = [];
  const say: Say = ({ requestId, process, method, path, status, answer }, expected, found) => {
    findings.push(
      `L9 ${requestId} at ${process}, ${method} ${path}, ${status} ${JSON.stringify(answer)}: expected ${expected}, found ${String(found)}`,
    );
  };
  const groups = new Map<string, Exchange[]>();
  const byRequest = new Map<string, Exchange>();
  for (const exchange of exchanges) {
    groups.set(nameOf(exchange), [...(groups.get(nameOf(exchange)) ?? []), exchange]);
    byRequest.set(exchange.requestId, exchange);
  }

  /** Events of clients' commands, by the request they belong to, or by the key it shares with others. */
  const written = new Map<
    string,
    { readonly index: number; readonly event: ShopEvent; readonly position: string; readonly by: string }[]
  >();
  books.events.forEach(({ recorded, event }, index) => {
    const { correlationId } = correlated.parse(recorded.metadata);
    const exchange = byRequest.get(correlationId);
    if (!exchange || !effects.has(event.type)) return;
    const name = nameOf(exchange);
    written.set(name, [...(written.get(name) ?? []), { index, event, position: recorded.position, by: correlationId }]);
  });

  /** Known once anything was reserved for it; other events of its requests may be of an order before it. */
  const orderIdOf = (exchange: Exchange): string | undefined => {
    const ids = new Set((groups.get(nameOf(exchange)) ?? []).map(({ requestId }) => requestId));
    for (const { recorded, event } of books.events)
      if (event.type === 'StockReserved' && ids.has(correlated.parse(recorded.metadata).correlationId)) return event.data.orderId;
    return undefined;
  };
  const whileItRan = ({ eventsBefore, eventsAfter }: Exchange, stream: string): readonly Book[] =>
    books.between(stream, eventsBefore, eventsAfter);

  const judgeSuccess = (exchange: Exchange): void => {
    const mine = written.get(nameOf(exchange)) ?? [];
    const own = mine.filter(({ by }) => by === exchange.requestId);
    for (const { index, position } of own) {
      if (index < exchange.eventsBefore || index >= exchange.eventsAfter) say(exchange, 'its effect while it ran', `event ${index}`);
      if (exchange.position !== undefined && exchange.position < position) say(exchange, `a token from ${position} on`, exchange.position);
    }
    if (own.length > 0) return;
    for (const { index, position } of mine) {
      if (index >= exchange.eventsAfter) say(exchange, 'an effect that stood before the answer', `event ${index}`);
      if (exchange.position !== undefined && exchange.position < position) say(exchange, `a token from ${position} on`, exchange.position);
    }
    if (mine.length === 0) judgeUnchanged(exchange);
  };
  /** Nothing was written, so what it wants must have been so already. */
  const judgeUnchanged = (exchange: Exchange): void => {
    const { action } = exchange;
    const then = whileItRan(exchange, streamIn(exchange));
    const wanted = (what: string, isSo: (book: Book) => boolean) => {
      if (!then.some(isSo)) say(exchange, what, 'never while it ran, and nothing was written');
    };
    if (action.kind === 'reprice') wanted(`a price of ${action.price}`, ({ price }) => price === action.price);
    if (action.kind === 'cancel') wanted('a cancelled order', ({ cancelled }) => cancelled.has(exchange.path.split('/')[2] ?? ''));
    if (action.kind === 'archive') wanted('an archived product', ({ archived }) => archived);
    if (action.kind === 'clear') wanted('an empty cart', ({ lines }) => lines.size === 0);
    if (action.kind === 'remove') wanted('no such line', ({ lines }) => !lines.has(exchange.path.split(/[/?]/)[3] ?? ''));
    if (action.kind === 'change')
      wanted(`a line of ${action.quantity}`, ({ lines }) => lines.get(exchange.path.split('/')[3] ?? '') === action.quantity);
    if (['register', 'charge', 'order', 'checkout', 'adjust', 'add'].includes(action.kind))
      say(exchange, 'its effect in the log', 'nothing');
  };

  const judgeRefusal = (exchange: Exchange, refused: Refused): void => {
    const own = (written.get(nameOf(exchange)) ?? []).filter(({ by }) => by === exchange.requestId);
    const isFinal = exchange.status !== null && exchange.status < 500;
    if ((isFinal || withoutEffect.has(refused.code)) && own.length > 0)
      say(
        exchange,
        'no effect',
        own.map(({ event }) => event.type),
      );
    const first = exchange.eventsBefore;
    const stands = (written.get(nameOf(exchange)) ?? []).some(({ index }) => index < first);
    if (isFinal && stands && exchange.key !== undefined && !isOtherBody(exchange))
      say(exchange, 'the effect that its key had before', refused.code);
    const obstacle = obstacleOf(exchange, refused);
    if (obstacle) say(exchange, obstacle, 'never while it ran');
  };
  const isOtherBody = (exchange: Exchange): boolean =>
    (groups.get(nameOf(exchange)) ?? []).some(({ body }) => JSON.stringify(body) !== JSON.stringify(exchange.body));

  /** What was never so while the request ran, though its refusal says so. */
  const obstacleOf = (exchange: Exchange, { code, items, balance, required, currentRevision }: Refused): string | undefined => {
    const ever = (stream: string, isSo: (book: Book) => boolean) => whileItRan(exchange, stream).some(isSo);
    const own = streamIn(exchange);
    switch (code) {
      case 'INSUFFICIENT_BALANCE':
        return ever(walletStream(exchange.userId ?? ''), (book) => book.balance === balance && book.balance < (required ?? 0))
          ? undefined
          : `a balance of ${balance}`;
      case 'INSUFFICIENT_STOCK': {
        const orderId = isOrder(exchange) ? orderIdOf(exchange) : undefined;
        const holds = ({ open }: Book) => orderId !== undefined && [...open.values()].includes(orderId);
        const untrue = items.find(
          ({ productId, stock, requested = 0 }) =>
            !ever(productStream(productId), (book) => book.available === stock && book.available < requested && !holds(book)),
        );
        return untrue && `${untrue.productId} short with ${untrue.stock} and nothing of it held by the order itself`;
      }
      case 'PRODUCT_ARCHIVED':
        return items.length === 0 && own.startsWith('product-') && !ever(own, ({ archived }) => archived)
          ? 'an archived product'
          : undefined;
      case 'PRODUCT_NOT_FOUND':
        return items.length === 0 && own.startsWith('product-') && !ever(own, ({ registered }) => !registered)
          ? 'no such product'
          : undefined;
      case 'REVISION_MISMATCH': {
        const stream = exchange.action.kind === 'checkout' ? cartStream(exchange.userId ?? '') : own;
        return ever(stream, ({ revision }) => revision === currentRevision) ? undefined : `revision ${currentRevision}`;
      }
      case 'CART_EMPTY':
        return ever(cartStream(exchange.userId ?? ''), ({ lines }) => lines.size === 0) ? undefined : 'an empty cart';
      case 'PRICE_CHANGED': {
        const untrue = items.find(({ productId, unitPrice }) => !ever(productStream(productId), ({ price }) => price === unitPrice));
        return untrue && `a price of ${untrue.unitPrice} for ${untrue.productId}`;
      }
      case 'IDEMPOTENCY_KEY_IN_USE': {
        const orderId = orderIdOf(exchange);
        return orderId === undefined ? 'another execution of the same key that holds stock' : undefined;
      }
      default:
        return undefined;
    }
  };

  const judgeRead = (exchange: Exchange): void => {
    const { position, eventsBefore, eventsAfter, consistency, token } = exchange;
    if (position === undefined) return;
    const at = books.upTo(position);
    if (consistency === 'strong' && at < eventsBefore) say(exchange, `all ${eventsBefore} events from before it`, at);
    if (at > eventsAfter) say(exchange, `at most the ${eventsAfter} events up to its answer`, at);
    if (token !== undefined && position < token) say(exchange, `as of ${token} or later`, position);
  };

  for (const exchange of exchanges) {
    const { status, method } = exchange;
    if (status === null) continue;
    if (method === 'GET') judgeRead(exchange);
    else if (status < 300) judgeSuccess(exchange);
    else judgeRefusal(exchange, problem.parse(exchange.answer));
  }
  return findings;
};
