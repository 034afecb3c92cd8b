import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { clientOf, type Client } from '@shop/all-in-one/testing/client';
import { freePorts } from '@shop/engines';
import type { Program } from '../processes/program.js';
import { auditFolder, startShop, untilReady } from '../processes/shop-program.js';
import { openSocket, pour, type RawSocket } from './raw-socket.js';

const noMemory = existsSync('/proc/self/status') ? undefined : 'the memory of another process is only known on Linux';
if (noMemory !== undefined) console.warn(`SKIPPED: memory of a shop under attack: ${noMemory}`);
const megabytesOf = async ({ pid }: Program): Promise<number> =>
  noMemory === undefined ? Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1_024 : 0;

const charge = 'POST /balance/charge HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n';
const withBody = (body: string): string => `${charge}Connection: close\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
const statusOf = (answer: string): string => /^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? `no status: ${answer.slice(0, 50)}`;
const megabyte = 1_048_576;
const amount = (text: string): string => `{"userId":"u1","amount":${text}}`;

type Cut = { readonly status: string; readonly seconds: number };
const cutOf = async ({ closed }: RawSocket): Promise<Cut> => {
  const began = performance.now();
  const answer = await closed;
  return { status: statusOf(answer), seconds: (performance.now() - began) / 1_000 };
};

describe('a shop under attack', () => {
  let folder = '';
  let url = '';
  let shop: Program;
  let client: Client;
  let megabytes = 0;
  /** What a customer who means no harm is answered all the while. */
  const served: number[] = [];
  let isOver = false;
  let customer = Promise.resolve();
  /** They take their time, so they are there from the beginning. */
  let cutHeaders: Promise<Cut>;
  let cutBody: Promise<Cut>;
  let drip: NodeJS.Timeout;

  const ask = async (request: string): Promise<string> => {
    const socket = await openSocket(url);
    socket.write(request);
    return socket.closed;
  };
  const buyOne = async (): Promise<readonly number[]> => {
    const { status } = await client.call('POST', '/orders', { body: { userId: 'u1', items: [{ productId: 'mug', quantity: 1 }] } });
    const { status: seen } = await client.call('GET', '/balance/u1');
    return [status, seen];
  };
  const buyInPeace = async (): Promise<void> => {
    for (let n = 0; !isOver; n += 1) {
      served.push(...(await buyOne()));
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'shop-'));
    const started = startShop({ folder, port: await freePorts(), env: { LOG_LEVEL: 'error' } });
    [shop, url] = [started.program, started.url];
    await untilReady(url, [shop]);
    client = clientOf(url);
    await client.call('POST', '/products', { body: { productId: 'mug', name: 'mug', price: 1, stock: 100_000 } });
    await client.call('POST', '/balance/charge', { body: { userId: 'u1', amount: 100_000 } });
    for (let n = 0; n < 500; n += 1) await Promise.all([buyOne(), client.call('GET', '/products')]); // a shop in use
    megabytes = await megabytesOf(shop);
    customer = buyInPeace();
    const [slowHeaders, slowBody] = [await openSocket(url), await openSocket(url)];
    [cutHeaders, cutBody] = [cutOf(slowHeaders), cutOf(slowBody)];
    slowHeaders.write('GET /products HTTP/1.1\r\nHost: localhost\r\n');
    slowBody.write(`${charge}Content-Length: 30000\r\n\r\n{`);
    drip = setInterval(() => {
      slowHeaders.write('X-Slow: 1\r\n');
      slowBody.write(' ');
    }, 500);
  });
  afterAll(async () => {
    isOver = true;
    clearInterval(drip);
    await customer.catch(() => undefined);
    client.close();
    shop.signal('SIGKILL');
    await shop.exited;
    await rm(folder, { recursive: true, force: true });
  });

  it.each([
    ['a body of 1 MB', withBody(amount(' '.repeat(megabyte) + '1')), '413'],
    ['JSON nested 50,000 deep', withBody('['.repeat(50_000)), '413'],
    ['JSON nested 15,000 deep', withBody(`{"a":${'['.repeat(15_000)}${']'.repeat(15_000)}}`), '400'],
    ['10,000 keys', withBody(`{${Array.from({ length: 10_000 }, (_, n) => `"k${n}":1`).join()}}`), '413'],
    ['2,500 keys', withBody(`{${Array.from({ length: 2_500 }, (_, n) => `"k${n}":1`).join()}}`), '400'],
    ['__proto__', withBody('{"userId":"u1","amount":1,"__proto__":{"scope":"ops:write"}}'), '400'],
    ['NUL', withBody('{"userId":"u1\\u0000","amount":1}'), '400'],
    ['a lone surrogate', withBody('{"userId":"\\ud800","amount":1}'), '400'],
    ['2^53', withBody(amount('9007199254740992')), '400'],
    ['-0', withBody(amount('-0')), '400'],
    ['1e400', withBody(amount('1e400')), '400'],
    ['a number of 20,000 digits', withBody(amount('9'.repeat(20_000))), '400'],
    ['form data', withBody(amount('1')).replace('application/json', 'application/x-www-form-urlencoded'), '415'],
    ['a body that is said to be packed', withBody(amount('1')).replace('Content-Type', 'Content-Encoding: gzip\r\nContent-Type'), '415'],
    ['headers of 9 KB', `GET /products HTTP/1.1\r\nHost: localhost\r\nX-Long: ${'x'.repeat(9_000)}\r\n\r\n`, '431'],
    ['a chunk that is none', `${charge}Transfer-Encoding: chunked\r\n\r\nzz\r\n`, '400'],
    ['two lengths', `${charge}Content-Length: 1\r\nContent-Length: 2\r\n\r\n`, '400'],
    ['a length and chunks', `${charge}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, '400'],
  ])('refuses %s and closes', async (_, request, status) => {
    expect(statusOf(await ask(request))).toBe(status);
  });

  it.each([
    ['announced', `${charge}Content-Length: ${100 * megabyte}\r\n\r\n`, Buffer.alloc(65_536, ' ')],
    ['in chunks without end', `${charge}Transfer-Encoding: chunked\r\n\r\n`, Buffer.from(`10000\r\n${' '.repeat(65_536)}\r\n`)],
  ])('takes no body of 100 MB, %s', async (_, head, part) => {
    const socket = await openSocket(url);
    socket.write(head);
    const sent = await pour(socket, part, 100 * megabyte);
    await socket.closed;
    expect(sent).toBeLessThan(20 * megabyte);
    expect(['413', 'no status: ']).toContain(statusOf(socket.received())); // the answer is lost where the connection was reset behind it
  });

  it('answers a hundred requests that were sent at once, in their order', async () => {
    const socket = await openSocket(url);
    const requests = Array.from({ length: 100 }, (_, n) => `GET /balance/u${n} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    socket.write(requests.join('') + 'GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
    const users = [...(await socket.closed).matchAll(/"userId":"(u\d+)"/g)].map(([, user]) => user);
    expect(users).toEqual(Array.from({ length: 100 }, (_, n) => `u${n}`));
  });

  it('does not mind clients who go away while they are answered', async () => {
    for (let n = 0; n < 100; n += 1) {
      const socket = await openSocket(url);
      socket.write('GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(3));
      await socket.until(/^HTTP/);
      socket.socket.destroy();
    }
    const halfSent = await openSocket(url);
    halfSent.write(`${charge}Content-Length: 100\r\n\r\n{`);
    halfSent.socket.destroy();
  });

  it('serves others beside 5,000 sockets that say nothing', async () => {
    const idle: RawSocket[] = [];
    for (let n = 0; n < 50; n += 1) idle.push(...(await Promise.all(Array.from({ length: 100 }, () => openSocket(url)))));
    const before = served.length;
    const answers = await Promise.all(Array.from({ length: 20 }, () => client.call('GET', '/products/mug')));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    while (served.length < before + 4) await new Promise((resolve) => setTimeout(resolve, 20));
    if (noMemory === undefined)
      console.info(`with 5,000 idle sockets: ${(await megabytesOf(shop)).toFixed()} MB, before: ${megabytes.toFixed()} MB`);
    for (const { socket } of idle) socket.destroy();
  });

  it('cuts off who sends headers or a body drop by drop', async () => {
    const [headers, body] = await Promise.all([cutHeaders, cutBody]);
    console.info(`slow headers were cut after ${headers.seconds.toFixed(1)} s, a slow body after ${body.seconds.toFixed(1)} s`);
    expect([headers.status, body.status]).toEqual(['408', '408']);
  }, 60_000);

  it('is alive, within 100 MB of what it was, has served everybody else, and its books are right', async () => {
    isOver = true;
    await customer;
    expect(served.length).toBeGreaterThan(20);
    expect(new Set(served)).toEqual(new Set([201, 200]));
    const after = await megabytesOf(shop);
    if (noMemory === undefined) console.info(`memory: ${megabytes.toFixed()} MB before, ${after.toFixed()} MB after`);
    expect(after).toBeLessThan(megabytes + 100);
    shop.signal('SIGTERM');
    expect({ ...(await shop.exited), stderr: shop.stderr() }).toEqual({ code: 0, signal: null, stderr: '' });
    expect((await auditFolder(folder, {})).verdict).toBe('clean');
  }, 60_000);
});
