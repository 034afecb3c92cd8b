import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { manualClock } from '@shop/clock';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import supertest from 'supertest';
import { z } from 'zod';
import { bind, getProduct, implementedRoutes, Problem, registerProduct, invalidInput, listProducts, type BoundRoute } from './index.js';
import { fakeRoutes, now, order, position, product, serviceOf, startShop, type FakeShop } from './testing/fake-shop.js';

let shop: FakeShop;
beforeAll(async () => {
  shop = await startShop();
});
afterAll(async () => {
  await shop.stop();
});
const http = () => supertest(shop.url);
const lastSeen = () => shop.seen[shop.seen.length - 1];
const orderOf = (userId?: string) => ({ ...(userId === undefined ? {} : { userId }), items: [{ productId: 'p1', quantity: 2 }] });

describe('paths and methods', () => {
  it('an unknown path is a problem that says so', async () => {
    const answer = await http().get('/nope?secret=1').set('X-Request-Id', 'r1').expect(404);
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(answer.body).toEqual({
      type: '/problems/route-not-found',
      title: '없는 경로',
      status: 404,
      code: 'ROUTE_NOT_FOUND',
      detail: '이 경로에는 아무것도 없습니다.',
      instance: '/nope',
      requestId: 'r1',
    });
  });

  it.each(['/products/p1/', '/PRODUCTS/p1', '/orders/cart/', '//products', '/products/p1/x/y'])(
    '%s is not nearly right, it is another path',
    async (path) => {
      await http().get(path).expect(404);
    },
  );

  it.each([
    ['delete', '/products/p1', 'GET, HEAD, PATCH'],
    ['put', '/orders', 'GET, HEAD, POST'],
    ['options', '/orders/cart', 'DELETE, GET, HEAD, POST'],
    ['get', '/balance/charge/x', undefined],
    ['post', '/healthz', 'GET, HEAD'],
    ['put', '/balance/charge', 'GET, HEAD, POST'],
    ['patch', '/products/top', 'GET, HEAD'],
    ['patch', '/orders/cart/checkout', 'POST'],
  ] as const)('%s %s allows %s', async (method, path, allow) => {
    const answer = await http()
      [method](path)
      .expect(allow === undefined ? 404 : 405);
    expect(answer.headers['allow']).toBe(allow);
  });

  it('names the methods of other services where it runs without them', async () => {
    const reading = await startShop({}, { services: [serviceOf(fakeRoutes([]).filter(({ route }) => route.method === 'get'))] });
    const answer = await supertest(reading.url).post('/orders').send(orderOf('u1')).expect(405);
    expect(answer.headers['allow']).toBe('GET, HEAD, POST');
    await reading.stop();
  });

  it('best sellers are no product and the cart is no order', async () => {
    const top = await http().get('/products/top').expect(200);
    expect(top.body).toMatchObject({ items: [] });
    const cart = await http().get('/orders/cart').set('X-User-Id', 'u1').expect(200);
    expect(cart.body).toMatchObject({ totalQuantity: 0 });
  });

  it('a user may be called like a path: "charge" reads the balance as anybody does', async () => {
    const answer = await http().get('/balance/charge').expect(200);
    expect(answer.body).toMatchObject({ userId: 'charge' });
    await http().head('/balance/charge').expect(200);
    await http().post('/balance/charge').send({ userId: 'charge', amount: 1 }).expect(200);
  });

  it('what looks like a pattern is a name like any other, and not a good one', async () => {
    const answer = await http().get('/products/:productId').expect(400);
    expect(answer.body).toMatchObject({ errors: [{ in: 'path', path: '/productId', code: 'invalid_format' }] });
  });

  it('HEAD answers as GET without a body', async () => {
    const get = await http().get('/products/p1').expect(200);
    const head = await http().head('/products/p1').expect(200);
    expect(head.headers['content-length']).toBe(get.headers['content-length']);
    expect(head.headers['etag']).toBe(get.headers['etag']);
    expect(head.text).toBeUndefined();
  });

  it('a path that cannot be decoded is the mistake of the client', async () => {
    const answer = await http().get('/products/%ff').expect(400);
    expect(answer.body).toMatchObject({ code: 'VALIDATION_FAILED', errors: [{ in: 'path', code: 'invalid_format' }] });
  });
});

