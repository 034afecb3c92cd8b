import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { orderFeedEvent } from '@shop/events';
import supertest from 'supertest';
import { z } from 'zod';
import { asyncApiDocument, feedExamples, implementedRoutes, problemCodes, slugOf, type Readiness } from '../index.js';
import { fakeRoutes, ready, serviceOf, startShop, type FakeShop } from '../testing/fake-shop.js';
import { problemsOf } from './route-problems.js';

let shop: FakeShop;
beforeAll(async () => {
  shop = await startShop();
});
afterAll(async () => {
  await shop.stop();
});
const http = () => supertest(shop.url);

describe('health', () => {
  it('is ok while the process can answer', async () => {
    const answer = await http().get('/healthz').expect(200);
    expect(answer.body).toEqual({ status: 'ok' });
  });

  const readyz = async (...services: (() => Promise<Readiness>)[]) => {
    const other = await startShop({}, { services: services.map((readiness) => serviceOf([], readiness)) });
    const answer = await supertest(other.url).get('/readyz');
    await other.stop();
    return answer;
  };
  const parked = [{ projection: 'carts', stream: 'cart-u1', revision: 3, reason: 'unknown version' }];
  const degraded: Readiness = { status: 'degraded', checks: { readStore: 'up', projections: 'parked' }, parked };
  const down: Readiness = { status: 'not_ready', checks: { eventStore: 'down' }, parked: [] };

  it('is as ready as the least ready of the services', async () => {
    const good = await readyz(async () => ready);
    expect([good.status, good.body]).toEqual([200, ready]);
    const parkedToo = await readyz(
      async () => degraded,
      async () => ready,
    );
    expect([parkedToo.status, parkedToo.body]).toEqual([
      200,
      { status: 'degraded', checks: { readStore: 'up', projections: 'parked', eventStore: 'up' }, parked },
    ]);
    for (const order of [
      [down, ready, degraded],
      [ready, degraded, down],
    ]) {
      const bad = await readyz(...order.map((one) => async () => one));
      expect([bad.status, bad.body]).toMatchObject([503, { status: 'not_ready', checks: { eventStore: 'down' }, parked }]);
      expect(bad.headers['retry-after']).toBe('1');
    }
  });

  it('is not ready where a service cannot even say', async () => {
    const answer = await readyz(async () => Promise.reject(new Error('secret')));
    expect(answer.status).toBe(503);
    expect(answer.text).not.toContain('secret');
  });
});

describe('metrics', () => {
  it('count what was answered, by route and never by user', async () => {
    await http().get('/balance/somebody').expect(200);
    const answer = await http().get('/metrics').expect(200);
    expect(answer.headers['content-type']).toContain('text/plain');
    expect(answer.text).toContain('http_request_duration_seconds_count{method="GET",route="/balance/:userId",status="200"} 1');
    expect(answer.text).toContain('http_requests_in_flight 1');
    expect(answer.text).not.toContain('somebody');
    expect(shop.log()).not.toContain('somebody');
  });

  it('have a port of their own where one is set', async () => {
    const apart = await startShop({ OPS_PORT: '0' });
    await supertest(apart.url).get('/metrics').expect(404);
    await supertest(apart.opsUrl).get('/metrics').expect(200);
    await supertest(apart.opsUrl).get('/healthz').expect(200);
    await supertest(apart.opsUrl).get('/products/p1').expect(404);
    await apart.stop();
  });
});

const operation = z.object({
  operationId: z.string(),
  responses: z.record(z.string(), z.object({ content: z.record(z.string(), z.unknown()).optional() })),
  parameters: z.array(z.object({ name: z.string() })).optional(),
});
const openApi = z.object({
  openapi: z.string(),
  paths: z.record(z.string(), z.record(z.string(), operation)),
  components: z.object({ schemas: z.record(z.string(), z.unknown()) }),
});

