import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { listProducts } from '@shop/http';
import type { ProductDocument } from '@shop/read-store';
import { productDocument } from '../testing/product-document.js';
import { at, openQueryShop, type QueryShop } from '../testing/query-shop.js';

let shop: QueryShop;
beforeEach(async () => {
  shop = await openQueryShop();
});
afterEach(() => shop.close());

const product = (productId: string, position: number, more: Partial<ProductDocument> = {}) => {
  const createdAt = `2026-01-01T00:00:0${position % 10}.000Z`;
  return { id: productId, position, document: productDocument(productId, { stock: 5, createdAt, ...more }) };
};
const page = async (query = '') => {
  const answer = await shop.http.get(`/products${query}`);
  return listProducts.success.body.parse(answer.body);
};
const idsOf = async (query: string) => (await page(query)).items.map(({ productId }) => productId);

describe('GET /products', () => {
  it('lists active products with their stock, oldest registration first, then by id', async () => {
    const createdAt = '2026-01-01T00:00:01.000Z';
    await shop.write('products', [
      product('p2', 2, { createdAt, name: '접시' }),
      product('p1', 3, { createdAt, name: '머그컵', price: 12_000, stock: 37, revision: 2 }),
      product('p9', 1, { createdAt: '2026-01-01T00:00:00.000Z', stock: 0 }),
      product('gone', 4, { status: 'ARCHIVED' }),
    ]);
    await shop.reaches(9);
    const answer = await shop.http.get('/products');
    const common = { price: 1_000, status: 'ACTIVE', revision: 1 };
    expect(answer.body).toEqual({
      items: [
        { ...common, productId: 'p9', name: 'p9', stock: 0, createdAt: '2026-01-01T00:00:00.000Z' },
        { productId: 'p1', name: '머그컵', price: 12_000, stock: 37, status: 'ACTIVE', revision: 2, createdAt },
        { ...common, productId: 'p2', name: '접시', stock: 5, createdAt },
      ],
      page: 1,
      limit: 20,
      total: 3,
      totalPages: 1,
    });
    expect(answer.headers['as-of-position']).toBe(at(9));
    expect(answer.headers['cache-control']).toBe('no-cache');
    expect((await shop.http.get('/products').set('If-None-Match', String(answer.headers['etag']))).status).toBe(304);
  });

  it('pages, and answers an empty page past the end', async () => {
    await shop.write(
      'products',
      [1, 2, 3, 4].map((number) => product(`p${number}`, number)),
    );
    await shop.reaches(9);
    expect(await page('?limit=2&page=2')).toMatchObject({ items: [{ productId: 'p3' }, { productId: 'p4' }], total: 4, totalPages: 2 });
    expect(await page('?limit=3&page=2')).toMatchObject({ items: [{ productId: 'p4' }], total: 4, totalPages: 2 });
    expect(await page('?limit=2&page=1000000')).toEqual({ items: [], page: 1_000_000, limit: 2, total: 4, totalPages: 2 });
  });

  it('answers an empty shop', async () => {
    expect(await page()).toEqual({ items: [], page: 1, limit: 20, total: 0, totalPages: 0 });
  });

  it('refuses a page or limit out of range instead of bending it', async () => {
    for (const query of ['page=0', 'page=1000001', 'limit=0', 'limit=101', 'limit=x', 'colour=red'])
      expect((await shop.http.get(`/products?${query}`)).status).toBe(400);
  });

  it('finds part of a name in any case, however its letters are composed', async () => {
    await shop.write('products', [
      product('p1', 1, { name: 'Caf\u00e9 Mug' }),
      product('p2', 2, { name: 'Plate 100%' }),
      product('mug', 3, { name: 'Bowl' }),
    ]);
    await shop.reaches(9);
    expect(await idsOf(`?q=${encodeURIComponent('CAFE\u0301')}`)).toEqual(['p1']);
    expect(await idsOf('?q=mug')).toEqual(['p1']);
    expect(await idsOf(`?q=${encodeURIComponent('0%')}`)).toEqual(['p2']);
    expect(await page('?q=nothing')).toMatchObject({ items: [], total: 0, totalPages: 0 });
  });

  it('filters by stock and price, and counts what it filtered', async () => {
    await shop.write('products', [
      product('p1', 1, { price: 100, stock: 0 }),
      product('p2', 2, { price: 200 }),
      product('p3', 3, { price: 300 }),
    ]);
    await shop.reaches(9);
    expect(await idsOf('?inStock=true')).toEqual(['p2', 'p3']);
    expect(await idsOf('?inStock=false')).toEqual(['p1']);
    expect(await page('?minPrice=100&maxPrice=200&limit=1')).toMatchObject({ items: [{ productId: 'p1' }], total: 2, totalPages: 2 });
  });

  it('sorts either way, ties by id', async () => {
    await shop.write('products', [
      product('b', 1, { price: 200, name: 'z' }),
      product('a', 2, { price: 200, name: '\uffee' }),
      product('c', 3, { price: 100, name: '\u{1f600}' }),
    ]);
    await shop.reaches(9);
    expect(await idsOf('?sort=price')).toEqual(['c', 'a', 'b']);
    expect(await idsOf('?sort=-price')).toEqual(['a', 'b', 'c']);
    expect(await idsOf('?sort=name')).toEqual(['b', 'a', 'c']);
    expect(await idsOf('?sort=-name')).toEqual(['c', 'a', 'b']);
    expect(await idsOf('?sort=-createdAt')).toEqual(['c', 'a', 'b']);
  });

  it('is degraded beside any parked product, as that could belong in the list', async () => {
    await shop.park('products', 'product-p7', 4);
    await shop.reaches(9);
    expect((await shop.http.get('/products')).body).toMatchObject({ code: 'READ_MODEL_DEGRADED', projection: 'products' });
    expect((await shop.http.get('/products').set('Consistency', 'eventual')).headers['as-of-position']).toBe(at(3));
    expect((await shop.http.get('/products/p1')).status).toBe(404);
  });
});

describe('GET /products/{productId}', () => {
  it('answers the product with its revision in front of the validator', async () => {
    await shop.write('products', [product('p1', 1, { name: '머그컵', revision: 2, stock: 37, price: 12_000 })]);
    await shop.reaches(9);
    const answer = await shop.http.get('/products/p1');
    expect(answer.body).toEqual({
      productId: 'p1',
      name: '머그컵',
      price: 12_000,
      stock: 37,
      status: 'ACTIVE',
      revision: 2,
      createdAt: '2026-01-01T00:00:01.000Z',
    });
    expect(answer.headers['etag']).toMatch(/^"2\./);
    expect(answer.headers['as-of-position']).toBe(at(9));
  });

  it('shows an archived one as archived', async () => {
    await shop.write('products', [product('p1', 1, { status: 'ARCHIVED' })]);
    await shop.reaches(9);
    expect((await shop.http.get('/products/p1')).body).toMatchObject({ status: 'ARCHIVED' });
  });

  it('names a product that there is none of, and does not call it so while it may be parked', async () => {
    await shop.reaches(9);
    expect((await shop.http.get('/products/p1')).body).toMatchObject({ status: 404, code: 'PRODUCT_NOT_FOUND', productIds: ['p1'] });
    await shop.park('products', 'product-p1', 4);
    expect((await shop.http.get('/products/p1')).body).toMatchObject({ code: 'READ_MODEL_DEGRADED' });
  });
});
