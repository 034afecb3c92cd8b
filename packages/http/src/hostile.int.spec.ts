import { connect, type Socket } from 'node:net';
import { manualClock } from '@shop/clock';
import { afterEach, describe, expect, it } from '@jest/globals';
import supertest from 'supertest';
import { z } from 'zod';
import { bind, chargeBalance, getProduct, serverLimits, tunedExpress } from './index.js';
import { now, position, product, serviceOf, startShop, type FakeShop } from './testing/fake-shop.js';

let shop: FakeShop;
afterEach(async () => {
  await shop.stop();
});

const portOf = ({ url }: FakeShop) => Number(new URL(url).port);
const open = (port: number): Promise<Socket> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      resolve(socket);
    });
    socket.on('error', () => {});
  });
const received = (socket: Socket): Promise<string> =>
  new Promise((resolve) => {
    let text = '';
    socket.on('data', (chunk) => (text += chunk.toString()));
    socket.on('close', () => {
      resolve(text);
    });
  });
const gate = () => {
  let release = () => {};
  const opened = new Promise<void>((resolve) => (release = resolve));
  return { opened, release };
};

const won = 'KRW' as const;
const impatient = { headersTimeout: 200, requestTimeout: 300, connectionsCheckingInterval: 50 };

describe('slow and greedy clients', () => {
  it('who sends headers drop by drop is cut off, while others are served', async () => {
    shop = await startShop({}, { limits: impatient });
    const socket = await open(portOf(shop));
    socket.write('GET /products/p1 HTTP/1.1\r\nHost: localhost\r\n');
    const drip = setInterval(() => socket.write('X-Slow: 1\r\n'), 20);
    const answered = received(socket);
    await supertest(shop.url).get('/products/p1').expect(200);
    const text = await answered;
    clearInterval(drip);
    expect(text).toMatch(/^HTTP\/1\.1 408 /);
  });

  it('who sends a body drop by drop is cut off', async () => {
    shop = await startShop({}, { limits: impatient });
    const socket = await open(portOf(shop));
    socket.write('POST /balance/charge HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{');
    const drip = setInterval(() => socket.write(' '), 20);
    const text = await received(socket);
    clearInterval(drip);
    expect(text).toMatch(/^HTTP\/1\.1 408 /);
    expect(shop.seen).toEqual([]);
    expect(shop.log()).not.toContain('"level":50');
  });

  it('too many headers are refused without a word more', async () => {
    shop = await startShop();
    const socket = await open(portOf(shop));
    socket.write(`GET /products/p1 HTTP/1.1\r\nHost: localhost\r\nX-Long: ${'x'.repeat(9_000)}\r\n\r\n`);
    expect(await received(socket)).toMatch(/^HTTP\/1\.1 431 /);
  });

  it('a body without end is refused when it passes the limit', async () => {
    shop = await startShop();
    const socket = await open(portOf(shop));
    socket.write(
      'POST /balance/charge HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n',
    );
    const chunk = `4000\r\n${' '.repeat(0x4000)}\r\n`;
    socket.write(chunk + chunk + chunk);
    expect(await received(socket)).toMatch(/^HTTP\/1\.1 413 [^]*Connection: close[^]*"limitBytes":32768/);
  });

  it('a client that goes away in mid-body leaves no trace of a fault', async () => {
    shop = await startShop();
    const socket = await open(portOf(shop));
    socket.write('POST /balance/charge HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{');
    socket.destroy();
    await supertest(shop.url).get('/products/p1').expect(200);
    expect(shop.seen).toHaveLength(1);
    expect(shop.log()).not.toContain('"level":50');
  });

  it('a handler learns that its client has gone', async () => {
    const { opened: started, release: start } = gate();
    const { opened: gone, release: leave } = gate();
    const patient = bind(getProduct, ({ signal }) => {
      signal.addEventListener('abort', leave);
      start();
      return new Promise(() => {});
    });
    shop = await startShop({}, { services: [serviceOf([patient])], stopLimitMs: 50 });
    const socket = await open(portOf(shop));
    socket.write('GET /products/p1 HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await started;
    socket.destroy();
    await gone;
  });
});

describe('what is no HTTP', () => {
  const send = async (...parts: readonly string[]): Promise<string> => {
    const socket = await open(portOf(shop));
    for (const part of parts) socket.write(part);
    return received(socket);
  };
  const inputError = z.object({ in: z.string(), path: z.string(), code: z.string(), message: z.string() });
  const problem = z.object({ code: z.string(), errors: z.array(inputError) });
  const problemIn = (answer: string) => problem.parse(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4)));

  it.each([
    [
      'a path with letters that were not encoded',
      'GET /products?q=라떼 HTTP/1.1\r\nHost: localhost\r\n\r\n',
      { in: 'path', path: '', code: 'invalid_format', message: expect.stringContaining('UTF-8을 퍼센트 인코딩') },
    ],
    ['another protocol', '\u0016\u0003\u0001\r\n\r\n', { in: 'header', path: '', code: 'invalid_format' }],
    ['an HTTP that there is not', 'GET / HTTP/9.9\r\nHost: localhost\r\n\r\n', { in: 'header', path: '', code: 'invalid_format' }],
    ['a header without a name', 'GET / HTTP/1.1\r\nHost: localhost\r\n: x\r\n\r\n', { in: 'header', path: '', code: 'invalid_format' }],
    [
      'two lengths',
      'POST /orders HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n',
      { in: 'header', path: '', code: 'invalid_format' },
    ],
    ['no host', 'GET /products/p1 HTTP/1.1\r\nConnection: close\r\n\r\n', { in: 'header', path: '/host', code: 'required' }],
  ])('%s is a problem like every other', async (_, request, error) => {
    shop = await startShop();
    const answer = await send(request);
    expect(answer).toMatch(/^HTTP\/1\.1 400 [^]*Content-Type: application\/problem\+json[^]*X-Request-Id: /);
    expect(problemIn(answer)).toMatchObject({ code: 'VALIDATION_FAILED', errors: [error] });
    expect(shop.seen).toEqual([]);
  });

  it('in mid-body is a problem, and no fault', async () => {
    shop = await startShop();
    const answer = await send(
      'POST /balance/charge HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n',
      'zz\r\n',
    );
    expect(problemIn(answer)).toMatchObject({ code: 'VALIDATION_FAILED' });
    expect(shop.log()).not.toContain('"level":50');
  });

  it('behind a request is not taken for the answer to it', async () => {
    const { opened: started, release: start } = gate();
    const patient = bind(chargeBalance, () => {
      start();
      return new Promise(() => {});
    });
    shop = await startShop({}, { services: [serviceOf([patient])], stopLimitMs: 50 });
    const socket = await open(portOf(shop));
    const body = '{"userId":"u1","amount":1}';
    socket.write(
      `POST /balance/charge HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    await started;
    const answer = received(socket);
    socket.write('garbage\r\n\r\n');
    expect(await answer).toBe(''); // the charge may yet come about: a 400 would say that it had not
  });

  it('an expectation that nobody knows changes nothing', async () => {
    shop = await startShop();
    expect(await send('GET /products/p1 HTTP/1.1\r\nHost: localhost\r\nExpect: pizza\r\nConnection: close\r\n\r\n')).toMatch(
      /^HTTP\/1\.1 200 /,
    );
  });

  it('HTTP/1.0 needs no host', async () => {
    shop = await startShop();
    expect(await send('GET /products/p1 HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.1 200 /);
  });
});

describe('the server', () => {
  it('has its time-outs from the start, by the second', async () => {
    shop = await startShop();
    const { headersTimeout, requestTimeout, keepAliveTimeout } = shop.server;
    expect({ headersTimeout, requestTimeout, keepAliveTimeout }).toEqual({
      headersTimeout: 10_000,
      requestTimeout: 15_000,
      keepAliveTimeout: 5_000,
    });
    expect(serverLimits).toMatchObject({ connectionsCheckingInterval: 1_000, maxHeaderSize: 8_192 });
  });

  it('never changes the prototype of a request or an answer: on that alone most of the speed was lost', async () => {
    shop = await startShop();
    const tuned = tunedExpress();
    tuned.assertTuned();
    const prototypes: unknown[] = [];
    tuned.app.use((request, response) => {
      prototypes.push(Reflect.getPrototypeOf(request), Reflect.getPrototypeOf(response));
      response.end();
    });
    const server = tuned.createServer();
    server.prependListener('request', (request, response) => {
      prototypes.push(Reflect.getPrototypeOf(request), Reflect.getPrototypeOf(response));
      response.on('finish', () => prototypes.push(Reflect.getPrototypeOf(request), Reflect.getPrototypeOf(response)));
    });
    await supertest(server).get('/').expect(200);
    const [request, response] = [tuned.app.request, tuned.app.response];
    expect(prototypes.map((each, index) => Object.is(each, index % 2 === 0 ? request : response))).toEqual(Array(6).fill(true));
  });

  it('will not start where somebody replaced those prototypes', () => {
    const tuned = tunedExpress();
    Object.assign(tuned.app, { request: {} });
    expect(() => {
      tuned.assertTuned();
    }).toThrow(/prototype/);
  });
});

describe('a graceful stop', () => {
  it('is not ready at once, lets what is under way finish, and takes nothing new', async () => {
    const { opened: started, release: start } = gate();
    const { opened: finished, release: finish } = gate();
    const slow = bind(chargeBalance, async ({ userId, body }) => {
      start();
      await finished;
      const transaction = { transactionId: 't', type: 'CHARGE', amount: body.amount, balanceAfter: 1, occurredAt: now } as const;
      return { body: { userId, balance: 1, currency: won, transaction }, token: position };
    });
    shop = await startShop({}, { services: [serviceOf([slow])] });
    // Supertest sends only when somebody waits for the answer.
    const pending = supertest(shop.url)
      .post('/balance/charge')
      .send({ userId: 'u1', amount: 1 })
      .then((response) => response);
    await started;
    const kept = await open(portOf(shop));
    const keptText = received(kept);
    kept.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\nGET /healthz HTTP/1.1\r\nHost: localhost\r\n'); // the second is not whole: this connection is not idle
    await new Promise((resolve) => kept.once('data', resolve));
    const stopping = shop.stop();
    kept.write('\r\nGET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n');
    finish();
    const answer = await pending;
    expect(answer.status).toBe(200);
    expect(answer.headers['connection']).toBe('close');
    await stopping;
    await keptText;
    await expect(fetch(`${shop.url}/healthz`)).rejects.toThrow();
  });

  it('tells balancers first: an open connection hears 503 while work goes on', async () => {
    const { opened: started, release: start } = gate();
    const { opened: finished, release: finish } = gate();
    const slow = bind(getProduct, async () => {
      start();
      await finished;
      return { body: product('p1'), asOf: position };
    });
    shop = await startShop({}, { services: [serviceOf([slow])] });
    const socket = await open(portOf(shop));
    const text = received(socket);
    const pending = supertest(shop.url)
      .get('/products/p1')
      .then((response) => response);
    await started;
    socket.write('GET /readyz HTTP/1.1\r\nHost: localhost\r\n'); // not whole yet, so not an idle connection
    await supertest(shop.url).get('/readyz').expect(200);
    const stopping = shop.stop();
    socket.write('\r\n');
    expect(await text).toMatch(/^HTTP\/1\.1 503 [^]*Connection: close[^]*"status":"not_ready"/);
    finish();
    expect((await pending).status).toBe(200);
    await stopping;
  });

  it('waits for work that takes its time', async () => {
    const clock = manualClock(now);
    const { opened: started, release: start } = gate();
    const { opened: finished, release: finish } = gate();
    const slow = bind(getProduct, async () => {
      start();
      await finished;
      return { body: product('p1'), asOf: position };
    });
    shop = await startShop({}, { clock, services: [serviceOf([slow])] });
    const pending = supertest(shop.url)
      .get('/products/p1')
      .then((response) => response);
    await started;
    const stopping = shop.stop();
    await clock.advance(5_000);
    finish();
    expect((await pending).status).toBe(200);
    await clock.advance(1_000);
    await stopping;
  });

  it('does not wait for ever', async () => {
    const { opened: started, release: start } = gate();
    const stuck = bind(getProduct, () => {
      start();
      return new Promise(() => {});
    });
    shop = await startShop({}, { services: [serviceOf([stuck])], stopLimitMs: 50 });
    const pending = supertest(shop.url)
      .get('/products/p1')
      .then(
        () => 'answered',
        () => 'cut off',
      );
    await started;
    await shop.stop();
    expect(await pending).toBe('cut off');
  });
});
