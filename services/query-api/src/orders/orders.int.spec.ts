import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { listOrders } from '@shop/http';
import type { OrderDocument } from '@shop/read-store';
import { at, openQueryShop, type QueryShop } from '../testing/query-shop.js';

let shop: QueryShop;
beforeEach(async () => {
  shop = await openQueryShop();
});
afterEach(() => shop.close());

const paidAt = '2026-01-05T03:00:00.000Z';
const order = (orderId: string, position: number, more: Partial<OrderDocument> = {}) => {
  const document: OrderDocument = {
    orderId,
    userId: 'u1',
    status: 'PAID',
    lines: [{ productId: 'p1', name: '머그컵', unitPrice: 12_000, quantity: 2 }],
    totalAmount: 24_000,
    balanceAfter: 1_000,
    paidAt,
    cancelledAt: null,
    cancelReason: null,
    ...more,
  };
  return { id: orderId, position, document };
};
const body = {
  userId: 'u1',
  status: 'PAID',
  items: [{ productId: 'p1', name: '머그컵', unitPrice: 12_000, quantity: 2, subtotal: 24_000 }],
  totalAmount: 24_000,
  currency: 'KRW',
  balanceAfter: 1_000,
  paidAt,
};
const page = async (query: string) => listOrders.success.body.parse((await shop.http.get(`/orders?userId=u1${query}`)).body);
const idsOf = ({ items }: { readonly items: readonly { readonly orderId: string }[] }) => items.map(({ orderId }) => orderId);

describe('GET /orders/{orderId}', () => {
  it('answers the order of its buyer, as of where the read model stands', async () => {
    await shop.write('orders', [order('o1', 3)]);
    await shop.reaches(5);
    const answer = await shop.http.get('/orders/o1?userId=u1');
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ orderId: 'o1', ...body });
    expect(answer.headers['as-of-position']).toBe(at(5));
    expect(answer.headers['cache-control']).toBe('no-store');
  });

  it('adds to a cancelled one when and why', async () => {
    const cancelledAt = '2026-01-05T03:01:00.000Z';
    await shop.write('orders', [
      order('o1', 3, { status: 'CANCELLED', cancelledAt, cancelReason: 'too late' }),
      order('o2', 4, { status: 'CANCELLED', cancelledAt }),
    ]);
    await shop.reaches(5);
    const cancelled = { ...body, status: 'CANCELLED', cancelledAt };
    expect((await shop.http.get('/orders/o1?userId=u1')).body).toEqual({ ...cancelled, orderId: 'o1', cancelReason: 'too late' });
    expect((await shop.http.get('/orders/o2?userId=u1')).body).toEqual({ ...cancelled, orderId: 'o2', cancelReason: null });
  });

  it("answers another user's order like one that there is not", async () => {
    await shop.write('orders', [order('o1', 3, { userId: 'u2' })]);
    await shop.reaches(5);
    const foreign = await shop.http.get('/orders/o1?userId=u1');
    const missing = await shop.http.get('/orders/o1?userId=u3');
    expect(foreign.body).toMatchObject({ status: 404, code: 'ORDER_NOT_FOUND' });
    expect(foreign.body).toEqual(missing.body);
    expect((await shop.http.get('/orders/o1')).body).toMatchObject({ code: 'USER_ID_REQUIRED' });
  });

  it('is degraded beside the parked wallet of its buyer', async () => {
    await shop.write('orders', [order('o1', 3)]);
    await shop.park('orders', 'wallet-u1', 4);
    await shop.reaches(5);
    expect((await shop.http.get('/orders/o1?userId=u1')).body).toMatchObject({ code: 'READ_MODEL_DEGRADED', projection: 'orders' });
    expect((await shop.http.get('/orders/o1?userId=u2')).body).toMatchObject({ code: 'ORDER_NOT_FOUND' });
    expect((await shop.http.get('/orders/o1?userId=u1').set('Consistency', 'eventual')).headers['as-of-position']).toBe(at(3));
  });
});

