import { describe, it } from '@jest/globals';
import type { ProductFact } from '@shop/events';
import { specFor } from '../testing/spec-for.js';
import { product, type ProductCommand } from './product.js';

type Command<Type extends ProductCommand['type']> = Extract<ProductCommand, { type: Type }>;
type Data<Type extends Parameters<typeof product.evolve>[1]['type']> = ProductFact<Type>['data'];
const given = specFor(product);
const productId = 'p1';
const hash = (digit: string) => digit.repeat(64);
const minute = (n: number) => `2026-01-05T03:${String(n).padStart(2, '0')}:00.000Z`;

const registerProduct = (change: Partial<Command<'RegisterProduct'>> = {}): ProductCommand => ({
  type: 'RegisterProduct',
  productId,
  registrationId: 'k0',
  requestHash: hash('0'),
  name: '머그컵',
  price: 12_000,
  stock: 10,
  occurredAt: minute(0),
  ...change,
});
const registered = (change: Partial<Data<'ProductRegistered'>> = {}): ProductFact<'ProductRegistered'> => ({
  type: 'ProductRegistered',
  data: {
    productId,
    registrationId: 'k0',
    requestHash: hash('0'),
    name: '머그컵',
    price: 12_000,
    revision: 1,
    available: 10,
    occurredAt: minute(0),
    ...change,
  },
});
const at = (revision: number, n: number) => ({ productId, revision, occurredAt: minute(n) });
const renamed = (name: string, revision: number): ProductFact<'ProductRenamed'> => {
  return { type: 'ProductRenamed', data: { ...at(revision, 5), name } };
};
const repriced = (price: number, revision: number): ProductFact<'ProductRepriced'> => {
  return { type: 'ProductRepriced', data: { ...at(revision, 5), price } };
};
const archived = (revision: number): ProductFact<'ProductArchived'> => ({ type: 'ProductArchived', data: at(revision, 6) });
const changeProduct = (change: Partial<Command<'ChangeProduct'>>): ProductCommand => {
  return { type: 'ChangeProduct', productId, occurredAt: minute(5), ...change };
};
const archiveProduct = (change: Partial<Command<'ArchiveProduct'>> = {}): ProductCommand => {
  return { type: 'ArchiveProduct', productId, occurredAt: minute(6), ...change };
};
const adjustStock = (change: Partial<Command<'AdjustStock'>>): ProductCommand => ({
  type: 'AdjustStock',
  productId,
  adjustmentId: 'k1',
  requestHash: hash('1'),
  change: { delta: -3 },
  reason: 'damaged',
  occurredAt: minute(7),
  ...change,
});
const adjusted = (delta: number, available: number, change: Partial<Data<'StockAdjusted'>> = {}): ProductFact<'StockAdjusted'> => ({
  type: 'StockAdjusted',
  data: { productId, adjustmentId: 'k1', requestHash: hash('1'), delta, available, reason: 'damaged', occurredAt: minute(7), ...change },
});
const reservation = (n: number, quantity: number) => {
  return { reservationId: `c${n}:p1`, checkoutId: `c${n}`, orderId: `o${n}`, userId: 'u1', quantity };
};
const reserveStock = (n: number, quantity: number, minutes = 10): ProductCommand => {
  return { type: 'ReserveStock', productId, ...reservation(n, quantity), occurredAt: minute(minutes) };
};
const reserved = (n: number, quantity: number, available: number, unitPrice = 12_000): ProductFact<'StockReserved'> => ({
  type: 'StockReserved',
  data: { productId, ...reservation(n, quantity), name: '머그컵', unitPrice, available, occurredAt: minute(10) },
});
const releaseStock = (n: number): ProductCommand => {
  return { type: 'ReleaseStock', productId, reservationId: `c${n}:p1`, occurredAt: minute(11) };
};
const released = (n: number, quantity: number, available: number): ProductFact<'StockReleased'> => ({
  type: 'StockReleased',
  data: { productId, ...reservation(n, quantity), available, occurredAt: minute(11) },
});
const sellStock = (...orders: number[]): ProductCommand => {
  return { type: 'SellStock', productId, reservationIds: orders.map((n) => `c${n}:p1`), occurredAt: minute(12) };
};
const sold = (available: number, ...sales: { n: number; quantity: number }[]): ProductFact<'StockSold'> => ({
  type: 'StockSold',
  data: {
    productId,
    reservations: sales.map(({ n, quantity }) => ({ reservationId: `c${n}:p1`, orderId: `o${n}`, quantity })),
    available,
    occurredAt: minute(12),
  },
});
const returnStock = (n: number, quantity: number): ProductCommand => {
  return { type: 'ReturnStock', productId, ...reservation(n, quantity), occurredAt: minute(13) };
};
const returned = (n: number, quantity: number, available: number): ProductFact<'StockReturned'> => ({
  type: 'StockReturned',
  data: { productId, ...reservation(n, quantity), available, occurredAt: minute(13) },
});
const unknown = { type: 'ProductNotFound', productIds: [productId] } as const;
const gone = { type: 'ProductArchived', productIds: [productId] } as const;

