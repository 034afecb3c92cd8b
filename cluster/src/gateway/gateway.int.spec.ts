import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { manualClock, systemClock, type Clock } from '@shop/clock';
import { readHttpSettings } from '@shop/http';
import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { pino } from 'pino';
import { startGateway, type RunningGateway } from './gateway.js';
import { serviceNames, type ServiceName } from './instances.js';

type Seen = { readonly by: string; readonly request: IncomingMessage; readonly body: string };

/** What stands behind the gateway here: servers that tell what reached them, and answer as told. */
const standIns = () => {
  const seen: Seen[] = [];
  const servers: Server[] = [];
  const portOf = (server: Server) => {
    const address: AddressInfo | string | null = server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  };
  return {
    seen,
    open: async (by: string, answer: RequestListener = (_, response) => void response.end('{}'), ready = 'ready') => {
      const server = createServer((incoming, response) => {
        if (incoming.url === '/readyz') {
          response.writeHead(ready === 'not_ready' ? 503 : 200).end(JSON.stringify({ status: ready, checks: {}, parked: [] }));
          return;
        }
        let body = '';
        incoming.setEncoding('utf8').on('data', (part: string) => (body += part));
        incoming.on('end', () => {
          seen.push({ by, request: incoming, body });
          answer(incoming, response);
        });
      });
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      servers.push(server);
      return `http://127.0.0.1:${portOf(server)}`;
    },
    /** An address where nobody listens. */
    nobody: async () => {
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      const url = `http://127.0.0.1:${portOf(server)}`;
      server.close();
      await once(server, 'close');
      return url;
    },
    close: async () => {
      for (const server of servers) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    },
  };
};

const theFirst = (seen: readonly Seen[]): Seen => {
  const [first] = seen;
  if (!first) throw new Error('nothing reached a service');
  return first;
};

let behind: ReturnType<typeof standIns>;
const gateways: RunningGateway[] = [];
beforeEach(() => {
  behind = standIns();
});
afterEach(async () => {
  await Promise.all(gateways.splice(0).map((gateway) => gateway.stop()));
  await behind.close();
});

const open = async (urls: Partial<Record<ServiceName, readonly string[]>>, clock: Clock = systemClock) => {
  const gateway = await startGateway({
    urls: { 'command-api': [], 'query-api': [], projector: [], ...urls },
    settings: readHttpSettings({}, { port: 0, authMode: 'off' }),
    clock,
    logger: pino({ level: 'silent' }),
  });
  gateways.push(gateway);
  return { gateway, url: `http://127.0.0.1:${gateway.port}` };
};
const post = (url: string, body: string, headers: Readonly<Record<string, string>> = {}) =>
  fetch(url, { method: 'POST', body, headers: { 'Content-Type': 'application/json', ...headers } });

