import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { headerOf, itemIdsOf, openCounter, orderIdOf, type Counter } from '../testing/shop-counter.js';

const now = '2026-01-05T03:04:05.678Z';
const token = /^[0-9a-f]{16}$/;
let shop: Counter;
beforeEach(async () => {
  shop = await openCounter();
  await shop.call().post('/products').send({ productId: 'mug', name: '머그컵', price: 12_000, stock: 5 }).expect(201);
  await shop.call().post('/products').send({ productId: 'pen', name: '볼펜', price: 500, stock: 5 }).expect(201);
  await shop.call().post('/balance/charge').send({ userId: 'ann', amount: 50_000 }).expect(200);
});
afterEach(() => shop.close());

const order = (body: object, key?: string) => {
  const call = shop.call().post('/orders');
  return (key === undefined ? call : call.set('Idempotency-Key', key)).send({ userId: 'ann', ...body });
};
const two = { items: [{ productId: 'mug', quantity: 2 }, { productId: 'pen', quantity: 1 }] }; // prettier-ignore
const twoPriced = [
  { productId: 'mug', name: '머그컵', unitPrice: 12_000, quantity: 2, subtotal: 24_000 },
  { productId: 'pen', name: '볼펜', unitPrice: 500, quantity: 1, subtotal: 500 },
];

describe('POST /orders', () => {
  it('answers the paid order; events of reserving and paying stand, the sale follows', async () => {
    const response = await order(two, 'k1').expect(201);
    const orderId = orderIdOf(response);
    expect(response.body).toEqual({
      orderId,
      userId: 'ann',
      status: 'PAID',
      items: twoPriced,
      totalAmount: 24_500,
      currency: 'KRW',
      balanceAfter: 25_500,
      paidAt: now,
    });
    expect(response.headers).toMatchObject({
      location: `/orders/${orderId}`,
      'consistency-token': expect.stringMatching(token),
      'cache-control': 'no-store',
    });
    expect(response.headers).not.toHaveProperty('idempotent-replayed');
    expect(await shop.types('product-mug')).toEqual(['ProductRegistered', 'StockReserved']);
    const [, paid] = await shop.events('wallet-ann');
    expect(paid).toMatchObject({ type: 'OrderPaid', data: { orderId, balance: 25_500, totalAmount: 24_500 } });
    await shop.clock.advance(500);
    await shop.service.stop();
    expect(await shop.types('product-mug')).toEqual(['ProductRegistered', 'StockReserved', 'StockSold']);
  });

  it('answers the same again under the same key, and says so', async () => {
    const first = await order(two, 'k1').expect(201);
    const again = await order({ items: [...two.items].reverse() }, '"k1"').expect(201);
    expect(again.body).toEqual(first.body);
    expect(again.headers).toMatchObject({ 'idempotent-replayed': 'true', location: headerOf(first, 'location') });
    expect(await shop.types('wallet-ann')).toEqual(['WalletCharged', 'OrderPaid']);
  });

  it('422 where the key was for another request', async () => {
    await order(two, 'k1').expect(201);
    const response = await order({ items: [{ productId: 'mug', quantity: 1 }] }, 'k1').expect(422);
    expect(response.body).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
  });

  it.each([
    ['404, naming them, for unknown products', { items: [{ productId: 'a', quantity: 1 }, { productId: 'b', quantity: 1 }] }, 404, { code: 'PRODUCT_NOT_FOUND', productIds: ['a', 'b'] }],
    ['409, naming all that is short', { items: [{ productId: 'mug', quantity: 6 }, { productId: 'pen', quantity: 9 }] }, 409, { code: 'INSUFFICIENT_STOCK', items: [{ productId: 'mug', requested: 6, stock: 5 }, { productId: 'pen', requested: 9, stock: 5 }] }],
    ['402 with what is missing', { items: [{ productId: 'mug', quantity: 5 }] }, 402, { code: 'INSUFFICIENT_BALANCE', required: 60_000, balance: 50_000, shortfall: 10_000 }],
    ['409 where the total is another', { ...two, expectedTotal: 24_000 }, 409, { code: 'PRICE_CHANGED', expectedTotal: 24_000, actualTotal: 24_500, items: [{ productId: 'mug', unitPrice: 12_000, quantity: 2 }, { productId: 'pen', unitPrice: 500, quantity: 1 }] }],
    ['400 for a price given by the client', { items: [{ productId: 'mug', quantity: 1, price: 1 }] }, 400, { code: 'VALIDATION_FAILED' }],
    ['400 for no lines', { items: [] }, 400, { code: 'VALIDATION_FAILED' }],
  ])('%s, and writes nothing', async (_title, body, status, problem) => {
    const before = await shop.eventStore.head();
    const response = await order(body, 'k1').expect(status);
    expect(response.body).toMatchObject(problem);
    expect(response.headers['content-type']).toContain('application/problem+json');
    expect(response.headers).not.toHaveProperty('consistency-token');
    expect(await shop.eventStore.head()).toBe(before);
  }); // prettier-ignore

  it('409 for an archived product', async () => {
    await shop.call().post('/products/mug/archive').expect(200);
    expect((await order(two).expect(409)).body).toMatchObject({ code: 'PRODUCT_ARCHIVED', productIds: ['mug'] });
  });

  it('the user of the header and of the body are the same or it is 400', async () => {
    await shop.call().post('/orders').set('X-User-Id', 'bob').send({ userId: 'ann', ...two }).expect(400); // prettier-ignore
    expect((await shop.call().post('/orders').set('X-User-Id', 'ann').send(two).expect(201)).body).toMatchObject({ userId: 'ann' });
  });
});

