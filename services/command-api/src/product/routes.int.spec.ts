import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { bodyOf, headerOf, openCounter, type Counter } from '../testing/shop-counter.js';

const now = '2026-01-05T03:04:05.678Z';
let shop: Counter;
beforeEach(async () => {
  shop = await openCounter();
});
afterEach(() => shop.close());
const mug = { productId: 'mug', name: '머그컵', price: 12_000, stock: 5 };
const register = (body: object = mug, key?: string) => {
  const call = shop.call().post('/products');
  return (key === undefined ? call : call.set('Idempotency-Key', key)).send(body);
};
const change = (body: object, ifMatch?: string) => {
  const call = shop.call().patch('/products/mug');
  return (ifMatch === undefined ? call : call.set('If-Match', ifMatch)).send(body);
};
const adjust = (body: object, key?: string) => {
  const call = shop.call().post('/products/mug/stock-adjustments');
  return (key === undefined ? call : call.set('Idempotency-Key', key)).send({ reason: 'count', ...body }); // prettier-ignore
};
const product = { ...mug, status: 'ACTIVE', revision: 1, createdAt: now };

describe('POST /products', () => {
  it('registers a product', async () => {
    const response = await register().expect(201);
    expect(response.body).toEqual(product);
    expect(headerOf(response, 'location')).toBe('/products/mug');
    expect(headerOf(response, 'consistency-token')).toBe(await shop.eventStore.head());
    expect(await shop.events('product-mug')).toMatchObject([{ type: 'ProductRegistered', data: { price: 12_000, available: 5 } }]);
  });

  it('without an id makes one, which its key names again', async () => {
    const { productId: _, ...nameless } = mug;
    const first = await register(nameless, 'k').expect(201);
    const again = await register(nameless, 'k').expect(201);
    expect(again.body).toEqual(first.body);
    expect(headerOf(again, 'idempotent-replayed')).toBe('true');
    const { productId } = bodyOf(first, z.object({ productId: z.string() }));
    expect(await shop.types(`product-${productId}`)).toEqual(['ProductRegistered']);
    await register({ ...nameless, price: 1 }, 'k').expect(422);
    expect((await register(nameless).expect(201)).body).not.toMatchObject({ productId });
  });

  it('answers a repeated key as it did then, even if the product has changed since', async () => {
    await register(mug, 'k').expect(201);
    await change({ price: 1 }).expect(200);
    expect((await register(mug, 'k').expect(201)).body).toEqual(product);
    expect((await register({ ...mug, stock: 6 }, 'k').expect(422)).body).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
  });

  it('409 for an id that is taken', async () => {
    await register().expect(201);
    expect((await register().expect(409)).body).toMatchObject({ code: 'PRODUCT_ALREADY_EXISTS', productId: 'mug' });
    expect((await register({ ...mug, price: 1 }, 'other').expect(409)).body).toMatchObject({ code: 'PRODUCT_ALREADY_EXISTS' });
  });

  it('stock is 0 where nothing is said, and "top" is no id', async () => {
    expect((await register({ productId: 'pen', name: ' 볼펜 ', price: 0 }).expect(201)).body).toMatchObject({ stock: 0, name: '볼펜' });
    await register({ ...mug, productId: 'top' }).expect(400);
  });
});

describe('PATCH /products/{productId}', () => {
  it('renames and reprices, each an event of its own', async () => {
    await register().expect(201);
    const response = await change({ name: '큰 머그컵', price: 15_000 }).expect(200);
    expect(response.body).toEqual({ ...product, name: '큰 머그컵', price: 15_000, revision: 3 });
    expect(headerOf(response, 'consistency-token')).toBe(await shop.eventStore.head());
    expect(headerOf(response, 'etag')).toBeUndefined();
    expect(await shop.types('product-mug')).toEqual(['ProductRegistered', 'ProductRenamed', 'ProductRepriced']);
  });

  it('writes nothing for equal values', async () => {
    await register().expect(201);
    expect((await change({ name: '머그컵', price: 12_000 }).expect(200)).body).toEqual(product);
    expect(await shop.types('product-mug')).toHaveLength(1);
  });

  it('412 with the current revision for another If-Match; the tag of a read, the revision alone and * pass', async () => {
    await register().expect(201);
    await change({ price: 1 }, '"1.abc"').expect(200);
    expect((await change({ price: 2 }, '"1"').expect(412)).body).toMatchObject({ code: 'REVISION_MISMATCH', currentRevision: 2 });
    await change({ price: 3 }, '"2"').expect(200);
    await change({ price: 4 }, '*').expect(200);
  });

  it('sales do not block a price change', async () => {
    await register().expect(201);
    await shop.call().post('/balance/charge').send({ userId: 'ann', amount: 50_000 }).expect(200);
    await shop.call().post('/orders').send({ userId: 'ann', items: [{ productId: 'mug', quantity: 1 }] }).expect(201); // prettier-ignore
    expect((await change({ price: 1 }, '"1"').expect(200)).body).toMatchObject({ stock: 4, revision: 2 });
  });

  it('404, 409 for archived, 400 for nothing to change', async () => {
    expect((await change({ price: 1 }).expect(404)).body).toMatchObject({ code: 'PRODUCT_NOT_FOUND', productIds: ['mug'] });
    await register().expect(201);
    await change({}).expect(400);
    await shop.call().post('/products/mug/archive').expect(200);
    expect((await change({ price: 1 }).expect(409)).body).toMatchObject({ code: 'PRODUCT_ARCHIVED', productIds: ['mug'] });
  });
});

