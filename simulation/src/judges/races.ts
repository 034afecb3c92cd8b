import { productStream, type ShopEvent } from '@shop/events';
import { z } from 'zod';
import type { Exchange } from '../world/history.js';
import type { Books } from './books.js';
import type { Sightings } from './sightings.js';

/** The races of the order protocol that a run must have seen, each with what shows that it happened. */
export const raceNames = [
  'two executions of one key, in two processes',
  'the twin holds the last unit',
  'a sweeper voids a checkout under way',
  'a payment comes before the void',
  'a payment of unknown outcome lands',
  'a payment of unknown outcome meets a taken revision',
  'a reservation lands after its checkout was voided',
  'owner and sweeper close one reservation',
  'two sweepers close one reservation',
  'a cancellation overtakes the sale',
  'one order is cancelled twice at once',
  'a fresh checkout is voided by a clock that is ahead',
  'a product changes between reservation and payment',
  'one product on two lines',
  'a process begins from a snapshot after a crash',
  'a cart order is taken out by another than its payer',
  'a cancellation overtakes the sale of a cart order',
  'two tabs pay for one cart',
  'two baskets want the same products',
  'a price is set again in a process that has not seen it change',
  'an append conflicts three times in a row',
] as const;
export type Race = (typeof raceNames)[number];

type Fact<Type extends ShopEvent['type']> = Extract<ShopEvent, { readonly type: Type }>;
const correlated = z.object({ correlationId: z.string() });
const soldReservations = z.array(z.object({ reservationId: z.string() }));
const cartPayment = z.object({ userId: z.string(), orderId: z.string(), cart: z.object({ after: z.string().nullable() }) });
const sweptAfterMs = 30_000;

const processOf = (name: string): string => name.split('.')[0] ?? name;
const overlap = (one: Exchange, other: Exchange): boolean =>
  one.eventsBefore <= other.eventsAfter &&
  other.eventsBefore <= one.eventsAfter &&
  one.begin < (other.end ?? Infinity) &&
  other.begin < (one.end ?? Infinity);
const pairs = <Item>(items: readonly Item[]): (readonly [Item, Item])[] =>
  items.flatMap((one, index) => items.slice(index + 1).map((other) => [one, other] as const));

