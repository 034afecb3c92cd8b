import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { headerOf, itemIdsOf, openCounter, type Counter } from '../testing/shop-counter.js';

const now = '2026-01-05T03:04:05.678Z';
let shop: Counter;
beforeEach(async () => {
  shop = await openCounter();
  await shop.call().post('/products').send({ productId: 'mug', name: '머그컵', price: 12_000, stock: 5 }).expect(201);
  await shop.call().post('/products').send({ productId: 'pen', name: '볼펜', price: 500, stock: 5 }).expect(201);
});
afterEach(() => shop.close());
const add = (body: object, key?: string) => {
  const call = shop.call().post('/orders/cart');
  return (key === undefined ? call : call.set('Idempotency-Key', key)).send({ userId: 'ann', ...body }); // prettier-ignore
};
const set = (method: 'patch' | 'put', itemId: string, body: object) => shop.call()[method](`/orders/cart/${itemId}`).send({ userId: 'ann', ...body }); // prettier-ignore
const remove = (path: string) => shop.call().delete(`/orders/cart${path}`).set('X-User-Id', 'ann');
const firstItem = async (): Promise<string> => itemIdsOf(await add({ productId: 'mug' }).expect(200))[0] ?? '';

describe('POST /orders/cart', () => {
  it('opens a line with the name and the price as they are now; adding again adds quantities', async () => {
    await add({ productId: 'mug' }).expect(200);
    await shop.call().patch('/products/mug').send({ price: 13_000 }).expect(200);
    const response = await add({ productId: 'mug', quantity: 49 }).expect(200);
    const [itemId] = itemIdsOf(response);
    expect(response.body).toEqual({
      userId: 'ann',
      items: [{ itemId, productId: 'mug', name: '머그컵', quantity: 50, addedPrice: 13_000, addedAt: now }],
      totalQuantity: 50,
      revision: 2,
    });
    expect(headerOf(response, 'consistency-token')).toBe(await shop.eventStore.head());
    expect(await shop.events('cart-ann')).toMatchObject([
      { type: 'CartItemAdded', data: { quantity: 1, lineQuantity: 1, addedPrice: 12_000 } },
      { type: 'CartItemAdded', data: { quantity: 49, lineQuantity: 50, addedPrice: 13_000 } },
    ]);
  });

  it('under a key adds once and answers the cart as it is now', async () => {
    await add({ productId: 'mug', quantity: 2 }, 'k').expect(200);
    await add({ productId: 'pen' }).expect(200);
    const again = await add({ productId: 'mug', quantity: 2 }, 'k').expect(200);
    expect(again.body).toMatchObject({ totalQuantity: 3, revision: 2 });
    expect(headerOf(again, 'idempotent-replayed')).toBe('true');
    await add({ productId: 'mug', quantity: 3 }, 'k').expect(422);
  });

  it('a repeated key does not depend on what became of the product', async () => {
    await add({ productId: 'mug' }, 'k').expect(200);
    await shop.call().post('/products/mug/archive').expect(200);
    const again = await add({ productId: 'mug' }, 'k').expect(200);
    expect(headerOf(again, 'idempotent-replayed')).toBe('true');
    expect(headerOf(again, 'consistency-token')).toBe(await shop.eventStore.head());
    await add({ productId: 'mug', quantity: 2 }, 'k').expect(422);
    expect(await shop.types('cart-ann')).toEqual(['CartItemAdded']);
  });

  it('404 for an unknown product, 409 for an archived one, and above the limit of a line', async () => {
    expect((await add({ productId: 'no' }).expect(404)).body).toMatchObject({ code: 'PRODUCT_NOT_FOUND', productIds: ['no'] });
    await add({ productId: 'pen', quantity: 10_000 }).expect(200);
    expect((await add({ productId: 'pen' }).expect(409)).body).toMatchObject({
      code: 'CART_LIMIT_EXCEEDED',
      limit: 10_000,
      current: 10_000,
    });
    await shop.call().post('/products/mug/archive').expect(200);
    expect((await add({ productId: 'mug' }).expect(409)).body).toMatchObject({ code: 'PRODUCT_ARCHIVED', productIds: ['mug'] });
    expect(await shop.types('cart-ann')).toHaveLength(1);
  });
});

describe('PATCH and PUT /orders/cart/{itemId}', () => {
  it.each(['patch', 'put'] as const)('%s sets the quantity, and is quiet where it is that already', async (method) => {
    const itemId = await firstItem();
    const response = await set(method, itemId, { quantity: 5 }).expect(200);
    expect(response.body).toMatchObject({ items: [{ itemId, quantity: 5 }], totalQuantity: 5, revision: 2 });
    expect((await set(method, itemId, { quantity: 5 }).expect(200)).body).toMatchObject({ revision: 2 });
    expect(await shop.types('cart-ann')).toEqual(['CartItemAdded', 'CartItemQuantityChanged']);
  });

  it('400 for 0, 404 for a line that is not there, 412 for another revision', async () => {
    const itemId = await firstItem();
    await set('patch', itemId, { quantity: 0 }).expect(400);
    expect((await set('patch', 'no', { quantity: 1 }).expect(404)).body).toMatchObject({ code: 'CART_ITEM_NOT_FOUND' });
    const response = await set('patch', itemId, { quantity: 2 }).set('If-Match', '"9"').expect(412);
    expect(response.body).toMatchObject({ code: 'REVISION_MISMATCH', currentRevision: 1 });
    await set('patch', itemId, { quantity: 2 }).set('If-Match', '"1"').expect(200);
  });
});

describe('DELETE /orders/cart/{itemId}', () => {
  it('takes the line out: 204, and 204 again', async () => {
    const itemId = await firstItem();
    const first = await remove(`/${itemId}`).expect(204);
    expect(first.text).toBe('');
    expect(headerOf(first, 'consistency-token')).toBe(await shop.eventStore.head());
    const again = await remove(`/${itemId}`).expect(204);
    expect(headerOf(again, 'consistency-token')).toBe(await shop.eventStore.head());
    expect(await shop.types('cart-ann')).toEqual(['CartItemAdded', 'CartItemRemoved']);
  });

  it('404 for an id it never had, 412 for a stale revision, also for a line that is gone', async () => {
    const itemId = await firstItem();
    expect((await remove('/no').expect(404)).body).toMatchObject({ code: 'CART_ITEM_NOT_FOUND' });
    await remove(`/${itemId}`).set('If-Match', '"7"').expect(412);
    await remove(`/${itemId}`).expect(204);
    expect((await remove(`/${itemId}`).set('If-Match', '"1"').expect(412)).body).toMatchObject({ currentRevision: 2 });
  });

  it('a line opened anew is another line', async () => {
    const itemId = await firstItem();
    await remove(`/${itemId}`).expect(204);
    expect(await firstItem()).not.toBe(itemId);
  });
});

describe('DELETE /orders/cart', () => {
  it('empties the cart: 204, also when it is empty', async () => {
    await firstItem();
    await add({ productId: 'pen' }).expect(200);
    await remove('').expect(204);
    await remove('').expect(204);
    expect(await shop.types('cart-ann')).toEqual(['CartItemAdded', 'CartItemAdded', 'CartItemRemoved', 'CartItemRemoved']);
  });
  it('412 for another revision', async () => {
    await firstItem();
    expect((await remove('').set('If-Match', '"2"').expect(412)).body).toMatchObject({ currentRevision: 1 });
  });
});
