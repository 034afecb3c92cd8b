import { describe, expect, it } from '@jest/globals';
import type { WalletFact } from '@shop/events';
import fc from 'fast-check';
import { at, cancelled, line, paid } from '../testing/facts.js';
import { folded } from '../testing/folded.js';
import { bestSellers } from './best-sellers.js';

const sold = (...events: readonly WalletFact<'OrderPaid' | 'OrderCancelled'>[]) => Object.fromEntries(folded(bestSellers, events));

describe('best sellers', () => {
  it('count units and revenue of a sale in its minute, hour and day', () => {
    expect(sold(paid('o1', [line('p1', 2, 500)], { occurredAt: at(3, 7) }))).toEqual({
      'day:2026-01-05:p1': { kind: 'day', productId: 'p1', day: '2026-01-05', units: 2, revenue: 1_000 },
      'hour:2026-01-05T03:p1': {
        kind: 'hour',
        productId: 'p1',
        hour: '2026-01-05T03',
        units: 2,
        revenue: 1_000,
        minutes: [{ minute: 7, units: 2, revenue: 1_000 }],
      },
    });
  });

  it('sum lines of one product, and keep products, hours and days apart', () => {
    const documents = sold(
      paid('o1', [line('p1', 2, 500), line('p2', 1, 100), line('p1', 3, 500)], { occurredAt: at(23, 59) }),
      paid('o2', [line('p1', 1, 400)], { occurredAt: at(0, 0, 6) }),
    );
    expect(Object.entries(documents).map(([id, { units, revenue }]) => [id, units, revenue])).toEqual([
      ['day:2026-01-05:p1', 5, 2_500],
      ['hour:2026-01-05T23:p1', 5, 2_500],
      ['day:2026-01-05:p2', 1, 100],
      ['hour:2026-01-05T23:p2', 1, 100],
      ['day:2026-01-06:p1', 1, 400],
      ['hour:2026-01-06T00:p1', 1, 400],
    ]);
  });

  it('take cancelled units away in the minute they were sold, however late', () => {
    const order = paid('o1', [line('p1', 2, 500)], { occurredAt: at(3, 7) });
    const documents = sold(
      order,
      paid('o2', [line('p1', 1, 500)], { occurredAt: at(3, 2) }),
      cancelled(order, { occurredAt: at(9, 0, 8) }),
    );
    expect(documents).toEqual({
      'day:2026-01-05:p1': expect.objectContaining({ units: 1, revenue: 500 }),
      'hour:2026-01-05T03:p1': expect.objectContaining({
        units: 1,
        minutes: [
          { minute: 2, units: 1, revenue: 500 },
          { minute: 7, units: 0, revenue: 0 },
        ],
      }),
    });
  });

  it('know products whose ids look like anything', () => {
    expect(Object.values(sold(paid('o1', [line('day:x:y', 1)]))).map(({ productId }) => productId)).toEqual(['day:x:y', 'day:x:y']);
  });

  it('equal a count of all paid orders that were not cancelled, for any window of minutes', () => {
    const sale = fc.record({
      product: fc.constantFrom('p1', 'p2', 'p3'),
      second: fc.constantFrom('p1', 'p4'),
      units: fc.integer({ min: 1, max: 9 }),
      price: fc.nat(500),
      minute: fc.integer({ min: 0, max: 3 * 24 * 60 - 1 }),
      isCancelled: fc.boolean(),
    });
    const instant = (minute: number) => new Date(Date.UTC(2026, 0, 5) + minute * 60_000).toISOString();
    fc.assert(
      fc.property(fc.array(sale, { maxLength: 40 }), fc.nat(4_320), fc.nat(4_320), (sales, one, other) => {
        const paidOrders = sales.map(({ product, second, units, price, minute }, index) =>
          paid(`o${index}`, [line(product, units, price), line(second, 1, 7)], { occurredAt: instant(minute) }),
        );
        const cancellations = paidOrders.filter((_, index) => sales[index]?.isCancelled).map((order) => cancelled(order));
        const documents = [...folded(bestSellers, [...paidOrders, ...cancellations]).values()];
        const [from, to] = [instant(Math.min(one, other)), instant(Math.max(one, other))];
        const within = (time: string) => from <= time && time <= to;

        const lines = paidOrders
          .filter(({ data }, index) => !sales[index]?.isCancelled && within(data.occurredAt))
          .flatMap(({ data }) => data.lines);
        const minutes = documents.flatMap((document) => {
          if (document.kind === 'day') return [];
          const inside = document.minutes.filter(({ minute }) => within(`${document.hour}:${String(minute).padStart(2, '0')}:00.000Z`));
          return inside.map((sum) => ({ ...sum, productId: document.productId }));
        });
        for (const productId of ['p1', 'p2', 'p3', 'p4']) {
          const expected = lines.filter((line) => line.productId === productId);
          const counted = minutes.filter((sum) => sum.productId === productId);
          expect(counted.reduce((sum, { units }) => sum + units, 0)).toBe(expected.reduce((sum, { quantity }) => sum + quantity, 0));
          expect(counted.reduce((sum, { revenue }) => sum + revenue, 0)).toBe(
            expected.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice, 0),
          );
        }
        for (const document of documents.filter(({ kind }) => kind === 'day')) {
          const hours = documents.filter(
            (hour) =>
              hour.kind === 'hour' &&
              hour.productId === document.productId &&
              hour.hour.startsWith(document.kind === 'day' ? document.day : ''),
          );
          expect(hours.reduce((sum, { units }) => sum + units, 0)).toBe(document.units);
        }
      }),
    );
  });
});