describe('POST /products/{productId}/archive', () => {
  const archive = (ifMatch?: string) => {
    const call = shop.call().post('/products/mug/archive');
    return ifMatch === undefined ? call : call.set('If-Match', ifMatch);
  };
  it('is final, and answers the same again', async () => {
    await register().expect(201);
    const first = await archive().expect(200);
    expect(first.body).toEqual({ ...product, status: 'ARCHIVED', revision: 2 });
    expect((await archive().expect(200)).body).toEqual(first.body);
    expect(await shop.types('product-mug')).toEqual(['ProductRegistered', 'ProductArchived']);
  });
  it('404 for an unknown product, 412 for another revision', async () => {
    await archive().expect(404);
    await register().expect(201);
    expect((await archive('"7"').expect(412)).body).toMatchObject({ currentRevision: 1 });
  });
});

describe('POST /products/{productId}/stock-adjustments', () => {
  it('changes the stock and says what it is then', async () => {
    await register().expect(201);
    const response = await adjust({ delta: -3, reason: 'damaged', reference: 'PO-17' }).expect(200);
    expect(response.body).toEqual({ productId: 'mug', delta: -3, stock: 2, occurredAt: now });
    expect((await shop.events('product-mug'))[1]).toMatchObject({ type: 'StockAdjusted', data: { reason: 'damaged', reference: 'PO-17' } });
  });

  it('sets it, by the stock that was expected', async () => {
    await register().expect(201);
    expect((await adjust({ setTo: 9, expectedStock: 5 }).expect(200)).body).toMatchObject({ delta: 4, stock: 9 });
    expect((await adjust({ setTo: 9, expectedStock: 5 }).expect(409)).body).toMatchObject({ code: 'STOCK_CHANGED', stock: 9 });
  });

  it('under a key counts once; another request under it is 422', async () => {
    await register().expect(201);
    const first = await adjust({ delta: 2 }, 'k').expect(200);
    await adjust({ delta: 1 }).expect(200);
    const again = await adjust({ delta: 2 }, 'k').expect(200);
    expect(again.body).toEqual(first.body);
    expect(headerOf(again, 'idempotent-replayed')).toBe('true');
    await adjust({ delta: 3 }, 'k').expect(422);
    await adjust({ delta: 2, reason: 'other' }, 'k').expect(422);
    expect(await shop.types('product-mug')).toHaveLength(3);
  });

  it('never takes more than there is, nor goes above the limit', async () => {
    await register().expect(201);
    expect((await adjust({ delta: -6 }).expect(409)).body).toMatchObject({
      code: 'INSUFFICIENT_STOCK',
      items: [{ productId: 'mug', requested: 6, stock: 5 }],
    });
    expect((await adjust({ delta: 1_000_000_000 }).expect(409)).body).toMatchObject({ code: 'STOCK_LIMIT_EXCEEDED', stock: 5 });
    expect(await shop.types('product-mug')).toHaveLength(1);
  });

  it('404 for an unknown product, 409 for an archived one, 400 for a change of 0 or two ways at once', async () => {
    await adjust({ delta: 1 }).expect(404);
    await register().expect(201);
    await adjust({ delta: 0 }).expect(400);
    await adjust({ delta: 1, setTo: 2 }).expect(400);
    await shop.call().post('/products/mug/archive').expect(200);
    expect((await adjust({ delta: 1 }).expect(409)).body).toMatchObject({ code: 'PRODUCT_ARCHIVED' });
  });
});
