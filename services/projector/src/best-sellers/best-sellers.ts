import type { OrderLine, WalletFact } from '@shop/events';
import type { BestSellerDay, BestSellerDocument, BestSellerHour } from '@shop/read-store';
import { projection } from '../projection.js';

type Sold = { readonly units: number; readonly revenue: number };

const plus = (one: Sold, other: Sold): Sold => ({ units: one.units + other.units, revenue: one.revenue + other.revenue });
const nothing: Sold = { units: 0, revenue: 0 };

/** When a sale counts: in the minute it was paid, also for the units that a later cancellation takes away. */
const soldAt = ({ type, data }: WalletFact<'OrderPaid' | 'OrderCancelled'>): string =>
  type === 'OrderPaid' ? data.occurredAt : data.paidAt;

const soldOf = (lines: readonly OrderLine[], productId: string): Sold =>
  lines
    .filter((line) => line.productId === productId)
    .reduce((sum, { quantity, unitPrice }) => plus(sum, { units: quantity, revenue: quantity * unitPrice }), nothing);

/** `2026-01-05` and `2026-01-05T03` of `2026-01-05T03:04:05.678Z`. */
const dayOf = (instant: string) => instant.slice(0, 10);
const hourOf = (instant: string) => instant.slice(0, 13);
const minuteOf = (instant: string) => Number(instant.slice(14, 16));

const dayId = (instant: string, productId: string) => `day:${dayOf(instant)}:${productId}`;
const hourId = (instant: string, productId: string) => `hour:${hourOf(instant)}:${productId}`;

const dayWith = (before: BestSellerDocument | undefined, productId: string, at: string, sold: Sold): BestSellerDay => ({
  kind: 'day',
  productId,
  day: dayOf(at),
  ...plus(before ?? nothing, sold),
});

const hourWith = (before: BestSellerDocument | undefined, productId: string, at: string, sold: Sold): BestSellerHour => {
  const minutes = before?.kind === 'hour' ? before.minutes : [];
  const minute = minuteOf(at);
  const known = minutes.find((one) => one.minute === minute);
  const others = minutes.filter((one) => one !== known);
  return {
    kind: 'hour',
    productId,
    hour: hourOf(at),
    ...plus(before ?? nothing, sold),
    minutes: [...others, { minute, ...plus(known ?? nothing, sold) }].sort((one, other) => one.minute - other.minute),
  };
};

/**
 * Units paid for, net of cancellations, by product and minute. The one projection that adds to what is stored, which is exact
 * only because a document never takes in one event twice: the engine leaves out events up to the document's own position.
 */
export const bestSellers = projection({
  name: 'best-sellers',
  version: 1,
  handles: ['OrderPaid', 'OrderCancelled'],
  mixesStreams: true,
  documentIds: (event) => {
    const at = soldAt(event);
    const products = new Set(event.data.lines.map(({ productId }) => productId));
    return [...products].flatMap((productId) => [dayId(at, productId), hourId(at, productId)]);
  },
  evolve: (before, event, _, id) => {
    const at = soldAt(event);
    const isDay = id.startsWith('day:');
    const productId = id.slice((isDay ? dayId(at, '') : hourId(at, '')).length);
    const paid = soldOf(event.data.lines, productId);
    const sold = event.type === 'OrderPaid' ? paid : { units: -paid.units, revenue: -paid.revenue };
    return isDay ? dayWith(before, productId, at, sold) : hourWith(before, productId, at, sold);
  },
});
