import { createServer, get, type Server } from 'node:http';
import { text as textOf } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { manualClock } from '@shop/clock';
import { exportJWK, exportSPKI, generateKeyPair, SignJWT, UnsecuredJWT, type JWTPayload } from 'jose';
import supertest from 'supertest';
import { now, startShop, type FakeShop } from '../testing/fake-shop.js';

const secret = 'a secret of more than 32 bytes, for tests';
const environment = { AUTH_MODE: 'jwt', JWT_ISSUER: 'https://id.example', JWT_AUDIENCE: 'shop' };
const at = Date.parse(now) / 1_000;
const claims: JWTPayload = { iss: 'https://id.example', aud: 'shop', sub: 'u1', exp: at + 60 };
const hs256 = (payload: JWTPayload, key = secret) =>
  new SignJWT(payload).setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode(key));

const stopBy = async (shop: FakeShop, clock: ReturnType<typeof manualClock>) => {
  const stopping = shop.stop();
  await clock.advance(20_000);
  await stopping;
};

describe('with tokens', () => {
  const clock = manualClock(now);
  let shop: FakeShop;
  beforeAll(async () => {
    shop = await startShop({ ...environment, JWT_HS256_SECRET: secret }, { clock });
  });
  afterAll(() => stopBy(shop, clock));
  const balanceOf = (userId: string, token?: string) => {
    const request = supertest(shop.url).get(`/balance/${userId}`);
    return token === undefined ? request : request.set('Authorization', `Bearer ${token}`);
  };
  const tokenOf = (sub: string, scope?: string) => hs256({ ...claims, sub, ...(scope === undefined ? {} : { scope }) });

  it('a user reads their own balance', async () => {
    const answer = await balanceOf('u1', await hs256(claims)).expect(200);
    expect(answer.body).toMatchObject({ userId: 'u1' });
  });

  it('no token: 401, and how to do better', async () => {
    const answer = await balanceOf('u1').expect(401);
    expect(answer.headers['www-authenticate']).toBe('Bearer realm="shop"');
    await supertest(shop.url).get('/balance/u1').set('X-User-Id', 'u1').expect(401);
    await supertest(shop.url)
      .get('/balance/u1')
      .set('Authorization', `Basic ${await hs256(claims)}`)
      .expect(401);
  });

  it.each<[string, JWTPayload]>([
    ['expired 31 seconds ago', { exp: at - 31 }],
    ['not yet valid', { nbf: at + 31 }],
    ['of another issuer', { iss: 'https://evil.example' }],
    ['for another audience', { aud: 'bank' }],
    ['whose subject is no user id', { sub: 'a b' }],
    ['whose subject is empty', { sub: '' }],
  ])('a token %s is none', async (_, change) => {
    const answer = await balanceOf('u1', await hs256({ ...claims, ...change })).expect(401);
    expect(answer.headers['www-authenticate']).toContain('error="invalid_token"');
  });

  it('a subject that cannot be a user is named as the reason, in both languages', async () => {
    const token = await hs256({ ...claims, sub: 'a b' });
    const details = await Promise.all(
      ['en', 'ko'].map(async (language) => {
        const { text } = await balanceOf('u1', token).set('Accept-Language', language).expect(401);
        return text;
      }),
    );
    expect(details[0]).toContain('subject (sub) is not usable as a user id');
    expect(details[1]).toMatch(/sub.*사용자 ID로 쓸 수 없/);
    expect((await balanceOf('u1').set('Accept-Language', 'en')).text).not.toContain('sub');
  });

  it('two tokens are none: which of them counts would be a guess', async () => {
    const token = `Bearer ${await hs256(claims)}`;
    const status = (headers: string[]) =>
      new Promise<string>((resolve, reject) => {
        get(`${shop.url}/balance/u1`, { headers: ['Host', new URL(shop.url).host, ...headers] }, (response) => {
          resolve(textOf(response));
        }).on('error', reject);
      });
    expect(JSON.parse(await status(['Authorization', token, 'authorization', token]))).toMatchObject({
      status: 400,
      code: 'VALIDATION_FAILED',
      errors: [{ in: 'header', path: '/authorization', code: 'not_allowed' }],
    });
    expect(JSON.parse(await status(['Authorization', token]))).toMatchObject({ userId: 'u1' });
  });

  it.each(['exp', 'sub', 'iss', 'aud'])('a token without %s is none', async (claim) => {
    await balanceOf('u1', await hs256(Object.fromEntries(Object.entries(claims).filter(([name]) => name !== claim)))).expect(401);
  });

  it('clocks may differ by 30 seconds', async () => {
    await balanceOf('u1', await hs256({ ...claims, exp: at - 29, nbf: at + 29 })).expect(200);
  });

  it('a forged token is none', async () => {
    await balanceOf('u1', new UnsecuredJWT(claims).encode()).expect(401);
    await balanceOf('u1', await hs256(claims, 'another secret of more than 32 bytes!!')).expect(401);
    const [header = '', , signature = ''] = (await hs256(claims)).split('.');
    const other = Buffer.from(JSON.stringify({ ...claims, sub: 'u2' })).toString('base64url');
    await balanceOf('u2', `${header}.${other}.${signature}`).expect(401);
    await balanceOf('u1', 'not.a.token').expect(401);
    const otherAlgorithm = new SignJWT(claims).setProtectedHeader({ alg: 'HS512' });
    await balanceOf('u1', await otherAlgorithm.sign(new TextEncoder().encode(secret))).expect(401);
  });

  it('a token that was good is not good for ever', async () => {
    const moving = manualClock(now);
    const other = await startShop({ ...environment, JWT_HS256_SECRET: secret }, { clock: moving });
    const token = await hs256(claims);
    const get = () => supertest(other.url).get('/balance/u1').set('Authorization', `Bearer ${token}`);
    await get().expect(200);
    await get().expect(200);
    await moving.advance(89_000);
    await get().expect(200);
    await moving.advance(2_000);
    await get().expect(401);
    await stopBy(other, moving);
  });

  it("another user's balance takes the scope for it", async () => {
    const refused = await balanceOf('u2', await tokenOf('u1')).expect(403);
    expect(refused.body).toMatchObject({ code: 'FORBIDDEN', requiredScope: 'users:read' });
    await balanceOf('u2', await tokenOf('u1', 'orders:manage users:read')).expect(200);
    await balanceOf('u2', await hs256({ ...claims, scp: ['users:read'] })).expect(200);
  });

  const send = async (method: 'post' | 'delete' | 'get', path: string, scope: string | undefined, body?: object, user?: string) => {
    const request = supertest(shop.url)
      [method](path)
      .set('Authorization', `Bearer ${await tokenOf('u1', scope)}`);
    if (user !== undefined) void request.set('X-User-Id', user);
    return body === undefined ? request : request.send(body);
  };
  const items = [{ productId: 'p1', quantity: 1 }];

  it.each([
    ['orders for themselves', 'post', '/orders', undefined, { items }, undefined, 201],
    ['says their own name too', 'post', '/orders', undefined, { items, userId: 'u1' }, 'u1', 201],
    ['orders for another by body', 'post', '/orders', undefined, { items, userId: 'u2' }, undefined, 403],
    ['orders for another by header', 'post', '/orders', undefined, { items }, 'u2', 403],
    [
      'orders for another with every scope there is',
      'post',
      '/orders',
      'users:read wallet:charge orders:manage',
      { items, userId: 'u2' },
      undefined,
      403,
    ],
    ['charges another', 'post', '/balance/charge', undefined, { userId: 'u2', amount: 1 }, undefined, 403],
    ['charges another with the scope', 'post', '/balance/charge', 'wallet:charge', { userId: 'u2', amount: 1 }, undefined, 200],
    ['names two others with the scope', 'post', '/balance/charge', 'wallet:charge', { userId: 'u2', amount: 1 }, 'u3', 400],
    ['registers a product', 'post', '/products', undefined, { name: 'n', price: 1 }, undefined, 403],
    ['registers a product with the scope', 'post', '/products', 'catalog:write', { name: 'n', price: 1 }, undefined, 201],
    ["empties another's line", 'delete', '/orders/cart/c1?userId=u2', 'users:read', undefined, undefined, 403],
    ["reads another's cart", 'get', '/orders/cart?userId=u2', undefined, undefined, undefined, 403],
    ["reads another's cart with the scope", 'get', '/orders/cart?userId=u2', 'users:read', undefined, undefined, 200],
    ['reads metrics', 'get', '/metrics', 'ops:write', undefined, undefined, 403],
    ['reads metrics with the scope', 'get', '/metrics', 'ops:read', undefined, undefined, 200],
  ] as const)('a user %s', async (_, method, path, scope, body, user, status) => {
    expect((await send(method, path, scope, body, user)).status).toBe(status);
  });

  it('an operator acts for the buyer, and stays who they are', async () => {
    await send('post', '/balance/charge', 'wallet:charge', { userId: 'u2', amount: 1 });
    expect(shop.seen[shop.seen.length - 1]).toMatchObject({ userId: 'u2', actor: 'u1', caller: 'u1', anyUser: false });
    await send('get', '/orders/o1', 'users:read');
    expect(shop.seen[shop.seen.length - 1]).toMatchObject({ userId: 'u1', anyUser: true });
    await send('get', '/orders/o1', undefined);
    expect(shop.seen[shop.seen.length - 1]).toMatchObject({ userId: 'u1', anyUser: false });
  });

  it('public reads ask for nothing, not even a good token', async () => {
    await supertest(shop.url).get('/products/p1').set('Authorization', 'Bearer x').expect(200);
  });

  it('bad input is said before missing permission', async () => {
    expect((await send('post', '/orders', undefined, { userId: 'u2' })).status).toBe(400);
  });

  it('charging may be reserved to who holds the scope', async () => {
    const strict = await startShop({ ...environment, JWT_HS256_SECRET: secret, CHARGE_REQUIRES_SCOPE: 'true' }, { clock });
    const charge = async (scope?: string) =>
      supertest(strict.url)
        .post('/balance/charge')
        .set('Authorization', `Bearer ${await tokenOf('u1', scope)}`)
        .send({ amount: 1 });
    expect((await charge()).body).toMatchObject({ code: 'FORBIDDEN', requiredScope: 'wallet:charge' });
    expect((await charge('wallet:charge')).status).toBe(200);
    await stopBy(strict, clock);
  });

  it('tokens stay out of the log', async () => {
    const token = await tokenOf('u1');
    await balanceOf('u1', token).expect(200);
    await balanceOf('u1', `${token}x`).expect(401);
    expect(shop.log()).not.toContain(token.slice(0, 40));
  });
});

