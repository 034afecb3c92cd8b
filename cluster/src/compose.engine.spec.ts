import { request } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { bearer, knowsTokens } from '@shop/all-in-one/testing/bearer';
import { clientOf, type Client, type Reply } from '@shop/all-in-one/testing/client';
import { byStatus, codeIn, customersOf, times } from '@shop/all-in-one/testing/customers';
import { sampleCatalogue } from '@shop/all-in-one/sample-catalogue';
import { findComposedShop, type ComposedShop } from '@shop/engines';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';

const found = await findComposedShop();
if (found.absent !== undefined) process.stderr.write(`SKIPPED the shop in containers: ${found.absent}\n`);
const suite = found.absent === undefined ? describe : describe.skip;

const scale = { 'command-api': 2, projector: 2, 'query-api': 2 };
const patienceMs = 240_000;
const mayTake = 900_000;

const units = z.string().transform(Number);
const report = z.object({
  verdict: z.string(),
  judged: z.array(z.string()),
  violations: z.record(z.string(), z.int()),
  findings: z.array(z.unknown()),
  stock: z.object({ sold: units, held: units }),
  money: z.object({ paid: units }),
});

/** @throws where it does not come true in time */
const until = async (what: string, isSo: () => boolean | Promise<boolean>): Promise<void> => {
  for (const giveUp = Date.now() + patienceMs; !(await isSo()); await wait(100)) if (Date.now() > giveUp) throw new Error(`never: ${what}`);
};

/** What a browser is led to say by a name that only points here. */
const statusUnder = (url: string, host: string): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    request(`${url}/products`, { headers: { host } }, (response) => resolve(response.resume().statusCode))
      .on('error', reject)
      .end();
  });

