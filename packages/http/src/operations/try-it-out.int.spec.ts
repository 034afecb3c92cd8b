import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import supertest from 'supertest';
import { z } from 'zod';
import { allRoutes, type Route } from '../index.js';
import { startShop, type FakeShop } from '../testing/fake-shop.js';

const parameter = z.object({
  name: z.string(),
  in: z.string(),
  example: z.unknown().optional(),
  schema: z.object({ example: z.unknown().optional(), default: z.unknown().optional() }),
});
const operation = z.object({
  description: z.string(),
  parameters: z.array(parameter).default([]),
  requestBody: z.object({ content: z.object({ 'application/json': z.object({ schema: z.unknown() }) }) }).optional(),
});
const openApi = z.object({
  info: z.object({ version: z.string() }),
  paths: z.record(z.string(), z.record(z.string(), operation)),
  components: z.object({ schemas: z.record(z.string(), z.object({ example: z.unknown().optional() })) }),
});

let shop: FakeShop;
let document: z.output<typeof openApi>;
let text: string;
beforeAll(async () => {
  shop = await startShop();
  text = (await supertest(shop.url).get('/openapi.json').expect(200)).text;
  document = openApi.parse(JSON.parse(text));
});
afterAll(async () => {
  await shop.stop();
});
const operations = () => Object.values(document.paths).flatMap((path) => Object.values(path));
const bodyExample = ({ method, path }: Pick<Route, 'method' | 'path'>): unknown => {
  const schema = document.paths[path.replace(/:(\w+)/g, '{$1}')]?.[method]?.requestBody?.content['application/json'].schema;
  const { $ref } = z.object({ $ref: z.string().default('') }).parse(schema ?? {});
  return document.components.schemas[$ref.replace('#/components/schemas/', '')]?.example;
};

describe('the page to try the shop, freshly opened', () => {
  it('fills in the mug of the sample catalogue and one customer, and leaves everything else to the reader', () => {
    const filled = operations().flatMap(({ parameters }) =>
      parameters.flatMap(({ in: place, name, example, schema }) => {
        const value = example ?? schema.example ?? schema.default;
        return value === undefined ? [] : [`${place} ${name}=${JSON.stringify(value)}`];
      }),
    );
    expect([...new Set(filled)].sort()).toEqual([
      'path productId="mug"',
      'path userId="u1"',
      'query limit=20',
      'query limit=5',
      'query page=1',
      'query userId="u1"',
    ]);
  });

  it('has for every body an example that the shop takes', () => {
    const taking = allRoutes.filter(({ body }) => body !== undefined && Object.keys(body.shape).length > 0);
    expect(taking.length).toBeGreaterThan(8);
    for (const route of taking) {
      const example = bodyExample(route);
      expect(example).toBeDefined();
      expect(route.body?.safeParse(example).success).toBe(true);
    }
  });

  it('registers what is new, orders what is there, and charges enough for it', () => {
    expect(bodyExample({ method: 'post', path: '/products' })).toMatchObject({ productId: 'teapot', stock: 20 });
    expect(bodyExample({ method: 'post', path: '/products/:productId/stock-adjustments' })).toEqual({ delta: 10, reason: 'delivery' });
    expect(bodyExample({ method: 'post', path: '/orders' })).toEqual({ userId: 'u1', items: [{ productId: 'mug', quantity: 2 }] });
    expect(bodyExample({ method: 'post', path: '/orders/cart' })).toMatchObject({ productId: 'mug' });
    const { amount } = z.object({ amount: z.number() }).parse(bodyExample({ method: 'post', path: '/balance/charge' }));
    expect(amount).toBeGreaterThanOrEqual(2 * 12_000);
    expect(text).not.toContain('"p1"');
  });

  it('says nothing about which process answers, as one may answer for all', () => {
    for (const { description } of operations()) expect(description).not.toMatch(/command-api|query-api|Served/);
  });

  it('has the version of the package', async () => {
    const source = await readFile(new URL('../../package.json', import.meta.url), 'utf8');
    expect(document.info.version).toBe(z.object({ version: z.string() }).parse(JSON.parse(source)).version);
  });

  it('shows locks only where there are tokens', async () => {
    expect(text).not.toMatch(/securitySchemes|"security"|scope/);
    const guarded = await startShop({ AUTH_MODE: 'jwt', JWT_HS256_SECRET: 's'.repeat(32), JWT_ISSUER: 'i', JWT_AUDIENCE: 'a' });
    const answer = await supertest(guarded.url).get('/openapi.json').expect(200);
    expect(answer.body).toMatchObject({
      components: { securitySchemes: { bearer: { scheme: 'bearer' } } },
      paths: { '/orders': { post: { security: [{ bearer: [] }] } }, '/products': { get: { security: [] } } },
    });
    await guarded.stop();
  });
});

describe('the bare address', () => {
  it('leads a browser to the page', async () => {
    const answer = await supertest(shop.url).get('/?x=1').set('Accept', 'text/html,application/xhtml+xml;q=0.9').expect(302);
    expect(answer.headers).toMatchObject({ location: '/docs', 'cache-control': 'no-store' });
  });

  it('is no route for anybody else', async () => {
    for (const accept of ['*/*', 'application/json']) await supertest(shop.url).get('/').set('Accept', accept).expect(404);
    await supertest(shop.url).post('/').set('Accept', 'text/html').expect(404);
    await supertest(shop.url).get('/nope').set('Accept', 'text/html').expect(404);
    const apart = await startShop({ OPS_PORT: '0' });
    await supertest(apart.opsUrl).get('/').set('Accept', 'text/html').expect(404);
    await apart.stop();
  });
});
