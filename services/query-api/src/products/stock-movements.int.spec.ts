import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { noStream } from '@shop/event-store';
import { productStream, type ProductEvent } from '@shop/events';
import { listStockMovements } from '@shop/http';
import { at, openQueryShop, type QueryShop } from '../testing/query-shop.js';

let shop: QueryShop;
let revision = noStream;
beforeEach(async () => {
  shop = await openQueryShop();
  revision = noStream;
});
afterEach(() => shop.close());

const hash = 'a'.repeat(64);
const time = (second: number) => `2026-01-01T00:00:${String(second).padStart(2, '0')}.000Z`;
const happened = async (...events: readonly { readonly type: string; readonly data: object }[]): Promise<void> => {
  for (const { type, data } of events) {
    const event = { id: `event-${revision + 1}`, type, data, metadata: { version: 1, correlationId: 'c', causationId: 'c' } };
    await shop.history.append(productStream('p1'), revision, [event]);
    revision += 1;
  }
};

const registered: ProductEvent = {
  type: 'ProductRegistered',
  data: { productId: 'p1', registrationId: 'r', requestHash: hash, name: 'mug', price: 5, available: 10, revision: 1, occurredAt: time(0) },
};
const adjusted = (delta: number, available: number, second: number, reference?: string): ProductEvent => ({
  type: 'StockAdjusted',
  data: {
    productId: 'p1',
    adjustmentId: `a${second}`,
    requestHash: hash,
    delta,
    available,
    reason: 'counted',
    ...(reference !== undefined && { reference }),
    occurredAt: time(second),
  },
});
const moved = (
  type: 'StockReserved' | 'StockReleased' | 'StockReturned',
  order: string,
  quantity: number,
  available: number,
  second: number,
) => ({
  type,
  data: {
    productId: 'p1',
    reservationId: `${order}:p1`,
    checkoutId: order,
    orderId: order,
    userId: 'u1',
    quantity,
    available,
    occurredAt: time(second),
    ...(type === 'StockReserved' && { name: 'mug', unitPrice: 5 }),
  },
});
const sold = (orders: readonly string[], available: number, second: number): ProductEvent => ({
  type: 'StockSold',
  data: {
    productId: 'p1',
    reservations: orders.map((orderId) => ({ reservationId: `${orderId}:p1`, orderId, quantity: 1 })),
    available,
    occurredAt: time(second),
  },
});
const repriced = (second: number): ProductEvent => ({
  type: 'ProductRepriced',
  data: { productId: 'p1', price: second, revision: 2, occurredAt: time(second) },
});

const movements = async (query = '') => {
  const answer = await shop.http.get(`/products/p1/stock-movements${query}`);
  return listStockMovements.success.body.parse(answer.body);
};