describe('what a handler gets', () => {
  it('everything parsed, checked and authorised', async () => {
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    await http()
      .post('/orders')
      .set({ 'X-User-Id': 'u1', 'Idempotency-Key': '"k1"', 'X-Request-Id': 'r7', traceparent })
      .send({ userId: 'u1', items: [{ productId: 7, quantity: 2 }] })
      .expect(201);
    expect(lastSeen()).toMatchObject({
      body: { userId: 'u1', items: [{ productId: '7', quantity: 2 }] },
      userId: 'u1',
      caller: 'u1',
      actor: 'u1',
      anyUser: false,
      idempotencyKey: 'k1',
      requestId: 'r7',
      traceparent,
      consistency: { level: 'strong' },
    });
  });

  it('If-Match as a revision, on routes that judge it', async () => {
    await http().patch('/products/p1').set('If-Match', '"3.abc"').send({ price: 1 }).expect(200);
    expect(lastSeen()?.ifMatch).toBe(3);
    const refused = await http().post('/balance/charge').set({ 'If-Match': '"3"', 'X-User-Id': 'u1' }).send({ amount: 1 }).expect(400);
    expect(refused.body).toMatchObject({ errors: [{ in: 'header', path: '/if-match', code: 'not_allowed' }] });
  });

  it('how fresh a read must be', async () => {
    await http().get('/products/p1').set({ Consistency: 'session', 'Consistency-Token': position }).expect(200);
    expect(lastSeen()?.consistency).toEqual({ level: 'session', token: position });
    const refused = await http().get('/products/p1').set({ Consistency: 'session' }).expect(400);
    expect(refused.body).toMatchObject({ code: 'CONSISTENCY_TOKEN_INVALID' });
  });

  it.each([
    ['Content-Length', '00', ''],
    ['Transfer-Encoding', 'chunked', '0\r\n\r\n'],
  ])('an empty object where %s: %s brings no body', async (name, value, rest) => {
    const { port } = new URL(shop.url);
    const socket = connect(Number(port), '127.0.0.1');
    socket.write(`POST /products/p1/archive HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${name}: ${value}\r\n\r\n${rest}`);
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 200 /);
    expect(lastSeen()).toMatchObject({ body: {} });
  });

  it('an empty object where there is no body', async () => {
    await http().post('/products/p1/archive').expect(200);
    expect(lastSeen()?.body).toEqual({});
  });
});

