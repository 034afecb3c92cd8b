import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { CartLine, ProductDocument } from '@shop/read-store';
import { productDocument } from '../testing/product-document.js';
import { at, openQueryShop, type QueryShop } from '../testing/query-shop.js';

let shop: QueryShop;
beforeEach(async () => {
  shop = await openQueryShop();
});
afterEach(() => shop.close());

const addedAt = '2026-01-05T01:00:00.000Z';
const line = (productId: string, quantity: number, more: Partial<CartLine> = {}): CartLine => ({
  itemId: `c-${productId}`,
  productId,
  name: productId,
  quantity,
  addedPrice: 1_000,
  addedAt,
  ...more,
});
const cart = (...lines: CartLine[]) => shop.write('carts', [{ id: 'u1', position: 3, document: { userId: 'u1', lines, revision: 4 } }]);
const product = (productId: string, more: Partial<ProductDocument> = {}) =>
  shop.write('products', [{ id: productId, position: 2, document: productDocument(productId, more) }]);
const read = () => shop.http.get('/orders/cart?userId=u1');

describe('GET /orders/cart', () => {
  it('shows lines at current price and stock, with what keeps them from being bought', async () => {
    await product('ok');
    await product('dear', { price: 1_300 });
    await product('few', { stock: 3, price: 900 });
    await product('none', { stock: 0 });
    await product('gone', { status: 'ARCHIVED' });
    await cart(line('ok', 2), line('dear', 10, { addedPrice: 1_000 }), line('few', 4), line('none', 1), line('gone', 1));
    await shop.reaches(5);
    const answer = await read();
    const common = { addedPrice: 1_000, addedAt, unitPrice: 1_000 };
    expect(answer.body).toEqual({
      userId: 'u1',
      items: [
        { ...common, itemId: 'c-ok', productId: 'ok', name: 'ok', quantity: 2, stock: 10, subtotal: 2_000, warnings: [] },
        {
          ...common,
          itemId: 'c-dear',
          productId: 'dear',
          name: 'dear',
          quantity: 10,
          unitPrice: 1_300,
          stock: 10,
          subtotal: 13_000,
          warnings: ['PRICE_CHANGED'],
        },
        {
          ...common,
          itemId: 'c-few',
          productId: 'few',
          name: 'few',
          quantity: 4,
          unitPrice: 900,
          stock: 3,
          subtotal: 3_600,
          warnings: ['NOT_ENOUGH_STOCK', 'PRICE_CHANGED'],
        },
        {
          ...common,
          itemId: 'c-none',
          productId: 'none',
          name: 'none',
          quantity: 1,
          stock: 0,
          subtotal: 1_000,
          warnings: ['OUT_OF_STOCK'],
        },
        {
          ...common,
          itemId: 'c-gone',
          productId: 'gone',
          name: 'gone',
          quantity: 1,
          stock: 10,
          subtotal: 1_000,
          warnings: ['UNAVAILABLE'],
        },
      ],
      totalQuantity: 18,
      totalAmount: 20_600,
      purchasableAmount: 15_000,
      revision: 4,
    });
    expect(answer.headers['etag']).toMatch(/^"4\./);
    expect(answer.headers['as-of-position']).toBe(at(5));
  });

  it('answers an empty cart for who never had one', async () => {
    await shop.reaches(5);
    const answer = await read();
    expect(answer.body).toEqual({ userId: 'u1', items: [], totalQuantity: 0, totalAmount: 0, purchasableAmount: 0, revision: 0 });
    expect(answer.headers['etag']).toMatch(/^"0\./);
  });

  it('needs a user', async () => {
    expect((await shop.http.get('/orders/cart')).body).toMatchObject({ status: 400, code: 'USER_ID_REQUIRED' });
  });

  it('waits for cart and products alike, and answers as of the one further behind', async () => {
    await product('ok', { stock: 10 });
    await cart(line('ok', 2));
    await shop.reaches(5);
    shop.log.end = at(8);
    const answer = read().then();
    while (shop.waits.begun < 1) await new Promise((resolve) => setImmediate(resolve));
    await shop.saveCheckpoint('carts', 9);
    while (shop.waits.begun < 2) await new Promise((resolve) => setImmediate(resolve));
    await product('ok', { stock: 1 });
    await shop.saveCheckpoint('products', 8);
    expect((await answer).headers['as-of-position']).toBe(at(8));
  });

  it('shows a line whose product an eventual read does not know yet as unavailable', async () => {
    await cart(line('new', 2));
    await shop.saveCheckpoint('carts', 5);
    const answer = await read().set('Consistency', 'eventual');
    expect(answer.body).toMatchObject({ items: [{ stock: 0, subtotal: 2_000, warnings: ['UNAVAILABLE'] }], purchasableAmount: 0 });
    expect(answer.headers['as-of-position']).toBe(at(0));
  });

  it('is degraded beside its own parked stream or a parked product in it, and no other', async () => {
    await product('ok');
    await cart(line('ok', 2));
    await shop.park('carts', 'cart-u2', 2);
    await shop.park('products', 'product-other', 2);
    await shop.reaches(5);
    expect((await read()).status).toBe(200);
    await shop.park('products', 'product-ok', 4);
    expect((await read()).body).toMatchObject({ code: 'READ_MODEL_DEGRADED', projection: 'products' });
    expect((await read().set('Consistency', 'eventual')).headers['as-of-position']).toBe(at(3));
    await shop.unpark('products', 'product-ok');
    await shop.park('carts', 'cart-u1', 4);
    expect((await read()).body).toMatchObject({ code: 'READ_MODEL_DEGRADED', projection: 'carts' });
  });
});