describe('the OpenAPI document', () => {
  const load = async () => {
    const answer = await http().get('/openapi.json').expect(200);
    return openApi.parse(answer.body);
  };
  const asKey = (method: string, path: string) => `${method} ${path}`;

  it('describes exactly the routes of the shop', async () => {
    const { openapi, paths } = await load();
    expect(openapi).toBe('3.1.0');
    const described = Object.entries(paths).flatMap(([path, operations]) => Object.keys(operations).map((method) => asKey(method, path)));
    const routes = implementedRoutes.map(({ method, path }) => asKey(method, path.replace(/:(\w+)/g, '{$1}')));
    expect(described.sort()).toEqual(routes.sort());
  });

  it('names each operation once, with every status that it may answer', async () => {
    const { paths } = await load();
    const operations = Object.values(paths).flatMap((path) => Object.values(path));
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(implementedRoutes.length);
    for (const operation of operations)
      for (const [status, response] of Object.entries(operation.responses))
        if (Number(status) >= 400) expect(response.content).toHaveProperty(['application/problem+json', 'schema']);
    expect(Object.keys(paths['/orders']?.['post']?.responses ?? {})).toEqual([
      '200',
      '201',
      '400',
      '401',
      '402',
      '403',
      '404',
      '409',
      '413',
      '415',
      '422',
      '429',
      '500',
      '503',
    ]);
    expect(paths['/orders/cart/{itemId}']?.['patch']?.parameters?.map(({ name }) => name)).toContain('If-Match');
  });

  it('refers to nothing that is not there', async () => {
    const document = await load();
    const { text } = await http().get('/openapi.json');
    const references = [...text.matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map(([, name]) => name ?? '');
    expect(references.length).toBeGreaterThan(100);
    expect(references.filter((name) => !(name in document.components.schemas))).toEqual([]);
  });

  it('has a route for every code but those that come before a route is known', () => {
    const answered = new Set(implementedRoutes.flatMap(problemsOf));
    expect(problemCodes.filter((code) => !answered.has(code)).sort()).toEqual(['METHOD_NOT_ALLOWED', 'ROUTE_NOT_FOUND']);
  });
});

describe('the AsyncAPI document', () => {
  it('describes both events, with examples that fit the feed', async () => {
    const answer = await http().get('/asyncapi.json').expect(200);
    expect(answer.body).toMatchObject({ asyncapi: '3.0.0', channels: { orders: { address: 'commerce.orders.v1' } } });
    expect(Object.keys(asyncApiDocument().components.messages)).toEqual(['OrderPaid', 'OrderCancelled']);
    const event = {
      specversion: '1.0',
      id: 'e',
      source: '/orders',
      subject: 'o',
      time: '2026-01-05T03:04:05.678Z',
      datacontenttype: 'application/json',
      sequence: '1',
    };
    for (const sent of [
      { type: 'order.paid.v1', data: feedExamples.OrderPaid },
      { type: 'order.cancelled.v1', data: feedExamples.OrderCancelled },
    ])
      expect(orderFeedEvent.safeParse({ ...event, ...sent }).success).toBe(true);
  });
});

describe('pages', () => {
  it('the documentation loads everything from this server', async () => {
    const page = await http().get('/docs').expect(200);
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(page.headers['content-security-policy']).toContain("default-src 'self'");
    const loaded = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, target]) => target ?? '');
    expect(loaded).toHaveLength(4);
    for (const target of loaded) {
      expect(target).toMatch(/^\/docs\//);
      const asset = await http().get(target).expect(200);
      expect(Number(asset.headers['content-length'])).toBeGreaterThan(50);
    }
    expect(page.text).not.toMatch(/https?:/);
  });

  it.each(['package.json', '..%2fpackage.json', 'swagger-ui.js.map', 'toString'])('the documentation serves no %s', async (file) => {
    await http().get(`/docs/${file}`).expect(404);
  });

  it("every problem has its page, the reader's language first", async () => {
    for (const code of problemCodes) {
      const page = await http()
        .get(`/problems/${slugOf(code)}`)
        .set('Accept-Language', 'en')
        .expect(200);
      expect(page.text).toContain('<html lang="en">');
      expect(page.text).toContain('What to do');
      expect(page.text).toContain('어떻게 하나요');
    }
    await http().get('/problems/nope').expect(404);
  });

  it('lead nowhere with what they know, neither by a link nor by a window', async () => {
    for (const path of ['/docs', '/problems/forbidden'])
      expect((await http().get(path).expect(200)).headers).toMatchObject({
        'referrer-policy': 'no-referrer',
        'cross-origin-opener-policy': 'same-origin',
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'content-security-policy': expect.stringContaining("frame-ancestors 'none'"),
      });
  });

  it('are open, also where everything else asks for a token', async () => {
    const jwt = { AUTH_MODE: 'jwt', JWT_HS256_SECRET: 's'.repeat(32), JWT_ISSUER: 'i', JWT_AUDIENCE: 'a' };
    const guarded = await startShop(jwt, { services: [serviceOf(fakeRoutes([]))] });
    for (const path of ['/healthz', '/readyz', '/openapi.json', '/asyncapi.json', '/docs', '/problems/forbidden'])
      await supertest(guarded.url).get(path).expect(200);
    await supertest(guarded.url).get('/metrics').expect(401);
    await guarded.stop();
  });
});