describe('POST /orders?dryRun=true', () => {
  it('says what it would come to and writes nothing', async () => {
    const before = await shop.eventStore.head();
    const response = await shop.call().post('/orders?dryRun=true').send({ userId: 'ann', ...two }).expect(200); // prettier-ignore
    expect(response.body).toEqual({
      dryRun: true,
      items: twoPriced,
      totalAmount: 24_500,
      currency: 'KRW',
      balanceAfter: 25_500,
    });
    expect(response.headers['consistency-token']).toBe(before);
    expect(await shop.eventStore.head()).toBe(before);
  });

  it('answers the error that the order would get', async () => {
    const response = await shop.call().post('/orders?dryRun=true').send({ userId: 'bob', ...two }).expect(402); // prettier-ignore
    expect(response.body).toMatchObject({ code: 'INSUFFICIENT_BALANCE', shortfall: 24_500 });
  });
});

describe('POST /orders/cart/checkout', () => {
  const fill = async () => {
    await shop.call().post('/orders/cart').send({ userId: 'ann', productId: 'mug', quantity: 2 }).expect(200);
    return itemIdsOf(await shop.call().post('/orders/cart').send({ userId: 'ann', productId: 'pen' }).expect(200));
  };
  const buy = (body: object = {}, headers: Record<string, string> = {}) =>
    shop.call().post('/orders/cart/checkout').set(headers).send({ userId: 'ann', ...body }); // prettier-ignore

  it('buys the cart and empties it; the token is a position that holds both', async () => {
    await fill();
    const response = await buy().expect(201);
    expect(response.body).toMatchObject({ status: 'PAID', totalAmount: 24_500, items: [{ productId: 'mug' }, { productId: 'pen' }] });
    expect(response.headers['consistency-token']).toBe(await shop.eventStore.head());
    expect(await shop.types('cart-ann')).toEqual(['CartItemAdded', 'CartItemAdded', 'CartCheckedOut']);
  });

  it('buys one line and leaves the other', async () => {
    const [, pen] = await fill();
    await buy({ itemIds: [pen] }).expect(201);
    const left = await shop.call().post('/orders/cart').send({ userId: 'ann', productId: 'mug' }).expect(200);
    expect(left.body).toMatchObject({ items: [{ productId: 'mug', quantity: 3 }], totalQuantity: 3 });
  });

  it('412 for another revision than the cart has, 404 for a line that is not there, 409 for an empty cart', async () => {
    expect((await buy().expect(409)).body).toMatchObject({ code: 'CART_EMPTY' });
    await fill();
    expect((await buy({}, { 'If-Match': '"1"' }).expect(412)).body).toMatchObject({ code: 'REVISION_MISMATCH', currentRevision: 2 });
    expect((await buy({ itemIds: ['no'] }).expect(404)).body).toMatchObject({ code: 'CART_ITEM_NOT_FOUND' });
    await buy({}, { 'If-Match': '"2"' }).expect(201);
  });

  it('shares its keys with POST /orders', async () => {
    await fill();
    const first = await buy({}, { 'Idempotency-Key': 'k' }).expect(201);
    const again = await buy({}, { 'Idempotency-Key': 'k' }).expect(201);
    expect(again.body).toEqual(first.body);
    expect(again.headers['idempotent-replayed']).toBe('true');
    await order(two, 'k').expect(422);
  });
});

describe('POST /orders/{orderId}/cancel', () => {
  const cancel = (orderId: string, body: object = {}) => shop.call().post(`/orders/${orderId}/cancel`).send({ userId: 'ann', ...body }); // prettier-ignore

  it('refunds the order, answers the same again, and gives the stock back once', async () => {
    const orderId = orderIdOf(await order(two).expect(201));
    const first = await cancel(orderId, { reason: '단순 변심' }).expect(200);
    expect(first.body).toEqual({
      orderId,
      status: 'CANCELLED',
      refund: { transactionId: expect.any(String), amount: 24_500, balanceAfter: 50_000 },
      cancelledAt: now,
    });
    const again = await cancel(orderId).expect(200);
    expect(again.body).toEqual(first.body);
    expect(again.headers['idempotent-replayed']).toBe('true');
    expect(again.headers['consistency-token']).toMatch(token);
    await shop.service.stop();
    expect((await shop.types('product-mug')).filter((type) => type === 'StockReturned')).toHaveLength(1);
  });

  it('404 for an unknown order, another user’s among them', async () => {
    const orderId = orderIdOf(await order(two).expect(201));
    expect((await cancel('no').expect(404)).body).toMatchObject({ code: 'ORDER_NOT_FOUND' });
    expect((await shop.call().post(`/orders/${orderId}/cancel`).send({ userId: 'bob' }).expect(404)).body).toMatchObject({
      code: 'ORDER_NOT_FOUND',
    });
  });

  it('409 after the window, with the time it ended', async () => {
    const orderId = orderIdOf(await order(two).expect(201));
    shop.clock.setNow('2026-01-12T03:04:05.679Z');
    expect((await cancel(orderId).expect(409)).body).toMatchObject({
      code: 'ORDER_NOT_CANCELLABLE',
      cancellableUntil: '2026-01-12T03:04:05.678Z',
    });
  });
});

describe('GET /readyz', () => {
  it('is ready while the event store answers', async () => {
    expect((await shop.call().get('/readyz').expect(200)).body).toMatchObject({
      status: 'ready',
      checks: { eventStore: 'up', recovery: 'up' },
    });
  });
});