describe('the gateway', () => {
  it('sends writes to command-api, reads to query-api, and all below /ops to the projector', async () => {
    const urls = Object.fromEntries(await Promise.all(serviceNames.map(async (name) => [name, [await behind.open(name)]] as const)));
    const { url } = await open(urls);
    await post(`${url}/orders`, '{}');
    await fetch(`${url}/orders/cart/c1`, { method: 'DELETE' });
    await fetch(`${url}/products/top?limit=3`);
    await fetch(`${url}/products`, { method: 'HEAD' });
    await fetch(`${url}/ops/projections`);
    await post(`${url}/ops/parked/p1/retry`, '{}');
    expect(behind.seen.map(({ by, request: { method, url: path } }) => `${by} ${method} ${path}`)).toEqual([
      'command-api POST /orders',
      'command-api DELETE /orders/cart/c1',
      'query-api GET /products/top?limit=3',
      'query-api HEAD /products',
      'projector GET /ops/projections',
      'projector POST /ops/parked/p1/retry',
    ]);
  });

  it('answers by itself what every service has in common, also where nobody is behind it', async () => {
    const { url } = await open({});
    const statusOf = async (path: string, method = 'GET') => (await fetch(url + path, { method })).status;
    expect(await statusOf('/healthz')).toBe(200);
    expect(await statusOf('/docs')).toBe(200);
    expect(await statusOf('/openapi.json')).toBe(200);
    expect(await statusOf('/asyncapi.json')).toBe(200);
    expect(await statusOf('/problems/overloaded')).toBe(200);
    expect(await statusOf('/nowhere')).toBe(404);
    expect(await statusOf('/products/mug', 'DELETE')).toBe(405);
    expect(await statusOf('/readyz')).toBe(503);
  });

  it('is ready when one of each service is, and says which is not', async () => {
    const [command, query, lagging] = [
      await behind.open('one'),
      await behind.open('two'),
      await behind.open('three', undefined, 'not_ready'),
    ];
    const first = await open({ 'command-api': [await behind.nobody(), command], 'query-api': [lagging, query], projector: [lagging] });
    const notReady = await fetch(`${first.url}/readyz`);
    expect([notReady.status, await notReady.json()]).toMatchObject([
      503,
      { status: 'not_ready', checks: { 'command-api': 'up', 'query-api': 'up', projector: 'down' } },
    ]);

    const degraded = await behind.open('four', undefined, 'degraded');
    const second = await open({ 'command-api': [command], 'query-api': [query], projector: [lagging, degraded] });
    const ready = await fetch(`${second.url}/readyz`);
    expect([ready.status, await ready.json()]).toMatchObject([200, { status: 'degraded' }]);
  });

  it('hands body and headers on, both ways, but for what is between neighbours', async () => {
    const service = await behind.open('command-api', (_, response) => {
      response.writeHead(201, { Location: '/orders/o1', 'Consistency-Token': '00ff', 'X-Request-Id': 'mine', 'Keep-Alive': 'timeout=77' });
      response.write('{"orderId":');
      response.end('"o1"}');
    });
    const { url } = await open({ 'command-api': [service] });
    const sent = '{"items":[]}'.padEnd(30_000);
    const response = await post(`${url}/orders`, sent, { 'X-Request-Id': 'mine', 'Idempotency-Key': 'k1', 'Accept-Language': 'en' });

    expect([response.status, await response.text()]).toEqual([201, '{"orderId":"o1"}']);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      location: '/orders/o1',
      'consistency-token': '00ff',
      'x-request-id': 'mine',
    });
    expect(response.headers.get('keep-alive')).not.toContain('77');
    const { request: reached, body } = theFirst(behind.seen);
    expect(body).toBe(sent);
    expect(reached.headers).toMatchObject({
      'x-request-id': 'mine',
      'idempotency-key': 'k1',
      'accept-language': 'en',
      'x-forwarded-for': '127.0.0.1',
      host: new URL(url).host,
    });
  });

  it('drops headers that a client names as its own connection’s, and a body that no service reads', async () => {
    const { url } = await open({ 'command-api': [await behind.open('command-api')] });
    const asked = request(`${url}/orders/cart`, {
      method: 'DELETE',
      headers: { Connection: 'close, X-Private', 'X-Private': '1', TE: 'trailers', 'Content-Length': 4, 'Content-Type': 'text/plain' },
    });
    const status = new Promise((resolve) =>
      asked.once('response', (response) => {
        response.resume();
        resolve(response.statusCode);
      }),
    );
    asked.end('GET ');
    expect(await status).toBe(200);
    const { request: reached, body } = theFirst(behind.seen);
    expect(Object.keys(reached.headers)).not.toEqual(expect.arrayContaining(['x-private']));
    expect(reached.headers).not.toMatchObject({ te: expect.anything() });
    expect(body).toBe('');
  });

  it('goes to another instance where nobody was there to be asked, for writes too', async () => {
    const { url } = await open({ 'command-api': [await behind.nobody(), await behind.open('second')] });
    const statuses = await Promise.all(Array.from({ length: 10 }, async () => (await post(`${url}/orders`, '{}')).status));
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(behind.seen).toHaveLength(10);
  });

  it('shares the work among instances', async () => {
    const { url } = await open({ 'query-api': [await behind.open('first'), await behind.open('second')] });
    await fetch(`${url}/readyz`);
    for (let n = 0; n < 6; n += 1) await (await fetch(`${url}/products`)).text();
    expect(behind.seen.filter(({ by }) => by === 'first')).toHaveLength(3);
  });

  it('answers 503 where nobody is there, and nothing has happened', async () => {
    const { url } = await open({ 'command-api': [await behind.nobody()], 'query-api': [] });
    for (const response of [await post(`${url}/orders`, '{}'), await fetch(`${url}/products`)]) {
      expect([response.status, await response.json()]).toMatchObject([503, { code: 'OVERLOADED' }]);
      expect(response.headers.get('retry-after')).toBe('1');
    }
  });

  it('never repeats a write that may have had its effect, but asks another instance to read', async () => {
    const breaks: RequestListener = ({ socket }) => void socket.destroy();
    const broken = [await behind.open('breaks', breaks), await behind.open('breaks too', breaks)];
    const { url } = await open({
      'command-api': broken,
      'query-api': [await behind.open('breaks as well', breaks), await behind.open('answers')],
    });
    const written = await post(`${url}/orders`, '{}');
    expect([written.status, await written.json()]).toMatchObject([503, { code: 'OUTCOME_UNKNOWN' }]);
    expect(behind.seen).toHaveLength(1);
    expect([(await fetch(`${url}/products`)).status, (await fetch(`${url}/products`)).status]).toEqual([200, 200]);
  });

  it('does not wait for ever for a service that took the request and is silent', async () => {
    const clock = manualClock();
    const { url } = await open({ 'command-api': [await behind.open('silent', () => undefined)] }, clock);
    const answer = post(`${url}/orders`, '{}');
    let isAnswered = false;
    void answer.finally(() => (isAnswered = true));
    while (!isAnswered) await clock.advance(500);
    expect([(await answer).status, await (await answer).json()]).toMatchObject([503, { code: 'OUTCOME_UNKNOWN' }]);
    expect(behind.seen).toHaveLength(1);
  });

  it('lets go of the service when the client has gone', async () => {
    let heard = (): void => undefined;
    let left = (): void => undefined;
    const isHeard = new Promise<void>((resolve) => (heard = resolve));
    const isLeft = new Promise<void>((resolve) => (left = resolve));
    const service = await behind.open('query-api', (incoming) => {
      heard();
      incoming.socket.once('close', left);
    });
    const { gateway } = await open({ 'query-api': [service] });
    const client = connect(gateway.port, '127.0.0.1');
    client.write('GET /products HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await isHeard;
    client.destroy();
    await isLeft;
  });

  it('cuts its own answer where the service’s broke off: half a list must not look whole', async () => {
    const service = await behind.open('query-api', (incoming, response) => {
      response.writeHead(200, { 'Content-Length': 100 });
      response.write('{"items":[', () => incoming.socket.destroy());
    });
    const { url } = await open({ 'query-api': [service] });
    await expect(fetch(`${url}/products`).then((response) => response.text())).rejects.toThrow();
  });

  it('finishes what is under way when it is stopped', async () => {
    let goOn = (): void => undefined;
    let heard = (): void => undefined;
    const isHeard = new Promise<void>((resolve) => (heard = resolve));
    const service = await behind.open('command-api', (_, response) => {
      goOn = () => response.writeHead(201).end('{}');
      heard();
    });
    const { gateway, url } = await open({ 'command-api': [service] });
    const answer = post(`${url}/orders`, '{}');
    await isHeard;
    const stopped = gateway.stop();
    goOn();
    expect((await answer).status).toBe(201);
    await stopped;
    await expect(fetch(`${url}/healthz`)).rejects.toThrow();
  });
});