describe('what a client gets', () => {
  it('headers of a write', async () => {
    const answer = await http().post('/orders').send(orderOf('u1')).expect(201);
    expect(answer.body).toEqual(order('u1'));
    expect(answer.headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'consistency-token': position,
      location: '/orders/o1',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    });
    expect(answer.headers['x-request-id']).toMatch(/^id-/);
    expect(answer.headers).not.toHaveProperty('etag');
    expect(answer.headers).not.toHaveProperty('x-powered-by');
    expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
    const replayed = await http().post('/products/p1/archive').expect(200);
    expect(replayed.headers['idempotent-replayed']).toBe('true');
  });

  it('another status and shape from a dry run, which needs no key', async () => {
    const strict = await startShop({ IDEMPOTENCY_REQUIRED: 'true' });
    const dry = await supertest(strict.url).post('/orders?dryRun=true').send(orderOf('u1')).expect(200);
    expect(dry.body).toMatchObject({ dryRun: true, totalAmount: 24_000 });
    const real = await supertest(strict.url).post('/orders?dryRun=false').send(orderOf('u1')).expect(400);
    expect(real.body).toMatchObject({ code: 'IDEMPOTENCY_KEY_REQUIRED' });
    await supertest(strict.url).post('/products/p1/archive').expect(200);
    await strict.stop();
  });

  it('nothing but headers from a 204', async () => {
    const answer = await http().delete('/orders/cart/c1?userId=u1').expect(204);
    expect(answer.text).toBe('');
    expect(answer.headers['consistency-token']).toBe(position);
  });

  it('a validator from a read, and 304 when nothing changed', async () => {
    const first = await http().get('/products/p1').expect(200);
    const etag = String(first.headers['etag']);
    expect(etag).toMatch(/^"2\.[\w-]{22}"$/);
    expect(first.headers).toMatchObject({ 'as-of-position': position, 'cache-control': 'no-cache' });
    const second = await http().get('/products/p1').set('If-None-Match', etag).expect(304);
    expect(second.headers).toMatchObject({ etag, 'as-of-position': position });
    expect(second.text).toBe('');
    await http().get('/products/p2').set('If-None-Match', etag).expect(200);
    await http().get('/products/p1').set('If-None-Match', '"2"').expect(200);
  });

  it('the same validator for best sellers whose window alone moved', async () => {
    const [one, other] = [await http().get('/products/top'), await http().get('/products/top?asOf=2026-01-01T00:00:00Z')];
    expect(one.headers['etag']).toMatch(/^"[\w-]{22}"$/);
    expect(other.headers['etag']).toBe(one.headers['etag']);
  });

  it('keeps what is personal out of every cache', async () => {
    const answer = await http().get('/balance/u1').expect(200);
    expect(answer.headers['cache-control']).toBe('no-store');
  });

  it('problems in the language asked for', async () => {
    const english = await http().get('/nope').set('Accept-Language', 'en').expect(404);
    expect(english.headers['content-language']).toBe('en');
    expect(english.body).toMatchObject({ title: 'No such route' });
  });
});

describe('the log', () => {
  it('has one line for each answer, and names the route but not the user', async () => {
    const logged = await startShop();
    const ask = supertest(logged.url);
    await ask.get('/balance/mina').set('X-Request-Id', 'r1').expect(200);
    await ask.get('/balance/jun').set('X-Request-Id', 'r2').expect(200);
    await ask.post('/orders').set('X-Request-Id', 'r3').send(orderOf()).expect(400);
    await logged.stop();
    const lines = logged
      .log()
      .trimEnd()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
    const line = { level: 30, time: expect.any(Number), ms: expect.any(Number), msg: 'answered' };
    const read = { ...line, method: 'GET', route: '/balance/:userId', status: 200 };
    expect(lines).toEqual([
      { ...read, requestId: 'r1' },
      { ...read, requestId: 'r2' },
      { ...line, method: 'POST', route: '/orders', status: 400, requestId: 'r3', code: 'USER_ID_REQUIRED' },
    ]);
  });
});

