import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { topProducts as topProductsRoute } from '@shop/http';
import { openBestSellers, type BestSellersShop } from '../testing/best-sellers-shop.js';
import { at } from '../testing/query-shop.js';

let shop: BestSellersShop;
beforeEach(async () => {
  shop = await openBestSellers();
});
afterEach(() => shop.close());

const top = (query = '') => shop.http.get(`/products/top${query}`);
/** The clock of the shop stands at 2026-01-05T03:04:05.678Z. */
const soldOf = async (query = '') =>
  topProductsRoute.success.body.parse((await top(query)).body).items.map(({ productId, soldQuantity }) => `${productId} ${soldQuantity}`);

describe('GET /products/top', () => {
  it('lists what sold most in 72 hours, with price and stock as of now', async () => {
    await shop.register('p1', { name: '머그컵', price: 12_000, stock: 37 });
    await shop.register('p2', { name: '접시', price: 8_000, stock: 0 });
    await shop.sell('p1', '2026-01-04T10:00:00.000Z', 2, 24_000);
    await shop.sell('p1', '2026-01-05T03:04:05.000Z', 1, 11_000);
    await shop.sell('p2', '2026-01-03T23:59:59.999Z', 5, 40_000);
    const position = await shop.project();
    const answer = await top();
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      items: [
        { rank: 1, productId: 'p2', name: '접시', price: 8_000, stock: 0, soldQuantity: 5, revenue: 40_000 },
        { rank: 2, productId: 'p1', name: '머그컵', price: 12_000, stock: 37, soldQuantity: 3, revenue: 35_000 },
      ],
      window: { from: '2026-01-02T03:04:00.000Z', to: '2026-01-05T03:04:05.678Z' },
    });
    expect(answer.headers['as-of-position']).toBe(at(position));
  });

  it('counts the first minute of the window and the running one, and nothing outside', async () => {
    await shop.register('p1');
    await shop.sell('p1', '2026-01-02T03:03:59.999Z', 1_000);
    await shop.sell('p1', '2026-01-02T03:04:00.000Z', 1);
    await shop.sell('p1', '2026-01-05T03:04:59.000Z', 10);
    await shop.sell('p1', '2026-01-05T03:05:00.000Z', 100);
    await shop.project();
    expect(await soldOf()).toEqual(['p1 11']);
    expect(await soldOf('?asOf=2026-01-05T03:03:59.999Z')).toEqual(['p1 1001']);
    expect(await soldOf('?asOf=2026-01-02T03:04:00.000Z')).toEqual(['p1 1001']);
  });

  it('slides though nothing is sold', async () => {
    await shop.register('p1');
    await shop.sell('p1', '2026-01-02T03:04:30.000Z', 3);
    await shop.project();
    expect(await soldOf()).toEqual(['p1 3']);
    await shop.clock.advance(60_000);
    expect(await soldOf()).toEqual([]);
    expect(await soldOf('?asOf=2026-01-05T03:04:59.999Z')).toEqual(['p1 3']);
  });

  it('takes cancelled units out where they were sold, and leaves out what has none left', async () => {
    await shop.register('p1');
    await shop.register('p2');
    await shop.sell('p1', '2026-01-04T10:00:00.000Z', 4);
    await shop.sell('p2', '2026-01-04T10:00:00.000Z', 3);
    await shop.sell('p1', '2026-01-04T10:00:00.000Z', -2, -2_000);
    await shop.sell('p2', '2026-01-04T10:00:00.000Z', -3, -3_000);
    await shop.project();
    expect(await soldOf()).toEqual(['p1 2']);
  });

  it('settles ties by revenue, then by id', async () => {
    for (const productId of ['p1', 'p2', 'p3']) await shop.register(productId);
    await shop.sell('p2', '2026-01-04T10:00:00.000Z', 4, 100);
    await shop.sell('p1', '2026-01-04T10:00:00.000Z', 4, 100);
    await shop.sell('p3', '2026-01-03T10:00:00.000Z', 4, 101);
    await shop.project();
    expect(await soldOf()).toEqual(['p3 4', 'p1 4', 'p2 4']);
  });

  it('lists five and no archived product, or as many as asked for', async () => {
    for (let index = 1; index <= 8; index += 1) {
      await shop.register(`p${index}`, index <= 2 ? { status: 'ARCHIVED' } : {});
      await shop.sell(`p${index}`, '2026-01-04T10:00:00.000Z', 100 - index);
    }
    await shop.project();
    expect(await soldOf()).toEqual(['p3 97', 'p4 96', 'p5 95', 'p6 94', 'p7 93']);
    expect(await soldOf('?limit=1')).toEqual(['p3 97']);
    expect(await soldOf('?limit=20')).toHaveLength(6);
    for (const limit of ['0', '21', 'x']) expect((await top(`?limit=${limit}`)).status).toBe(400);
  });

  it('refuses a time in the future', async () => {
    expect((await top('?asOf=2026-01-05T03:04:05.678Z')).status).toBe(200);
    const answer = await top('?asOf=2026-01-05T03:04:05.679Z');
    expect(answer.body).toMatchObject({
      status: 400,
      code: 'VALIDATION_FAILED',
      errors: [{ in: 'query', path: '/asOf', code: 'too_big' }],
    });
  });

  it('waits for sales and products alike, and answers as of the one further behind', async () => {
    await shop.register('p1');
    await shop.sell('p1', '2026-01-04T10:00:00.000Z', 1);
    const position = await shop.project();
    await shop.saveCheckpoint('products', position + 2);
    await shop.saveCheckpoint('best-sellers', position + 1);
    const eventual = await top().set('Consistency', 'eventual');
    expect(eventual.headers['as-of-position']).toBe(at(position + 1));
    shop.log.end = at(position + 2);
    const strong = top().then();
    while (shop.waits.begun < 1) await new Promise((resolve) => setImmediate(resolve));
    await shop.saveCheckpoint('best-sellers', position + 2);
    expect((await strong).headers['as-of-position']).toBe(at(position + 2));
  });

  it('has the same ETag while only the time moves, and another after a sale', async () => {
    await shop.register('p1');
    await shop.sell('p1', '2026-01-04T10:00:00.000Z', 1);
    await shop.project();
    const { etag } = (await top()).headers;
    await shop.clock.advance(1_000);
    expect((await top().set('If-None-Match', String(etag))).status).toBe(304);
    await shop.sell('p1', '2026-01-04T10:00:00.000Z', 1);
    await shop.project();
    expect((await top().set('If-None-Match', String(etag))).status).toBe(200);
  });

  it('is degraded beside a parked product that it looks at, and not beside another', async () => {
    await shop.register('p1');
    await shop.register('p2');
    await shop.sell('p1', '2026-01-04T10:00:00.000Z', 1);
    await shop.park('products', 'product-p2', 1);
    const position = await shop.project();
    expect((await top()).status).toBe(200);
    await shop.park('products', 'product-p1', 2);
    expect((await top()).body).toMatchObject({ code: 'READ_MODEL_DEGRADED', projection: 'products' });
    expect((await top().set('Consistency', 'eventual')).headers['as-of-position']).toBe(at(1));
    await shop.saveCheckpoint('best-sellers', position, 'stopped');
    expect((await top()).body).toMatchObject({ code: 'READ_MODEL_DEGRADED', projection: 'best-sellers' });
  });
});
