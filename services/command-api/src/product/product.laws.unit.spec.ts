import { describe, expect } from '@jest/globals';
import { eventTypes, type ProductEvent } from '@shop/events';
import fc from 'fast-check';
import { deciderLaws } from '../testing/decider-laws.js';
import { productSnapshot } from './product-snapshot.js';
import { product, type ProductCommand } from './product.js';

const productId = 'p1';
const requestHash = fc.constantFrom('a', 'b').map((digit) => digit.repeat(64));
const occurredAt = fc.nat(59).map((n) => `2026-01-05T03:04:${String(n).padStart(2, '0')}.000Z`);
const expectedRevision = fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined, freq: 3 });
const price = fc.constantFrom(0, 9_000, 12_000);
const name = fc.constantFrom('머그컵', '유리컵');
const checkouts = Array.from({ length: 12 }, (_, n) => n);
/** A checkout reserves one quantity, whoever asks for it and however often. */
const reservation = (n: number) => {
  return { reservationId: `c${n}:p1`, checkoutId: `c${n}`, orderId: `o${n}`, userId: 'u1', quantity: 1 + (n % 4) };
};
const reservations = fc.constantFrom(...checkouts).map(reservation);

const register = fc
  .record({ registrationId: fc.constantFrom('k0', 'k9'), requestHash, name, price, stock: fc.nat(20), occurredAt })
  .map((request): ProductCommand => ({ type: 'RegisterProduct', productId, ...request }));
const change = fc
  .record({ name: fc.option(name, { nil: undefined }), price: fc.option(price, { nil: undefined }), expectedRevision, occurredAt })
  .map((request): ProductCommand => ({ type: 'ChangeProduct', productId, ...request }));
const archive = fc
  .record({ expectedRevision, occurredAt })
  .map((request): ProductCommand => ({ type: 'ArchiveProduct', productId, ...request }));
const adjust = fc
  .record({
    adjustmentId: fc.constantFrom('k1', 'k2', 'k3', 'k4', 'k5', 'k6'),
    requestHash,
    change: fc.oneof(
      fc.constantFrom(-7, -1, 3, 8, 1_000_000_000).map((delta) => ({ delta })),
      fc.nat(15).map((setTo) => ({ setTo })),
    ),
    expectedStock: fc.option(fc.nat(12), { nil: undefined, freq: 2 }),
    reason: fc.constant('counted'),
    reference: fc.constantFrom(undefined, 'PO-17'),
    occurredAt,
  })
  .map((request): ProductCommand => ({ type: 'AdjustStock', productId, ...request }));
const reserve = fc
  .record({ reservation: reservations, occurredAt })
  .map(({ reservation: wanted, ...request }): ProductCommand => ({ type: 'ReserveStock', productId, ...wanted, ...request }));
const release = fc
  .record({ reservation: reservations, occurredAt })
  .map(({ reservation: { reservationId }, ...request }): ProductCommand => {
    return { type: 'ReleaseStock', productId, reservationId, ...request };
  });
const sell = fc
  .record({
    reservationIds: fc.array(
      reservations.map(({ reservationId }) => reservationId),
      { maxLength: 4 },
    ),
    occurredAt,
  })
  .map((request): ProductCommand => ({ type: 'SellStock', productId, ...request }));
const giveBack = fc
  .record({ reservation: reservations, occurredAt })
  .map(({ reservation: wanted, ...request }): ProductCommand => ({ type: 'ReturnStock', productId, ...wanted, ...request }));

type Standing = 'open' | 'released' | 'sold' | 'returned';
/** Where each reservation stands, and that it got there by a step that exists. */
const standings = (history: readonly ProductEvent[]) => {
  const standing = new Map<string, Standing>();
  const step = (reservationId: string, to: Standing, ...from: (Standing | undefined)[]) => {
    expect(from).toContain(standing.get(reservationId));
    standing.set(reservationId, to);
  };
  for (const { type, data } of history) {
    if (type === 'StockReserved') step(data.reservationId, 'open', undefined);
    if (type === 'StockReleased') step(data.reservationId, 'released', 'open');
    if (type === 'StockSold') for (const { reservationId } of data.reservations) step(reservationId, 'sold', 'open');
    if (type === 'StockReturned') step(data.reservationId, 'returned', 'open', 'sold');
  }
  return standing;
};

/** The shop asks for a reservation until it is closed and not again, and takes back only what an order holds or held. */
const isSent = (command: ProductCommand, history: readonly ProductEvent[]): boolean => {
  if (command.type !== 'ReserveStock' && command.type !== 'ReturnStock') return true;
  const standing = standings(history).get(command.reservationId);
  return command.type === 'ReserveStock'
    ? standing === undefined || standing === 'open'
    : standing !== undefined && standing !== 'released';
};

/** Stock and catalogue revision by their own arithmetic. */
const audit = (history: readonly ProductEvent[]) => {
  let onHand = 0;
  let catalogue = 0;
  let archived = false;
  let priceNow: number | undefined;
  const adjustments = new Set<string>();
  history.forEach(({ type, data }, index) => {
    if (type === 'ProductRegistered') onHand = data.available;
    if (type === 'StockAdjusted') {
      expect(adjustments.has(data.adjustmentId)).toBe(false);
      adjustments.add(data.adjustmentId);
      onHand += data.delta;
    }
    if ('revision' in data) {
      catalogue += 1;
      expect(data.revision).toBe(catalogue);
      expect(archived).toBe(false);
    }
    if ('price' in data) priceNow = data.price;
    if (type === 'ProductArchived') archived = true;
    if (type === 'StockReserved') expect({ price: data.unitPrice, archived }).toEqual({ price: priceNow, archived: false });
    if (!('available' in data)) return;
    const held = [...standings(history.slice(0, index + 1))].filter(([, where]) => where === 'open' || where === 'sold');
    const quantities = held.map(([id]) => reservation(Number(/\d+/.exec(id)?.[0])).quantity);
    expect(data.available).toBe(quantities.reduce((left, quantity) => left - quantity, onHand));
    expect(data.available).toBeGreaterThanOrEqual(0);
  });
};

describe('a product, whatever is asked of it', () => {
  const weighted = (weight: number, arbitrary: fc.Arbitrary<ProductCommand>) => ({ weight, arbitrary });
  const stock = fc.oneof(weighted(4, reserve), weighted(2, sell), release, giveBack, adjust);
  deciderLaws({
    decider: product,
    snapshot: productSnapshot,
    command: fc.oneof(weighted(40, stock), weighted(4, register), weighted(3, change), weighted(1, archive)),
    isSent,
    eventTypes: eventTypes.product,
    audit,
  });
});