describe('registering a product', () => {
  it('puts it into the catalogue with its first stock', () => given().when(registerProduct()).thenEvents(registered()));
  it('answers a repeat with the product of then, whatever happened since', () =>
    given(registered(), repriced(9_000, 2), reserved(1, 2, 8), archived(3))
      .when(registerProduct({ occurredAt: minute(30) }))
      .thenRepeated(registered()));
  it('refuses an id that is taken', () =>
    given(registered())
      .when(registerProduct({ registrationId: 'k9' }))
      .thenRefused({ type: 'ProductAlreadyExists', productId }));
  it('refuses the key of one registration for another', () =>
    given(registered())
      .when(registerProduct({ requestHash: hash('9') }))
      .thenRefused({ type: 'IdempotencyKeyReused' }));
});

describe('changing name and price', () => {
  it('renames', () =>
    given(registered())
      .when(changeProduct({ name: '유리컵' }))
      .thenEvents(renamed('유리컵', 2)));
  it('reprices, down to nothing', () =>
    given(registered())
      .when(changeProduct({ price: 0 }))
      .thenEvents(repriced(0, 2)));
  it('does both in one decision, each a revision of its own', () =>
    given(registered())
      .when(changeProduct({ name: '유리컵', price: 9_000 }))
      .thenEvents(renamed('유리컵', 2), repriced(9_000, 3)));
  it('writes only what differs', () =>
    given(registered())
      .when(changeProduct({ name: '머그컵', price: 9_000 }))
      .thenEvents(repriced(9_000, 2)));
  it('writes nothing where nothing differs', () =>
    given(registered())
      .when(changeProduct({ name: '머그컵', price: 12_000 }))
      .thenRepeated());
  it('obeys an If-Match that fits, and refuses one that is out of date', () => {
    given(registered(), repriced(9_000, 2))
      .when(changeProduct({ price: 8_000, expectedRevision: 2 }))
      .thenEventsThenRefused([repriced(8_000, 3)], { type: 'RevisionMismatch', currentRevision: 3 });
    given(registered(), repriced(9_000, 2))
      .when(changeProduct({ price: 9_000, expectedRevision: 1 }))
      .thenRefused({ type: 'RevisionMismatch', currentRevision: 2 });
  });
  it('is not disturbed by sales: they are no revision of the catalogue', () =>
    given(registered(), reserved(1, 2, 8), sold(8, { n: 1, quantity: 2 }))
      .when(changeProduct({ price: 9_000, expectedRevision: 1 }))
      .thenEventsThenRefused([repriced(9_000, 2)], { type: 'RevisionMismatch', currentRevision: 2 }));
  it('refuses unknown and archived products', () => {
    given()
      .when(changeProduct({ price: 1 }))
      .thenRefused(unknown);
    given(registered(), archived(2))
      .when(changeProduct({ price: 1 }))
      .thenRefused(gone);
  });
  it('judges a stale If-Match before an archived product', () =>
    given(registered(), archived(2))
      .when(changeProduct({ price: 1, expectedRevision: 1 }))
      .thenRefused({ type: 'RevisionMismatch', currentRevision: 2 }));
});

describe('archiving a product', () => {
  it('takes it out of the catalogue', () => given(registered()).when(archiveProduct()).thenEvents(archived(2)));
  it('stays quiet when it is archived already', () => given(registered(), archived(2)).when(archiveProduct()).thenRepeated());
  it('refuses an unknown product and a stale If-Match', () => {
    given().when(archiveProduct()).thenRefused(unknown);
    given(registered())
      .when(archiveProduct({ expectedRevision: 7 }))
      .thenRefused({ type: 'RevisionMismatch', currentRevision: 1 });
  });
});