suite(`The shop in containers, two of each service${found.absent === undefined ? '' : ` (SKIPPED: ${found.absent})`}`, () => {
  let shop: ComposedShop;
  let client: Client;
  const customers = () => customersOf(client.call);
  beforeAll(async () => {
    if (found.absent !== undefined) return;
    shop = await found.start({ scale });
    client = clientOf(shop.url);
  }, mayTake);
  afterAll(async () => {
    client?.close();
    await shop?.stop();
  }, patienceMs);

  /** What the audit program says inside one of the containers, about log, read models and feed. */
  const audited = async () => {
    const { output } = await shop.container('projector-1').run('node', 'services/all-in-one/dist/audit.js', '--quiet', '--json');
    return report.parse(JSON.parse(output.trim().split('\n').at(-1) ?? ''));
  };

  it('sells something of its sample catalogue as soon as it is up, and every read knows', async () => {
    const [{ productId, price, stock }] = sampleCatalogue;
    await customers().charge('first', price);
    const { status, body } = await customers().order('first', [{ productId, quantity: 1 }]);
    expect([status, body]).toEqual([201, expect.objectContaining({ status: 'PAID', totalAmount: price })]);
    expect(await Promise.all(times(6, () => customers().stock(productId)))).toEqual(times(6, () => stock - 1));
    expect(await customers().balance('first')).toBe(0);
  });

  it('answers as one: ready when each service is, pages, problems and the names of this machine alone', async () => {
    const get = async (path: string) => (await client.call('GET', path)).status;
    await until('it is ready', async () => (await get('/readyz')) === 200);
    expect(await Promise.all(['/healthz', '/docs', '/openapi.json', '/asyncapi.json'].map(get))).toEqual(times(4, () => 200));
    expect(await Promise.all(['/metrics', '/ops/nothing', '/nothing'].map(get))).toEqual(times(3, () => 404));
    const tooLarge = await client.call('POST', '/orders', { body: { userId: 'x'.repeat(40_000) } });
    expect([tooLarge.status, codeIn(tooLarge)]).toEqual([413, 'PAYLOAD_TOO_LARGE']);
    const { headers } = await client.call('GET', '/products', { headers: { 'x-request-id': 'asked-1' } });
    expect(headers['x-request-id']).toBe('asked-1');
    expect([await statusUnder(shop.url, 'localhost:3000'), await statusUnder(shop.url, 'evil.example')]).toEqual([200, 403]);
  });

  it('gives no container more than it needs, and publishes nothing but the gateway, on loopback', async () => {
    const services = ['gateway-1', 'command-api-1', 'command-api-2', 'projector-1', 'query-api-1', 'catalogue-1'];
    for (const { name, confinement } of shop.containers) {
      const { user, readOnlyRoot, droppedCapabilities, security, memory, processes, published } = await confinement();
      const isOurs = services.includes(name);
      expect([name, user, droppedCapabilities, security]).toEqual([
        name,
        expect.stringMatching(/^(node|1000:1000)$/),
        ['ALL'],
        ['no-new-privileges:true'],
      ]);
      expect([name, isOurs ? readOnlyRoot : true]).toEqual([name, true]);
      expect([name, memory > 0 && memory <= 2 ** 31, processes > 0 && processes <= 512]).toEqual([name, true, true]);
      expect([name, published]).toEqual([name, name === 'gateway-1' ? ['127.0.0.1'] : []]);
    }
  });

  it(
    'sells on, exactly, while any container is killed or paused',
    async () => {
      const price = 1_000;
      await customers().register('chaos', price, 1_000_000);
      let [paid, faults, isOver, isGivenUp] = [0, 0, false, false];
      /** Until a definite answer, with the same key. */
      const insist = async (userId: string, key: string): Promise<void> => {
        while (!isGivenUp) {
          const reply = await customers()
            .order(userId, [{ productId: 'chaos', quantity: 1 }], key)
            .catch(() => undefined);
          if (reply?.status === 201) return;
          if (reply && reply.status < 500) throw new Error(`${reply.status} ${JSON.stringify(reply.body)}`);
          faults += 1;
          await wait(100);
        }
      };
      const users = times(4, (n) => `chaos-${n}`);
      for (const userId of users) await customers().charge(userId, 1_000_000_000);
      const bought = new Map<string, number>(users.map((userId) => [userId, 0]));
      const buy = async (userId: string): Promise<void> => {
        for (let n = 1; !isOver; n += 1) {
          await insist(userId, `${userId}-${n}`);
          bought.set(userId, n);
          paid += 1;
          await wait(25); // the containers share the machine with their buyers
        }
      };
      const buyers = Promise.all(users.map(buy));
      const soldMore = async (during: string) => {
        const before = paid;
        await Promise.race([until(`an order is paid ${during}`, () => paid >= before + 10), buyers]);
      };
      const turnsAway = async (during: string) => {
        const before = faults;
        await Promise.race([until(`somebody is turned away ${during}`, () => faults > before), buyers]);
      };
      const container = (name: string) => shop.container(name);

      try {
        await soldMore('before anything fails');
        for (const name of ['command-api-1', 'projector-1', 'query-api-2', 'kafka-1', 'mongodb-1']) {
          await container(name).kill();
          await soldMore(`while ${name} is dead`);
          await container(name).start();
        }
        for (const name of ['command-api-2', 'projector-2', 'query-api-1', 'kafka-1', 'mongodb-1']) {
          await container(name).pause();
          await soldMore(`while ${name} stands still`);
          await container(name).unpause();
        }
        await container('eventstoredb-1').pause();
        await turnsAway('while the event store stands still');
        await container('eventstoredb-1').unpause();
        await soldMore('after the event store stood still');
        for (const name of ['eventstoredb-1', 'gateway-1']) {
          await container(name).kill();
          await turnsAway(`while ${name} is dead`);
          await container(name).start();
          await soldMore(`after ${name} was dead`);
        }
      } catch (error) {
        isGivenUp = true;
        throw error;
      } finally {
        isOver = true;
        await buyers;
      }

      const spent = users.map((userId) => 1_000_000_000 - (bought.get(userId) ?? 0) * price);
      await until('reads are answered again', async () => (await client.call('GET', '/products/chaos')).status === 200);
      expect(await Promise.all(users.map((userId) => customers().balance(userId)))).toEqual(spent);
      expect(await customers().stock('chaos')).toBe(1_000_000 - paid);
    },
    mayTake,
  );

  it('sells the last twenty units to twenty of sixty buyers', async () => {
    await customers().register('last', 500, 20);
    await Promise.all(times(60, (n) => customers().charge(`late-${n}`, 500)));
    const replies: Reply[] = await Promise.all(times(60, (n) => customers().order(`late-${n}`, [{ productId: 'last', quantity: 1 }])));
    expect(byStatus(replies)).toEqual({ 201: 20, 409: 40 });
    expect(await customers().stock('last')).toBe(0);
  });

  it(
    'passes its audit afterwards: money, stock, orders, read models and feed',
    async () => {
      let last = await audited();
      await until('nothing is under way any more', async () => {
        last = await audited();
        return last.verdict !== 'violated' || Object.keys(last.violations).some((invariant) => invariant !== 'I13');
      });
      expect(last.findings).toEqual([]);
      expect(last.verdict).toBe('clean');
      expect(last.judged).toEqual(expect.arrayContaining(['I1', 'I9', 'I10', 'I13']));
      expect(last.stock.held).toBe(0);
    },
    mayTake,
  );
});

suite(`The shop in containers, with tokens${found.absent === undefined ? '' : ` (SKIPPED: ${found.absent})`}`, () => {
  let shop: ComposedShop;
  beforeAll(async () => {
    if (found.absent !== undefined) return;
    shop = await found.start({ files: ['docker-compose.jwt.yml'], environment: knowsTokens });
  }, mayTake);
  afterAll(() => shop?.stop(), patienceMs);

  it('takes a request for whom its token names, by any name of the shop, and no other request', async () => {
    const { call, close } = clientOf(shop.url);
    const charge = async (headers: Readonly<Record<string, string>>) => {
      const { status, body } = await call('POST', '/balance/charge', { body: { amount: 500 }, headers });
      return [status, body];
    };
    expect(await charge({})).toEqual([401, expect.objectContaining({ code: 'UNAUTHENTICATED' })]);
    expect(await charge({ 'x-user-id': 'mina' })).toEqual([401, expect.objectContaining({ code: 'UNAUTHENTICATED' })]);
    expect(await charge({ ...bearer('mina'), host: 'shop.example' })).toEqual([
      200,
      expect.objectContaining({ userId: 'mina', balance: 500 }),
    ]);
    const products = await call('GET', '/products', { headers: { host: 'shop.example' } });
    expect([products.status, products.body]).toEqual([200, expect.objectContaining({ total: 0 })]);
    close();
  });
});