describe('GET /orders', () => {
  it("lists a user's orders, newest first, those of one moment by id", async () => {
    await shop.write('orders', [
      order('o1', 1, { paidAt: '2026-01-05T02:00:00.000Z' }),
      order('o2', 2),
      order('o3', 3),
      order('x', 4, { userId: 'u2' }),
    ]);
    await shop.reaches(5);
    const answer = await shop.http.get('/orders?userId=u1');
    expect(answer.body).toEqual({
      items: [
        { orderId: 'o3', ...body },
        { orderId: 'o2', ...body },
        { orderId: 'o1', ...body, paidAt: '2026-01-05T02:00:00.000Z' },
      ],
      nextCursor: null,
    });
    expect(answer.headers['as-of-position']).toBe(at(5));
    expect((await shop.http.get('/orders?userId=nobody')).body).toEqual({ items: [], nextCursor: null });
  });

  it('filters by status and by when it was paid, both ends included', async () => {
    await shop.write('orders', [
      order('o1', 1, { paidAt: '2026-01-05T01:00:00.000Z' }),
      order('o2', 2, { paidAt: '2026-01-05T02:00:00.000Z', status: 'CANCELLED', cancelledAt: paidAt }),
      order('o3', 3, { paidAt: '2026-01-05T03:00:00.000Z' }),
    ]);
    await shop.reaches(5);
    expect(idsOf(await page('&status=PAID'))).toEqual(['o3', 'o1']);
    expect(idsOf(await page('&status=CANCELLED'))).toEqual(['o2']);
    expect(idsOf(await page('&from=2026-01-05T02:00:00Z&to=2026-01-05T03:00:00Z'))).toEqual(['o3', 'o2']);
    expect((await shop.http.get('/orders?userId=u1&status=PENDING')).status).toBe(400);
  });

  it.each([1, 2, 3, 4])('pages through all orders, each once, %i at a time, while new ones are paid', async (limit) => {
    const moments = [paidAt, paidAt, paidAt, '2026-01-05T02:00:00.000Z', '2026-01-05T02:00:00.000Z', '2026-01-05T01:00:00.000Z'];
    await shop.write(
      'orders',
      moments.map((moment, index) => order(`o${9 - index}`, index + 1, { paidAt: moment })),
    );
    await shop.reaches(10);
    const seen: string[] = [];
    let cursor: string | null | undefined;
    for (let pages = 0; cursor !== null; pages += 1) {
      const next = await page(`&limit=${limit}${cursor === undefined ? '' : `&cursor=${cursor}`}`);
      seen.push(...idsOf(next));
      cursor = next.nextCursor;
      await shop.write('orders', [order(`new${pages}`, 20 + pages, { paidAt: '2026-01-05T04:00:00.000Z' })]);
      expect(pages).toBeLessThan(10);
    }
    expect(seen).toEqual(['o9', 'o8', 'o7', 'o6', 'o5', 'o4']);
  });

  it('has no next page after one that is exactly full', async () => {
    await shop.write('orders', [order('o1', 1), order('o2', 2)]);
    await shop.reaches(5);
    expect((await page('&limit=2')).nextCursor).toBeNull();
    expect((await page('&limit=1')).nextCursor).not.toBeNull();
  });
});

describe('an operator who names no user', () => {
  const ask = async (orderId: string) => {
    const route = shop.service.routes.find((bound) => bound.route.path === '/orders/:orderId');
    return route?.handle({
      params: { orderId },
      query: {},
      body: undefined,
      userId: '',
      anyUser: true,
      actor: 'operator',
      caller: 'operator',
      consistency: { level: 'strong' },
      requestId: 'r1',
      receivedAt: shop.clock.now(),
      deadline: 10_000,
      signal: new AbortController().signal,
    });
  };

  it('sees the order of any user', async () => {
    await shop.write('orders', [order('o1', 3, { userId: 'u2' })]);
    await shop.reaches(5);
    expect(await ask('o1')).toEqual({ body: { orderId: 'o1', ...body, userId: 'u2' }, asOf: at(5) });
    await expect(ask('o2')).rejects.toMatchObject({ code: 'ORDER_NOT_FOUND' });
  });

  it('is not told that there is no such order while any wallet is parked', async () => {
    await shop.write('orders', [order('o1', 3, { userId: 'u2' })]);
    await shop.park('orders', 'wallet-u7', 4);
    await shop.reaches(5);
    expect(await ask('o1')).toMatchObject({ asOf: at(5) });
    await expect(ask('o2')).rejects.toMatchObject({ code: 'READ_MODEL_DEGRADED' });
  });
});