describe('adjusting the stock', () => {
  it('takes out what is damaged', () => given(registered()).when(adjustStock({})).thenEvents(adjusted(-3, 7)));
  it('keeps the reference to the delivery', () =>
    given(registered())
      .when(adjustStock({ change: { delta: 5 }, reason: 'delivery', reference: 'PO-17' }))
      .thenEvents(adjusted(5, 15, { reason: 'delivery', reference: 'PO-17' })));
  it('goes down to nothing and never below', () => {
    given(registered())
      .when(adjustStock({ change: { delta: -10 } }))
      .thenEvents(adjusted(-10, 0));
    given(registered())
      .when(adjustStock({ change: { delta: -11 } }))
      .thenRefused({ type: 'InsufficientStock', items: [{ productId, requested: 11, stock: 10 }] });
  });
  it('never takes what is reserved', () =>
    given(registered(), reserved(1, 8, 2))
      .when(adjustStock({}))
      .thenRefused({ type: 'InsufficientStock', items: [{ productId, requested: 3, stock: 2 }] }));
  it('goes up to the limit of the stock and never above', () => {
    given(registered())
      .when(adjustStock({ change: { delta: 999_999_990 } }))
      .thenEvents(adjusted(999_999_990, 1_000_000_000));
    given(registered())
      .when(adjustStock({ change: { delta: 999_999_991 } }))
      .thenRefused({ type: 'StockLimitExceeded', limit: 1_000_000_000, stock: 10 });
  });
  it('can take out of a stock that returns carried past the limit', () =>
    given(registered({ available: 1_000_000_000 }), returned(1, 5, 1_000_000_005))
      .when(adjustStock({}))
      .thenEvents(adjusted(-3, 1_000_000_002)));
  it('sets the stock to what was counted', () =>
    given(registered())
      .when(adjustStock({ change: { setTo: 4 } }))
      .thenEvents(adjusted(-6, 4)));
  it('writes a count that agrees, so that its key answers the same after the next sale', () =>
    given(registered())
      .when(adjustStock({ change: { setTo: 10 } }))
      .thenEvents(adjusted(0, 10)));
  it('obeys an expected stock that fits, and refuses one that does not', () => {
    given(registered())
      .when(adjustStock({ expectedStock: 10 }))
      .thenEvents(adjusted(-3, 7));
    given(registered(), reserved(1, 1, 9))
      .when(adjustStock({ expectedStock: 10 }))
      .thenRefused({ type: 'StockChanged', stock: 9 });
  });
  it('counts once: a repeat hears of the first, also after the product was archived', () =>
    given(registered(), adjusted(-3, 7), archived(2))
      .when(adjustStock({ occurredAt: minute(30) }))
      .thenRepeated(adjusted(-3, 7)));
  it('refuses the key of one adjustment for another', () =>
    given(registered(), adjusted(-3, 7))
      .when(adjustStock({ change: { delta: -4 }, requestHash: hash('2') }))
      .thenRefused({ type: 'IdempotencyKeyReused' }));
  it('refuses unknown and archived products', () => {
    given().when(adjustStock({})).thenRefused(unknown);
    given(registered(), archived(2)).when(adjustStock({})).thenRefused(gone);
  });
});

