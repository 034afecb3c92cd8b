import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { orderIn, times } from '@shop/all-in-one/testing/customers';
import { missingPrograms } from '@shop/engines';
import { noStream } from '@shop/event-store';
import { readinessAt, until } from '@shop/service-process/testing/program-run';
import { setTimeout as sleep } from 'node:timers/promises';
import { openAuditedCluster, type AuditedCluster } from './testing/audited-cluster.js';
import { counterAt } from './testing/counter.js';

const absent = missingPrograms();
const where = absent.length > 0 ? `SKIPPED: ${absent.join(' and ')} not installed` : 'two of each service';
const readModels = ['balances', 'statement', 'products', 'carts', 'orders', 'to-do', 'best-sellers'];

(absent.length > 0 ? describe.skip : describe)(`running a shop of many processes (${where})`, () => {
  let shop: AuditedCluster;
  let gateway: ReturnType<typeof counterAt>;
  beforeAll(async () => {
    shop = await openAuditedCluster({
      counts: { 'command-api': 2, 'query-api': 2, projector: 2 },
      environment: { SWEEP_AFTER_MS: '12000' },
    });
    gateway = counterAt(shop.callers.at(shop.url).call);
    await gateway.register('mug', 1, 1_000_000);
    await gateway.charge('kim', 1_000_000, 'first');
  }, 300_000);
  afterAll(() => shop.close(), 120_000);

  const standing = (url: string, status: number, words = '') =>
    until(
      () => readinessAt(url),
      (answer) => answer?.status === status && JSON.stringify(answer.body).includes(words),
      60_000,
    );
  const everywhere = (services: readonly ('command-api' | 'query-api' | 'projector')[], status: number, words = '') =>
    Promise.all(services.flatMap(shop.of).map(({ url }) => standing(url, status, words)));

  it('rebuilds every read model while customers go on, and all processes follow the switch', async () => {
    let over = false;
    const shopping = times(2, async (customer) => {
      for (let order = 1; !over; order += 1) {
        orderIn(await gateway.order('kim', [{ productId: 'mug', quantity: 1 }], `rebuild-${customer}-${order}`));
        await sleep(50);
      }
    });
    const { code, stdout, stderr } = await shop.tool('rebuild', '--all').finally(() => (over = true));
    await Promise.all(shopping);

    expect([code, code === 0 ? '' : stderr]).toEqual([0, '']);
    for (const name of readModels)
      expect(stdout).toMatch(new RegExp(`^${name}: .* documents, all equal; now serving generation \\d\\.2$`, 'm'));
    const sold = 1_000_000 - (await gateway.product('mug')).stock;
    for (const { url } of shop.of('query-api')) {
      const { product, balance } = counterAt(shop.callers.at(url).call);
      expect([(await product('mug')).stock, await balance('kim')]).toEqual([1_000_000 - sold, 1_000_000 - sold]);
    }
    await standing(shop.url, 200, '"ready"');
  }, 400_000);

  it('parks the stream of an event that nobody understands, says so, and goes on when an operator skips it', async () => {
    const store = await shop.openLog();
    const metadata = { version: 1, correlationId: 'c', causationId: 'c' };
    await store.append('cart-lee', noStream, [{ id: randomUUID(), type: 'CartBurnt', data: { userId: 'lee' }, metadata }]);
    await store.close();
    await everywhere(['projector', 'query-api'], 200, '"degraded"');
    const degraded = await standing(shop.url, 200, '"degraded"');
    expect(degraded?.body).toMatchObject({ parked: [{ projection: 'carts', stream: 'cart-lee', revision: 0 }] });
    for (const { url } of shop.of('query-api')) {
      const { once } = shop.callers.at(url);
      expect(await once('GET', '/orders/cart?userId=lee')).toMatchObject({ status: 503, body: { code: 'READ_MODEL_DEGRADED' } });
      expect(await once('GET', '/orders/cart?userId=lee', { headers: { consistency: 'eventual' } })).toMatchObject({ status: 200 });
      expect(await once('GET', '/orders/cart?userId=kim')).toMatchObject({ status: 200 });
    }

    const listed = await shop.tool('parked');
    expect([listed.code, listed.stdout]).toEqual([0, expect.stringContaining('CartBurnt')]);
    const id = listed.stdout.split('\n')[0] ?? '';
    expect(await shop.tool('parked', 'retry', id)).toMatchObject({ code: 1, stdout: `${id}: still waits\n` });
    expect(await shop.tool('parked', 'skip', id, 'written by hand')).toMatchObject({ code: 0, stdout: `${id}: goes on\n` });
    await standing(shop.url, 200, '"ready"');
    await everywhere(['query-api'], 200, '"ready"');
    expect((await shop.tool('parked')).stdout).toBe('nothing is parked\n');
  }, 180_000);

  it('is not ready without its read store, sells all the same, and is ready when that is back', async () => {
    const { control } = shop.engines.mongoDb;
    await control.kill();
    try {
      await everywhere(['query-api', 'projector'], 503);
      await everywhere(['command-api'], 200);
      const checks = { 'command-api': 'up', 'query-api': 'down', projector: 'down' };
      expect((await standing(shop.url, 503))?.body).toMatchObject({ checks });
      orderIn(await gateway.order('kim', [{ productId: 'mug', quantity: 1 }], 'without-read-models'));
    } finally {
      await control.restart();
    }
    await standing(shop.url, 200, '"ready"');
  }, 180_000);

  it('is not ready without its event store, takes nothing, and is ready when that is back', async () => {
    const before = (await gateway.product('mug')).stock;
    const { eventStore } = shop.engines;
    await eventStore.kill();
    await everywhere(['command-api', 'query-api', 'projector'], 503, '"eventStore":"down"');
    const { once } = shop.callers.at(shop.url);
    const body = { userId: 'kim', items: [{ productId: 'mug', quantity: 1 }] };
    expect(await once('POST', '/orders', { body, headers: { 'idempotency-key': 'without-a-log' } })).toMatchObject({ status: 503 });
    eventStore.start();
    await standing(shop.url, 200, '"ready"');
    orderIn(await gateway.order('kim', [{ productId: 'mug', quantity: 1 }], 'without-a-log'));
    expect((await gateway.product('mug')).stock).toBe(before - 1);
  }, 180_000);

  it('is always ready without Kafka', async () => {
    const { control } = shop.engines.kafka;
    await control.kill();
    try {
      orderIn(await gateway.order('kim', [{ productId: 'mug', quantity: 1 }], 'without-kafka'));
      await everywhere(['command-api', 'query-api', 'projector'], 200, '"ready"');
    } finally {
      await control.restart();
    }
  }, 120_000);

  it('renews every process in turn while customers go on: each ends with 0, and no order is lost or doubled', async () => {
    const before = (await gateway.product('mug')).stock;
    let over = false;
    let bought = 0;
    const shopping = times(4, async (customer) => {
      for (let order = 1; !over; order += 1) {
        orderIn(await gateway.order('kim', [{ productId: 'mug', quantity: 1 }], `renewal-${customer}-${order}`));
        bought += 1;
        expect((await gateway.product('mug')).stock).toBeLessThanOrEqual(before - bought + 3);
      }
    });
    const ends: (number | null)[] = [];
    try {
      for (const one of shop.services) {
        ends.push(await one.stop());
        one.start();
        await one.untilReady();
      }
    } finally {
      over = true;
      await Promise.all(shopping);
    }
    expect(ends).toEqual(times(6, () => 0));
    expect((await gateway.product('mug')).stock).toBe(before - bought);
    expect(bought).toBeGreaterThan(0);
  }, 240_000);

  it('leaves nothing behind that an audit would find', async () => {
    const ofTheTest = ({ stream }: { readonly stream: string | null }) => stream === 'cart-lee'; // burnt above
    const { findings, undecided } = await until(shop.settledAudit, (report) => report.findings.every(ofTheTest), 120_000);
    expect({ findings: findings.filter((finding) => !ofTheTest(finding)), undecided }).toEqual({ findings: [], undecided: [] });
  }, 180_000);
});