/** Which races happened in one history, and how often. */
export const racesIn = (
  exchanges: readonly Exchange[],
  { events, between }: Books,
  { asks, storms, late, snapshots, writtenAt }: Sightings,
): ReadonlyMap<Race, number> => {
  const counts = new Map<Race, number>();
  const seen = (race: Race, happened: boolean): void => {
    if (happened) counts.set(race, (counts.get(race) ?? 0) + 1);
  };
  const of = <Type extends ShopEvent['type']>(
    type: Type,
  ): readonly { readonly index: number; readonly fact: Fact<Type>; readonly by: string; readonly request: string }[] =>
    events.flatMap(({ recorded, event }, index) => {
      const isOne = (candidate: ShopEvent): candidate is Fact<Type> => candidate.type === type;
      return isOne(event)
        ? [{ index, fact: event, by: processOf(recorded.id), request: correlated.parse(recorded.metadata).correlationId }]
        : [];
    });

  const byRequest = new Map(exchanges.map((exchange) => [exchange.requestId, exchange]));
  const reserved = of('StockReserved');
  const paid = of('OrderPaid');
  const sold = of('StockSold');
  const returned = of('StockReturned');
  const cancelled = of('OrderCancelled');
  const voided = of('CheckoutVoided');
  const takenOut = of('CartCheckedOut');
  const released = of('StockReleased');
  const payments = new Map(paid.map((one) => [one.fact.data.orderId, one]));
  const soldAt = (orderId: string): number =>
    sold.find(({ fact }) => fact.data.reservations.some((one) => one.orderId === orderId))?.index ?? Infinity;

  const orderings = exchanges.filter(({ action }) => action.kind === 'order' || action.kind === 'checkout');
  const sameKey = pairs(orderings).filter(
    ([one, other]) => one.key === other.key && one.userId === other.userId && one.path === other.path && overlap(one, other),
  );
  for (const [one, other] of sameKey) {
    const payer = paid.find(({ request }) => request === one.requestId || request === other.requestId);
    seen(
      'two executions of one key, in two processes',
      payer !== undefined && one.process !== other.process && one.status === 201 && other.status === 201,
    );
    const { action } = one;
    if (action.kind !== 'order') continue;
    const mine = reserved.filter(({ request }) => request === one.requestId || request === other.requestId);
    const heldTwice = mine.some(({ fact: { data } }) => {
      const wanted = action.lines.reduce((sum, { product, quantity }) => (`p${product + 1}` === data.productId ? sum + quantity : sum), 0);
      const from = Math.max(one.eventsBefore, other.eventsBefore);
      const until = Math.min(one.eventsAfter, other.eventsAfter);
      return between(productStream(data.productId), from, until).some(
        (book) => [...book.open.values()].includes(data.orderId) && book.available < wanted,
      );
    });
    seen('the twin holds the last unit', heldTwice);
  }

  for (const { fact, index, request: _ } of voided) {
    const { checkoutId } = fact.data;
    const own = reserved.find((one) => one.fact.data.checkoutId === checkoutId);
    const asked = own && byRequest.get(own.request);
    seen('a sweeper voids a checkout under way', asked !== undefined && asked.eventsAfter > index);
    const age = own ? (writtenAt[index] ?? 0) - (writtenAt[own.index] ?? 0) : Infinity;
    seen('a fresh checkout is voided by a clock that is ahead', age < sweptAfterMs);
    seen(
      'a reservation lands after its checkout was voided',
      reserved.some((one) => one.fact.data.checkoutId === checkoutId && one.index > index),
    );
  }
  const toVoid = new Set(
    asks.flatMap((ask) =>
      ask.events.flatMap(({ type, data }) => (type === 'CheckoutVoided' && 'checkoutId' in data ? [data.checkoutId] : [])),
    ),
  );
  for (const { fact } of paid) seen('a payment comes before the void', toVoid.has(fact.data.checkoutId));
  for (const { events: landed, wrote, outcome } of late) {
    const isPayment = landed.some(({ type }) => type === 'OrderPaid');
    seen('a payment of unknown outcome lands', isPayment && wrote);
    seen('a payment of unknown outcome meets a taken revision', isPayment && outcome === 'conflict');
  }

  const closers = new Map<unknown, Set<string>>();
  const closes = (reservation: unknown, by: string) => closers.set(reservation, (closers.get(reservation) ?? new Set()).add(processOf(by)));
  for (const { by, events: asked } of asks)
    for (const { type, data } of asked) {
      if ((type === 'StockReleased' || type === 'StockReturned') && 'reservationId' in data) closes(data.reservationId, by);
      if (type === 'StockSold' && 'reservations' in data && Array.isArray(data.reservations))
        for (const { reservationId } of soldReservations.parse(data.reservations)) closes(reservationId, by);
    }
  for (const by of closers.values()) {
    const sweepers = [...by].filter((name) => name.startsWith('sweeper')).length;
    seen('owner and sweeper close one reservation', sweepers > 0 && by.size > sweepers);
    seen('two sweepers close one reservation', sweepers > 1);
  }

  for (const { fact, index } of cancelled) {
    const { orderId } = fact.data;
    const overtook = soldAt(orderId) > index && returned.some((one) => one.fact.data.orderId === orderId);
    seen('a cancellation overtakes the sale', overtook);
    seen('a cancellation overtakes the sale of a cart order', overtook && payments.get(orderId)?.fact.data.cart !== undefined);
  }
  const cancelling = exchanges.filter(({ action }) => action.kind === 'cancel');
  for (const [one, other] of pairs(cancelling))
    seen('one order is cancelled twice at once', one.path === other.path && overlap(one, other));

  const changes = events.flatMap(({ event }, index) =>
    event.type === 'ProductRepriced' || event.type === 'ProductArchived' ? [{ index, productId: event.data.productId }] : [],
  );
  for (const { fact, index } of paid)
    for (const { productId } of fact.data.lines) {
      const own = reserved.find((one) => one.fact.data.checkoutId === fact.data.checkoutId && one.fact.data.productId === productId);
      seen(
        'a product changes between reservation and payment',
        changes.some((change) => change.productId === productId && change.index > (own?.index ?? Infinity) && change.index < index),
      );
    }
  for (const { status, action } of orderings)
    seen(
      'one product on two lines',
      status === 201 && action.kind === 'order' && new Set(action.lines.map(({ product }) => product)).size < action.lines.length,
    );
  for (const name of snapshots) seen('a process begins from a snapshot after a crash', !name.endsWith('.1'));

  for (const { fact, by } of takenOut)
    seen('a cart order is taken out by another than its payer', payments.get(fact.data.orderId)?.by !== by);
  const carts = asks.flatMap(({ events: asked }) =>
    asked.flatMap(({ type, data }) => (type === 'OrderPaid' ? (cartPayment.safeParse(data).data ?? []) : [])),
  );
  const orderOf = new Map<string, string>();
  for (const { userId, orderId, cart } of carts) {
    const place = JSON.stringify([userId, cart.after]);
    seen('two tabs pay for one cart', (orderOf.get(place) ?? orderId) !== orderId);
    orderOf.set(place, orderId);
  }

  const severalProducts = orderings.filter(
    ({ action }) => action.kind === 'order' && new Set(action.lines.map(({ product }) => product)).size > 1,
  );
  const letGo = new Set(released.map(({ request }) => request));
  for (const [one, other] of pairs(severalProducts))
    seen(
      'two baskets want the same products',
      one.key !== other.key &&
        overlap(one, other) &&
        (letGo.has(one.requestId) || letGo.has(other.requestId)) &&
        (one.status === 201 || other.status === 201),
    );

  const prices = exchanges.flatMap(({ action, process, eventsAfter, status }) =>
    action.kind === 'reprice' && status === 200 ? [{ ...action, process, eventsAfter }] : [],
  );
  prices.forEach((third, index) => {
    const before = prices.slice(0, index).filter(({ product }) => product === third.product);
    const last = before.at(-1);
    const own = before.findLast(({ process }) => process === third.process);
    seen(
      'a price is set again in a process that has not seen it change',
      last !== undefined && own !== undefined && last !== own && own.price === third.price && last.price !== third.price,
    );
  });

  for (let storm = 0; storm < storms; storm += 1) seen('an append conflicts three times in a row', true);
  return counts;
};