describe('reserving stock', () => {
  it('takes it from what can be bought, at the price of now', () =>
    given(registered(), repriced(9_000, 2))
      .when(reserveStock(1, 4))
      .thenEvents(reserved(1, 4, 6, 9_000)));
  it('can take the last unit', () =>
    given(registered())
      .when(reserveStock(1, 10))
      .thenEvents(reserved(1, 10, 0)));
  it('never takes more than there is', () =>
    given(registered(), reserved(1, 8, 2))
      .when(reserveStock(2, 3))
      .thenRefused({ type: 'InsufficientStock', items: [{ productId, requested: 3, stock: 2 }] }));
  it('refuses unknown products first, then archived ones, then what is short', () => {
    given().when(reserveStock(1, 1)).thenRefused(unknown);
    given(registered(), archived(2)).when(reserveStock(1, 11)).thenRefused(gone);
  });
  it('stays quiet when the same checkout asks again, at the price it was promised, even after archiving', () =>
    given(registered(), reserved(1, 4, 6), repriced(99_000, 2), archived(3))
      .when(reserveStock(1, 4, 20))
      .thenRepeated(reserved(1, 4, 6)));
  it('opens again what lands after its release, so that recovery can release it again', () =>
    given(registered(), reserved(1, 4, 6), released(1, 4, 10))
      .when(reserveStock(1, 4))
      .thenEvents(reserved(1, 4, 6)));
  it('never opens again what was returned: it could not be given back a second time', () =>
    given(registered(), reserved(1, 4, 6), returned(1, 4, 10))
      .when(reserveStock(1, 4))
      .thenRefused({ type: 'ReservationClosed', reservationId: 'c1:p1' }));
  it('keeps two checkouts apart', () =>
    given(registered(), reserved(1, 4, 6))
      .when(reserveStock(2, 4))
      .thenEvents(reserved(2, 4, 2)));
});

describe('releasing stock', () => {
  it('gives all of it back', () =>
    given(registered(), reserved(1, 4, 6))
      .when(releaseStock(1))
      .thenEvents(released(1, 4, 10)));
  it('also gives back to an archived product', () =>
    given(registered(), reserved(1, 4, 6), archived(2))
      .when(releaseStock(1))
      .thenEvents(released(1, 4, 10)));
  it('writes nothing for a reservation that is not open', () => {
    given(registered()).when(releaseStock(1)).thenRepeated();
    given(registered(), reserved(1, 4, 6), released(1, 4, 10))
      .when(releaseStock(1))
      .thenRepeated();
    given(registered(), reserved(1, 4, 6), sold(6, { n: 1, quantity: 4 }))
      .when(releaseStock(1))
      .thenRepeated();
  });
});

describe('selling what was reserved', () => {
  const three = [registered(), reserved(1, 1, 9), reserved(2, 2, 7), reserved(3, 3, 4)];
  it('closes many reservations at once and leaves the stock as it is', () =>
    given(...three)
      .when(sellStock(1, 3))
      .thenEvents(sold(4, { n: 1, quantity: 1 }, { n: 3, quantity: 3 })));
  it('leaves out what is not open, and what is named twice', () =>
    given(...three, released(2, 2, 6))
      .when(sellStock(9, 2, 1, 1))
      .thenEvents(sold(6, { n: 1, quantity: 1 })));
  it('writes nothing where nothing is left', () => {
    given(registered()).when(sellStock(1)).thenRepeated();
    given(...three, sold(4, { n: 1, quantity: 1 }))
      .when(sellStock(1))
      .thenRepeated();
  });
  it('also sells what was reserved before the product was archived', () =>
    given(...three, archived(2))
      .when(sellStock(1))
      .thenEvents(sold(4, { n: 1, quantity: 1 })));
});

describe('taking stock back after a cancellation', () => {
  it('takes back what was sold', () =>
    given(registered(), reserved(1, 4, 6), sold(6, { n: 1, quantity: 4 }))
      .when(returnStock(1, 4))
      .thenEvents(returned(1, 4, 10)));
  it('takes back what was not yet sold, and never sells or releases it afterwards', () => {
    given(registered(), reserved(1, 4, 6))
      .when(returnStock(1, 4))
      .thenEvents(returned(1, 4, 10));
    given(registered(), reserved(1, 4, 6), returned(1, 4, 10))
      .when(sellStock(1))
      .thenRepeated();
    given(registered(), reserved(1, 4, 6), returned(1, 4, 10))
      .when(releaseStock(1))
      .thenRepeated();
  });
  it('counts once, sold before or not', () => {
    given(registered(), reserved(1, 4, 6), returned(1, 4, 10))
      .when(returnStock(1, 4))
      .thenRepeated();
    given(registered(), reserved(1, 4, 6), sold(6, { n: 1, quantity: 4 }), returned(1, 4, 10))
      .when(returnStock(1, 4))
      .thenRepeated();
  });
  it('also takes back for an archived product, and past the limit of the stock', () =>
    given(registered({ available: 1_000_000_000 }), reserved(1, 4, 999_999_996), archived(2), adjusted(4, 1_000_000_000))
      .when(returnStock(1, 4))
      .thenEvents(returned(1, 4, 1_000_000_004)));
});