describe('GET /products/{productId}/stock-movements', () => {
  it('lists what changed the stock, newest first, and says a sale of many orders order by order', async () => {
    await happened(
      registered,
      repriced(1),
      adjusted(-3, 7, 2, 'PO-17'),
      moved('StockReserved', 'o1', 2, 5, 3),
      moved('StockReserved', 'o2', 1, 4, 4),
      moved('StockReleased', 'o1', 2, 6, 5),
      sold(['o2', 'o9'], 6, 6),
      moved('StockReturned', 'o2', 1, 7, 7),
    );
    expect(await movements()).toEqual({
      items: [
        { type: 'RETURNED', quantity: 1, stockAfter: 7, orderId: 'o2', occurredAt: time(7) },
        { type: 'SOLD', quantity: 0, stockAfter: 6, orderId: 'o9', occurredAt: time(6) },
        { type: 'SOLD', quantity: 0, stockAfter: 6, orderId: 'o2', occurredAt: time(6) },
        { type: 'RELEASED', quantity: 2, stockAfter: 6, orderId: 'o1', occurredAt: time(5) },
        { type: 'RESERVED', quantity: -1, stockAfter: 4, orderId: 'o2', occurredAt: time(4) },
        { type: 'RESERVED', quantity: -2, stockAfter: 5, orderId: 'o1', occurredAt: time(3) },
        { type: 'ADJUSTED', quantity: -3, stockAfter: 7, reason: 'counted', reference: 'PO-17', occurredAt: time(2) },
        { type: 'REGISTERED', quantity: 10, stockAfter: 10, occurredAt: time(0) },
      ],
      nextCursor: null,
    });
  });

  it('sums to the stock', async () => {
    await happened(
      registered,
      adjusted(5, 15, 1),
      moved('StockReserved', 'o1', 4, 11, 2),
      sold(['o1'], 11, 3),
      moved('StockReturned', 'o1', 4, 15, 4),
    );
    const { items } = await movements();
    expect(items.reduce((sum, { quantity }) => sum + quantity, 0)).toBe(15);
  });

  it.each([1, 2, 3, 5])('pages through all of it by %i, each once, while the product goes on selling', async (limit) => {
    const orders = Array.from({ length: 7 }, (_, index) => `o${index}`);
    await happened(
      registered,
      ...orders.map((order, index) => moved('StockReserved', order, 1, 9 - index, index + 1)),
      sold(orders, 3, 20),
    );
    await happened(...Array.from({ length: 150 }, () => repriced(21)));
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const { items, nextCursor }: Awaited<ReturnType<typeof movements>> = await movements(
        `?limit=${limit}${cursor === null ? '' : `&cursor=${cursor}`}`,
      );
      seen.push(...items.map(({ type, orderId }) => `${type} ${orderId ?? ''}`.trim()));
      cursor = nextCursor;
      await happened(adjusted(1, 4, 30));
    } while (cursor !== null);
    const newestFirst = [...orders].reverse();
    expect(seen).toEqual([
      ...newestFirst.map((order) => `SOLD ${order}`),
      ...newestFirst.map((order) => `RESERVED ${order}`),
      'REGISTERED',
    ]);
  });

  it('names a product that there is none of', async () => {
    expect((await shop.http.get('/products/p1/stock-movements')).body).toMatchObject({ code: 'PRODUCT_NOT_FOUND', productIds: ['p1'] });
  });

  it('refuses a token beyond the end of the log, and a cursor that is none of its own', async () => {
    await happened(registered);
    await shop.reaches(1);
    const beyond = await shop.http.get('/products/p1/stock-movements').set('Consistency-Token', at(99));
    expect([beyond.status, beyond.body]).toMatchObject([400, { code: 'CONSISTENCY_TOKEN_INVALID' }]);
    const foreign = await shop.http.get('/products/p1/stock-movements?cursor=abc');
    expect([foreign.status, foreign.body]).toMatchObject([400, { code: 'VALIDATION_FAILED' }]);
  });

  it('says that it is degraded where it would touch what is not understood', async () => {
    await happened(registered, { type: 'ProductPainted', data: { productId: 'p1' } });
    const answer = await shop.http.get('/products/p1/stock-movements');
    expect([answer.status, answer.body]).toMatchObject([503, { code: 'READ_MODEL_DEGRADED', projection: 'products' }]);
  });

  it('answers what is understood to who waits for nothing, as of before the first event that is not', async () => {
    const painted = { type: 'ProductPainted', data: { productId: 'p1' } };
    await happened(registered, painted, adjusted(-3, 7, 2), painted, adjusted(1, 8, 3));
    const answer = await shop.http.get('/products/p1/stock-movements').set('Consistency', 'eventual');
    expect(answer.body).toMatchObject({ items: [{ stockAfter: 8 }, { stockAfter: 7 }, { stockAfter: 10 }], nextCursor: null });
    expect(answer.headers['as-of-position']).toBe(at(1));
    const newest = await shop.http.get('/products/p1/stock-movements?limit=1').set('Consistency', 'eventual');
    expect(newest.body).toMatchObject({ items: [{ stockAfter: 8 }] });
    expect(newest.headers['as-of-position']).toBe(at(3)); // it looked no further back than the second of them
  });

  it('goes on answering what is older than the event that is not understood', async () => {
    await happened(registered, adjusted(-3, 7, 1));
    const { nextCursor } = await movements('?limit=1');
    await happened({ type: 'ProductPainted', data: { productId: 'p1' } });
    expect(await movements(`?limit=1&cursor=${nextCursor}`)).toMatchObject({ items: [{ type: 'REGISTERED' }], nextCursor: null });
  });
});
