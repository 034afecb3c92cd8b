import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { manualClock } from '@shop/clock';
import { z } from 'zod';
import { registerCatalogue } from './register-catalogue.js';
import { sampleCatalogue } from './sample-catalogue.js';
import { openTestShop, type TestShop } from './testing/open-test-shop.js';

const page = z.object({ total: z.int(), items: z.array(z.object({ productId: z.string(), price: z.int(), stock: z.int() })) });
/** Waits cost nothing. */
const clock = { ...manualClock(), sleep: async () => undefined };
const target = { clock, random: () => 0, patienceMs: 1_000 };

describe('the sample catalogue over HTTP', () => {
  let shop: TestShop;
  beforeEach(async () => {
    shop = await openTestShop();
  });
  afterEach(async () => {
    await shop.stop();
  });
  const products = async () => page.parse((await shop.call('GET', '/products?limit=100')).body);

  it('is in an empty shop afterwards, once, however often it is registered', async () => {
    for (const _ of [1, 2]) await registerCatalogue({ ...target, url: shop.url, send: fetch });
    const { total, items } = await products();
    expect(total).toBe(sampleCatalogue.length);
    expect(items).toContainEqual(expect.objectContaining({ productId: 'mug', price: 12_000, stock: 50 }));
  });

  it('leaves a product of its name alone that somebody else registered', async () => {
    await shop.call('POST', '/products', { body: { productId: 'mug', name: 'Mug', price: 1, stock: 2 } });
    await registerCatalogue({ ...target, url: shop.url, send: fetch });
    const { total, items } = await products();
    expect(total).toBe(sampleCatalogue.length);
    expect(items).toContainEqual(expect.objectContaining({ productId: 'mug', price: 1, stock: 2 }));
  });

  it('is sent again where an answer was lost', async () => {
    let calls = 0;
    const lossy: typeof fetch = async (...request) => {
      const response = await fetch(...request);
      calls += 1;
      if (calls % 2 === 1) throw new TypeError('the connection broke');
      return response;
    };
    await registerCatalogue({ ...target, url: shop.url, send: lossy });
    expect((await products()).total).toBe(sampleCatalogue.length);
    expect(calls).toBe(2 * sampleCatalogue.length);
  });

  it('says what the shop refuses, and who does not answer', async () => {
    const answering = (status: number) => async () => Response.json({ code: 'FORBIDDEN' }, { status });
    await expect(registerCatalogue({ ...target, url: shop.url, send: answering(403) })).rejects.toThrow('mug is refused: 403');
    let now = 0;
    const passing = { ...clock, monotonic: () => (now += 400) };
    await expect(registerCatalogue({ ...target, clock: passing, url: 'http://shop.example', send: answering(503) })).rejects.toThrow(
      'the shop at http://shop.example does not take mug: 503',
    );
  });
});
