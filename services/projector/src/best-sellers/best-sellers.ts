import type { WalletFact } from '@shop/events';
import type { BestSellerDay, BestSellerDocument, BestSellerHour } from '@shop/read-store';
import { projection } from '../projection.js';

type Sold = { readonly units: number; readonly revenue: number };

/** When a sale counts: in the minute it was paid, also for the units that a later cancellation takes away. */
const soldAt = ({ type, data }: WalletFact<'OrderPaid' | 'OrderCancelled'>): string =>
  type === 'OrderPaid' ? data.occurredAt : data.paidAt;

/** What an order changes of one product: units and revenue of all its lines, taken away where it is cancelled. */
const soldOf = ({ type, data }: WalletFact<'OrderPaid' | 'OrderCancelled'>, productId: string): Sold => {
  let units = 0;
  let revenue = 0;
  for (const line of data.lines) {
    if (line.productId !== productId) continue;
    units += line.quantity;
    revenue += line.quantity * line.unitPrice;
  }
  return type === 'OrderPaid' ? { units, revenue } : { units: 0 - units, revenue: 0 - revenue };
};

/** `2026-01-05` and `2026-01-05T03` of `2026-01-05T03:04:05.678Z`. */
const dayOf = (instant: string) => instant.slice(0, 10);
const hourOf = (instant: string) => instant.slice(0, 13);
const minuteOf = (instant: string) => Number(instant.slice(14, 16));

const dayPrefix = (instant: string) => `day:${dayOf(instant)}:`;
const hourPrefix = (instant: string) => `hour:${hourOf(instant)}:`;

const dayWith = (before: BestSellerDocument | undefined, productId: string, at: string, sold: Sold): BestSellerDay => ({
  kind: 'day',
  productId,
  day: dayOf(at),
  units: (before?.units ?? 0) + sold.units,
  revenue: (before?.revenue ?? 0) + sold.revenue,
});

type Minute = BestSellerHour['minutes'][number];

/** Minutes stay in order; sales come in the newest one, so the place is looked for from the end. */
const minutesWith = (before: readonly Minute[], minute: number, { units, revenue }: Sold): readonly Minute[] => {
  let place = before.length;
  while (place > 0 && (before[place - 1]?.minute ?? 0) > minute) place -= 1;
  const last = before[place - 1];
  const minutes = before.slice();
  if (last?.minute === minute) minutes[place - 1] = { minute, units: last.units + units, revenue: last.revenue + revenue };
  else minutes.splice(place, 0, { minute, units, revenue });
  return minutes;
};

const hourWith = (before: BestSellerDocument | undefined, productId: string, at: string, sold: Sold): BestSellerHour => ({
  kind: 'hour',
  productId,
  hour: hourOf(at),
  units: (before?.units ?? 0) + sold.units,
  revenue: (before?.revenue ?? 0) + sold.revenue,
  minutes: minutesWith(before?.kind === 'hour' ? before.minutes : [], minuteOf(at), sold),
});

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
    const [day, hour] = [dayPrefix(at), hourPrefix(at)];
    const ids = new Set<string>();
    for (const { productId } of event.data.lines) ids.add(day + productId).add(hour + productId);
    return [...ids];
  },
  evolve: (before, event, _, id) => {
    const at = soldAt(event);
    const isDay = id.startsWith('day:');
    const productId = id.slice((isDay ? dayPrefix(at) : hourPrefix(at)).length);
    const sold = soldOf(event, productId);
    return isDay ? dayWith(before, productId, at, sold) : hourWith(before, productId, at, sold);
  },
});