describe('bad input', () => {
  it.each([
    ['no JSON', '{', 'MALFORMED_JSON', 400],
    ['an empty key twice', '{"amount":1,"amount":2}', 'MALFORMED_JSON', 400],
    ['a body too deep', `{"amount":${'['.repeat(16)}${']'.repeat(16)}}`, 'MALFORMED_JSON', 400],
    ['fifty thousand levels', '['.repeat(30_000), 'MALFORMED_JSON', 400],
    ['a list', '[]', 'VALIDATION_FAILED', 400],
    ['a field of the prototype', '{"amount":1,"__proto__":{}}', 'VALIDATION_FAILED', 400],
    ['a body too large', `{"amount":1,"x":"${'x'.repeat(33_000)}"}`, 'PAYLOAD_TOO_LARGE', 413],
  ])('%s', async (_, body, code, status) => {
    const answer = await http().post('/balance/charge').set('Content-Type', 'application/json').send(body).expect(status);
    expect(answer.body).toMatchObject({ code });
  });

  it.each([
    ['text/plain', {}],
    ['application/x-www-form-urlencoded', {}],
    ['application/json; charset=latin1', {}],
    ['application/json', { 'Content-Encoding': 'gzip' }],
    ['application/json', { 'Content-Encoding': 'identity' }],
  ])('a body of %s %j is not read', async (type, headers) => {
    const answer = await http()
      .post('/balance/charge')
      .set({ 'Content-Type': type, ...headers })
      .send('{"userId":"u1","amount":1}')
      .expect(415);
    expect(answer.body).toMatchObject({ code: 'UNSUPPORTED_MEDIA_TYPE' });
  });

  it('a body that is not UTF-8 is not guessed at', async () => {
    const latin = Buffer.from('{"userId":"u1","amount":1,"x":"caf\u00e9"}', 'latin1');
    await http()
      .post('/balance/charge')
      .set('Content-Type', 'application/json')
      .serialize((body: unknown) => String(body))
      .send(latin.toString('latin1'))
      .expect(400);
    const answer = await fetch(`${shop.url}/balance/charge`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: latin,
    });
    expect(answer.status).toBe(415);
  });

  it('names every mistake of a request, wherever it stands', async () => {
    const answer = await http().patch('/products/a%20b?x=1').set('Accept-Language', 'en').send({ price: '5', stock: 1 }).expect(400);
    expect(answer.body).toMatchObject({
      code: 'VALIDATION_FAILED',
      errors: [
        { in: 'query', path: '/x', code: 'unknown_key', message: 'The name is unknown.' },
        {
          in: 'path',
          path: '/productId',
          code: 'invalid_format',
          message: 'The value has another format. It must be 1–64 of A–Z a–z 0–9 . _ ~ -',
        },
        { in: 'body', path: '/price', code: 'invalid_type', message: 'The value has another type. It must be a whole number.' },
        { in: 'body', path: '/stock', code: 'unknown_key', message: 'The name is unknown.' },
      ],
    });
  });

  it.each([
    ['/products/top?limit=5&limit=5', [{ in: 'query', path: '/limit', code: 'not_allowed' }]],
    ['/products/top?limit=%ff', [{ in: 'query', path: '/limit', code: 'invalid_format' }]],
    ['/products/top?limit[]=5', [{ in: 'query', path: '/limit[]', code: 'unknown_key' }]],
    ['/products/top?__proto__=1', [{ in: 'query', path: '/__proto__', code: 'unknown_key' }]],
    ['/products/p1?x', [{ in: 'query', path: '/x', code: 'unknown_key' }]],
  ])('%s', async (path, errors) => {
    const answer = await http().get(path).expect(400);
    expect(answer.body).toMatchObject({ code: 'VALIDATION_FAILED', errors });
  });

  it('an absent body lacks what it should have', async () => {
    const answer = await http().post('/balance/charge').set('X-User-Id', 'u1').expect(400);
    expect(answer.body).toMatchObject({ errors: [{ in: 'body', path: '/amount', code: 'required' }] });
  });

  it('a key of the wrong form', async () => {
    const answer = await http().post('/orders').set('Idempotency-Key', 'a b').send(orderOf('u1')).expect(400);
    expect(answer.body).toMatchObject({ code: 'IDEMPOTENCY_KEY_INVALID' });
  });
});