describe('with a key set', () => {
  const clock = manualClock(now);
  let keys: Awaited<ReturnType<typeof generateKeyPair>>;
  let foreign: Awaited<ReturnType<typeof generateKeyPair>>;
  let keyServer: Server;
  let keysAt: string;
  let requests = 0;
  beforeAll(async () => {
    keys = await generateKeyPair('RS256', { extractable: true });
    foreign = await generateKeyPair('RS256', { extractable: true });
    const set = JSON.stringify({ keys: [{ ...(await exportJWK(keys.publicKey)), kid: 'k1', alg: 'RS256' }] });
    keyServer = createServer((_request, response) => {
      requests += 1;
      response.setHeader('content-type', 'application/json').end(set);
    });
    await new Promise<void>((resolve) => keyServer.listen(0, '127.0.0.1', resolve));
    const address = keyServer.address();
    keysAt = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/keys`;
  });
  afterAll(() => {
    keyServer.close();
    keyServer.closeAllConnections();
  });
  const rs256 = (key: Parameters<typeof exportJWK>[0], header: Readonly<Record<string, unknown>> = {}) =>
    new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'k1', ...header }).sign(key);

  it('takes what was signed by it, and nothing that only says so', async () => {
    const shop = await startShop({ ...environment, JWT_JWKS_URL: keysAt }, { clock });
    const get = (token: string) => supertest(shop.url).get('/balance/u1').set('Authorization', `Bearer ${token}`);
    await get(await rs256(keys.privateKey)).expect(200);
    await get(await rs256(keys.privateKey)).expect(200);
    expect(requests).toBe(1);
    await get(await rs256(foreign.privateKey)).expect(401);
    await get(await rs256(keys.privateKey, { kid: 'k2' })).expect(401);
    const jwk = await exportJWK(foreign.publicKey);
    await get(await rs256(foreign.privateKey, { jwk, jku: keysAt, x5u: keysAt })).expect(401);
    // The classic confusion: the public key taken as the secret of an HMAC.
    await get(await hs256(claims, await exportSPKI(keys.publicKey))).expect(401);
    await stopBy(shop, clock);
  });

  it('says 503 where no keys can be had: that is not the fault of the client', async () => {
    const shop = await startShop({ ...environment, JWT_JWKS_URL: 'http://127.0.0.1:1/keys' }, { clock });
    const answer = await supertest(shop.url)
      .get('/balance/u1')
      .set('Authorization', `Bearer ${await rs256(keys.privateKey)}`)
      .expect(503);
    expect(answer.body).toMatchObject({ code: 'AUTH_UNAVAILABLE' });
    expect(answer.headers['retry-after']).toBe('5');
    await stopBy(shop, clock);
  });
});

describe('without authentication', () => {
  let shop: FakeShop;
  beforeAll(async () => {
    shop = await startShop();
  });
  afterAll(async () => {
    await shop.stop();
  });
  const http = () => supertest(shop.url);
  const items = [{ productId: 'p1', quantity: 1 }];

  it('the header or the body names the user', async () => {
    await http().post('/orders').send({ items, userId: 'u1' }).expect(201);
    expect(shop.seen[shop.seen.length - 1]).toMatchObject({ userId: 'u1', actor: 'u1', caller: 'u1', anyUser: false });
    await http().post('/orders').set('X-User-Id', 'u2').send({ items }).expect(201);
    expect(shop.seen[shop.seen.length - 1]).toMatchObject({ userId: 'u2' });
  });

  it('two names that differ are no name', async () => {
    const answer = await http().post('/orders').set('X-User-Id', 'u1').send({ items, userId: 'u2' }).expect(400);
    expect(answer.body).toMatchObject({ code: 'VALIDATION_FAILED', errors: [{ in: 'header', path: '/x-user-id', code: 'not_allowed' }] });
    await http().get('/orders/cart?userId=1').set('X-User-Id', '01').expect(400);
    await http().post('/orders').set('X-User-Id', '1').send({ items, userId: 1 }).expect(201);
  });

  it('the user in the path of a balance is not one of the two', async () => {
    const answer = await http().get('/balance/u1').set('X-User-Id', 'u2').expect(200);
    expect(answer.body).toMatchObject({ userId: 'u1' });
  });

  it.each([
    ['get', '/orders/o1'],
    ['get', '/orders/cart'],
    ['delete', '/orders/cart/c1'],
  ] as const)('%s %s is for somebody', async (method, path) => {
    const answer = await http()[method](path).expect(400);
    expect(answer.body).toMatchObject({ code: 'USER_ID_REQUIRED' });
  });

  it('every scope counts as held', async () => {
    await http().post('/products').send({ name: 'n', price: 1 }).expect(201);
    expect(shop.seen[shop.seen.length - 1]).toMatchObject({ userId: '', actor: 'anonymous', caller: 'anonymous' });
    await http().get('/metrics').expect(200);
  });

  it('a header that is no user id is refused', async () => {
    const answer = await http().get('/orders/cart').set('X-User-Id', 'a b').expect(400);
    expect(answer.body).toMatchObject({ errors: [{ in: 'header', path: '/x-user-id', code: 'invalid_format' }] });
  });
});
