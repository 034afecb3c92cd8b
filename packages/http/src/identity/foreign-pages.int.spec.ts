import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import supertest from 'supertest';
import { startShop, type FakeShop } from '../testing/fake-shop.js';

const jwt = { AUTH_MODE: 'jwt', JWT_HS256_SECRET: 's'.repeat(32), JWT_ISSUER: 'i', JWT_AUDIENCE: 'a' };

describe('a shop without authentication on a developer’s machine', () => {
  let shop: FakeShop;
  beforeAll(async () => {
    shop = await startShop({ CORS_ORIGINS: 'https://shop.example' });
  });
  afterAll(async () => {
    await shop.stop();
  });
  const own = () => shop.url;
  const archive = (headers: Readonly<Record<string, string>>) => supertest(shop.url).post('/products/mug/archive').set(headers);
  const read = (host: string, path = '/products/mug') => supertest(shop.url).get(path).set({ Host: host, 'Accept-Language': 'en' });

  it.each([
    ['another origin', { Origin: 'http://evil.com' }],
    ['no origin of its own', { Origin: 'null' }],
    ['another port of this machine', { Origin: 'http://localhost:1', 'Sec-Fetch-Site': 'same-site' }],
    ['another site, without saying which', { 'Sec-Fetch-Site': 'cross-site' }],
  ])('takes no write from a page of %s, and does nothing', async (_, headers) => {
    const before = shop.seen.length;
    const answer = await archive({ ...headers, 'Accept-Language': 'en' }).expect(403);
    expect(answer.body).toMatchObject({ code: 'FORBIDDEN' });
    expect(answer.text).toContain('CORS_ORIGINS');
    expect(shop.seen).toHaveLength(before);
  });

  it('takes writes from its own pages, from pages it was told of, and from what is no page', async () => {
    await archive({ Origin: own(), 'Sec-Fetch-Site': 'same-origin' }).expect(200);
    await archive({ Origin: 'https://shop.example', 'Sec-Fetch-Site': 'cross-site' }).expect(200);
    await archive({}).expect(200);
    await archive({ 'Sec-Fetch-Site': 'none' }).expect(200);
  });

  it('lets foreign pages ask for what they will not be shown', async () => {
    await supertest(shop.url).get('/products/mug').set({ Origin: 'http://evil.com', 'Sec-Fetch-Site': 'cross-site' }).expect(200);
  });

  it.each(['evil.com', 'evil.com:3000', 'localhost.evil.com', '127.0.0.1.evil.com', '[::2]:3000', '192.168.0.7', ''])(
    'answers nothing under the name %p, which only leads here',
    async (host) => {
      const answer = await read(host).expect(403);
      expect(answer.body).toMatchObject({ code: 'FORBIDDEN' });
      expect(answer.text).toContain('AUTH_OFF_ALLOW_REMOTE');
      await read(host, '/healthz').expect(403);
      await read(host, '/docs').expect(403);
    },
  );

  it.each(['localhost', 'LOCALHOST:3000', '127.0.0.1', '127.1.2.3:80', '[::1]', '[::1]:3000'])('is known as %s', async (host) => {
    await read(host).expect(200);
  });

  it('says this where it would ask who is there: after the path, before the body', async () => {
    const evil = { Host: 'evil.com', Origin: 'http://evil.com' };
    await supertest(shop.url).post('/nope').set(evil).expect(404);
    await supertest(shop.url).put('/orders').set(evil).expect(405);
    await supertest(shop.url).post('/orders').set(evil).set('Content-Type', 'text/plain').send('x').expect(403);
  });
});

it('opened to the network on purpose, a shop has any name, and still takes no writes from foreign pages', async () => {
  const remote = await startShop({ AUTH_OFF_ALLOW_REMOTE: 'true' });
  await supertest(remote.url).get('/products/mug').set('Host', 'shop.internal').expect(200);
  const write = (origin: string) => supertest(remote.url).post('/products/mug/archive').set({ Host: 'shop.internal:3000', Origin: origin });
  await write('http://shop.internal:3000').expect(200);
  await write('https://shop.internal:3000').expect(200);
  await write('http://evil.com').expect(403);
  await remote.stop();
});

it('told that every page may, a shop takes writes from every page', async () => {
  const open = await startShop({ CORS_ORIGINS: '*' });
  await supertest(open.url).post('/products/mug/archive').set({ Origin: 'http://evil.com', 'Sec-Fetch-Site': 'cross-site' }).expect(200);
  await open.stop();
});

it('where tokens are asked for, pages and names make no difference: a foreign page has no token to send', async () => {
  const guarded = await startShop(jwt);
  const evil = { Host: 'evil.com', Origin: 'http://evil.com', 'Sec-Fetch-Site': 'cross-site' };
  await supertest(guarded.url).get('/products/mug').set(evil).expect(200);
  await supertest(guarded.url).post('/products/mug/archive').set(evil).expect(401);
  await guarded.stop();
});