describe('refusals and faults', () => {
  const failing = (thrown: unknown): readonly BoundRoute[] => [
    bind(getProduct, async () => {
      throw thrown;
    }),
  ];
  const answerTo = async (thrown: unknown) => {
    const broken = await startShop({}, { services: [serviceOf(failing(thrown))] });
    const answer = await supertest(broken.url).get('/products/p1').set({ 'Accept-Language': 'en', 'X-Request-Id': 'r9' });
    await broken.stop();
    return { answer, log: broken.log() };
  };

  it('a refusal carries its data', async () => {
    const items = [{ productId: 'p', requested: 3, stock: 1 }];
    const { answer } = await answerTo(new Problem('INSUFFICIENT_STOCK', { items }));
    expect(answer.status).toBe(409);
    expect(answer.body).toMatchObject({
      type: '/problems/insufficient-stock',
      code: 'INSUFFICIENT_STOCK',
      items,
      instance: '/products/p1',
    });
    expect(answer.headers).not.toHaveProperty('retry-after');
  });

  it('what can be repeated says when', async () => {
    const { answer } = await answerTo(new Problem('WRITE_CONTENTION'));
    expect(answer.status).toBe(503);
    expect(answer.headers['retry-after']).toMatch(/^\d+$/);
  });

  it('a handler can refuse what no schema knows', async () => {
    const { answer } = await answerTo(invalidInput({ in: 'query', path: ['asOf'], code: 'too_big' }));
    expect(answer.body).toMatchObject({
      errors: [{ in: 'query', path: '/asOf', code: 'too_big', message: 'The value is too big or too long. It must not be in the future.' }],
    });
  });

  it.each([[new Error('secret inside /srv/app/index.ts')], ['a thrown string'], [undefined], [null]])(
    'a fault (%p) tells the client nothing and the log all, once',
    async (thrown) => {
      const { answer, log } = await answerTo(thrown);
      expect(answer.status).toBe(500);
      expect(Object.keys(z.record(z.string(), z.unknown()).parse(answer.body)).sort()).toEqual([
        'code',
        'detail',
        'instance',
        'requestId',
        'status',
        'title',
        'type',
      ]);
      expect(answer.text).not.toMatch(/secret|\.ts| at /);
      const lines = log.trim().split('\n');
      expect(lines).toHaveLength(1);
      expect(lines[0]).toContain('"requestId":"r9"');
      if (thrown instanceof Error) expect(lines[0]).toMatch(/secret inside.*http-server\.int\.spec/);
    },
  );

  it('an answer that breaks the contract is a fault, as is a header that cannot be sent', async () => {
    const wrong = bind(getProduct, async () => ({ body: { ...product('p1'), stock: -1 }, asOf: position }));
    const unsendable = bind(registerProduct, async () => ({ body: product('p1'), location: '/상품\n' }));
    const broken = await startShop({}, { services: [serviceOf([wrong, unsendable])] });
    await supertest(broken.url).get('/products/p1').expect(500);
    await supertest(broken.url).post('/products').send({ name: 'n', price: 1 }).expect(500);
    await broken.stop();
  });

  it('a handler that never answers is answered for', async () => {
    const clock = manualClock(now);
    let aborted = false;
    const stuck = bind(
      getProduct,
      ({ signal }) =>
        new Promise(() => {
          signal.addEventListener('abort', () => (aborted = true));
        }),
    );
    const slow = await startShop({}, { clock, services: [serviceOf([stuck])] });
    const answer = supertest(slow.url)
      .get('/products/p1')
      .then((response) => response);
    let settled: Awaited<typeof answer> | undefined;
    void answer.then((response) => (settled = response));
    while (settled === undefined) await clock.advance(1_000);
    expect(settled.status).toBe(503);
    expect(settled.body).toMatchObject({ code: 'OVERLOADED' });
    expect(aborted).toBe(true);
    const stopping = slow.stop();
    await clock.advance(11_000);
    await stopping;
  });
});

describe('order of checks', () => {
  it('path, method, caller, size, type, JSON, values, permission', async () => {
    const guarded = await startShop({ AUTH_MODE: 'jwt', JWT_HS256_SECRET: 's'.repeat(32), JWT_ISSUER: 'i', JWT_AUDIENCE: 'a' });
    const send = (method: 'post' | 'put', path: string) =>
      supertest(guarded.url)[method](path).set('Content-Type', 'text/plain').send('x'.repeat(40_000));
    await send('post', '/nope').expect(404);
    await send('put', '/orders').expect(405);
    await send('post', '/orders').expect(401);
    await guarded.stop();
    const open = () => http().post('/balance/charge');
    await open().set('Content-Type', 'text/plain').send('x'.repeat(40_000)).expect(413);
    await open().set('Content-Type', 'text/plain').send('x'.repeat(100)).expect(415);
    const malformed = await open().set({ 'Content-Type': 'application/json', 'Idempotency-Key': 'a b' }).send('{').expect(400);
    expect(malformed.body).toMatchObject({ code: 'MALFORMED_JSON' });
    const invalid = await open().set('Idempotency-Key', 'a b').send({}).expect(400);
    expect(invalid.body).toMatchObject({ code: 'VALIDATION_FAILED' });
    const nobody = await open().send({ amount: 1 }).expect(400);
    expect(nobody.body).toMatchObject({ code: 'USER_ID_REQUIRED' });
  });
});

describe('limits and origins', () => {
  it('lets a user do so much in a second, and others go on', async () => {
    const clock = manualClock(now);
    const limited = await startShop({ RATE_LIMIT_PER_SECOND: '2' }, { clock });
    const get = (user: string) => supertest(limited.url).get('/balance/u1').set('X-User-Id', user);
    await get('u1').expect(200);
    await get('u1').expect(200);
    const refused = await get('u1').expect(429);
    expect(refused.body).toMatchObject({ code: 'RATE_LIMITED' });
    expect(refused.headers['retry-after']).toBe('1');
    await get('u2').expect(200);
    await supertest(limited.url).get('/products/p1').set('X-Forwarded-For', '1.1.1.1').expect(200);
    await supertest(limited.url).get('/products/p1').set('X-Forwarded-For', '2.2.2.2').expect(200);
    await supertest(limited.url).get('/products/p1').set('X-Forwarded-For', '3.3.3.3').expect(429);
    await clock.advance(1_000);
    await get('u1').expect(200);
    const stopping = limited.stop();
    await clock.advance(11_000);
    await stopping;
  });

  it('opens itself to the origins it is told', async () => {
    const open = await startShop({ CORS_ORIGINS: 'https://shop.example' });
    const preflight = await supertest(open.url).options('/orders').set('Origin', 'https://shop.example').expect(204);
    expect(preflight.headers).toMatchObject({
      'access-control-allow-origin': 'https://shop.example',
      'access-control-allow-methods': 'GET, HEAD, POST',
      vary: 'Origin',
    });
    const foreign = await supertest(open.url).get('/products/p1').set('Origin', 'https://evil.example').expect(200);
    expect(foreign.headers).not.toHaveProperty('access-control-allow-origin');
    await open.stop();
  });
});

describe('a start', () => {
  const starting = (routes: readonly BoundRoute[]) => startShop({}, { services: [serviceOf(routes)] });

  it('stops at a route that does not say who may call it', async () => {
    const { access: _, ...open } = getProduct;
    const bound = { route: Object.assign({}, getProduct, open, { access: undefined }), handle: async () => ({}) };
    // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- what the compiler would never let pass
    await expect(starting([bound as never])).rejects.toThrow('GET /products/:productId does not declare who may call it');
  });

  it('stops at a route bound twice, or unknown to the contract', async () => {
    const bound = bind(getProduct, async () => ({ body: product('p1') }));
    await expect(starting([bound, bound])).rejects.toThrow('bound twice');
    const contract = implementedRoutes.filter((route) => route !== getProduct);
    await expect(startShop({}, { services: [serviceOf([bound])], contract })).rejects.toThrow('not in the contract');
  });

  it('knows only the routes that the shop has', async () => {
    const contract = implementedRoutes.filter((route) => route !== listProducts);
    const smaller = await startShop({}, { contract });
    const answer = await supertest(smaller.url).get('/products').expect(405);
    expect(answer.headers['allow']).toBe('POST');
    const document = await supertest(smaller.url).get('/openapi.json').expect(200);
    expect(document.body).not.toHaveProperty(['paths', '/products', 'get']);
    await smaller.stop();
  });

  it('says every time that it is open to the network', async () => {
    const remote = await startShop({ HOST: '0.0.0.0', AUTH_OFF_ALLOW_REMOTE: 'true' });
    expect(remote.log()).toContain('AUTH_MODE=off');
    await remote.stop();
  });
});
