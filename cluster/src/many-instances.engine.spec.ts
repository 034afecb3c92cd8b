import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { byStatus, codeIn, orderIn, times } from '@shop/all-in-one/testing/customers';
import type { Reply } from '@shop/all-in-one/testing/client';
import { missingPrograms } from '@shop/engines';
import { setTimeout as sleep } from 'node:timers/promises';
import { expectNothingWrong, openAuditedCluster, type AuditedCluster } from './testing/audited-cluster.js';
import { counterAt, inBatches, inTurn, percentile, timed } from './testing/counter.js';

const absent = missingPrograms();
const where = absent.length > 0 ? `SKIPPED: ${absent.join(' and ')} not installed` : 'three command-apis, two projectors, two query-apis';
const say = (text: string) => void process.stdout.write(`${text}\n`);

(absent.length > 0 ? describe.skip : describe)(`many processes of one shop (${where})`, () => {
  let shop: AuditedCluster;
  type Counter = ReturnType<typeof counterAt>;
  let writers: readonly Counter[] = [];
  let readers: readonly Counter[] = [];
  const codesOf = (replies: readonly Reply[], status: number) => new Set(replies.filter((reply) => reply.status === status).map(codeIn));

  beforeAll(async () => {
    shop = await openAuditedCluster({
      counts: { 'command-api': 3, 'query-api': 2, projector: 2 },
      // Above the 10 s that a request may take, and soon enough to see it done.
      environment: { SWEEP_AFTER_MS: '12000' },
    });
    const countersOf = (service: 'command-api' | 'query-api') => shop.of(service).map(({ url }) => counterAt(shop.callers.at(url).call));
    writers = countersOf('command-api');
    readers = countersOf('query-api');
  }, 300_000);
  afterAll(async () => {
    say(`asked again: ${JSON.stringify(shop.callers.repeats())}`);
    await shop.close();
  }, 120_000);

  const chargeAll = (buyers: readonly string[], amount: number) =>
    inBatches([...buyers.entries()], 48, ([index, buyer]) => inTurn(writers, index).charge(buyer, amount, `first-${buyer}`));
  const totalOf = async (buyers: readonly string[]): Promise<number> => {
    const balances: number[] = [];
    await inBatches([...buyers.entries()], 48, async ([index, buyer]) => {
      balances.push(await inTurn(readers, index).balance(buyer));
    });
    return balances.reduce((sum, one) => sum + one, 0);
  };

  it('sells 100 units to exactly 100 of 1,000 buyers who come at once', async () => {
    await inTurn(writers, 0).register('rush', 1_000, 100);
    const buyers = times(1_000, (index) => `rush-${index}`);
    await chargeAll(buyers, 1_500);

    const before = await shop.engines.eventStore.calls();
    const answers = await Promise.all(
      buyers.map((buyer, index) => timed(() => inTurn(writers, index).order(buyer, [{ productId: 'rush', quantity: 1 }], 'the-rush'))),
    );
    const after = await shop.engines.eventStore.calls();
    const took = answers.map(({ ms }) => ms);
    const calls = `${after.append - before.append} appends, ${after.read - before.read} reads`;
    say(`1,000 buyers of 100 units: p50 ${percentile(took, 50)} ms, p99 ${percentile(took, 99)} ms; ${calls}`);

    const replies = answers.map(({ result }) => result);
    expect(byStatus(replies)).toEqual({ 201: 100, 409: 900 });
    expect(codesOf(replies, 409)).toEqual(new Set(['INSUFFICIENT_STOCK']));
    expect(await Promise.all(readers.map(async ({ product }) => (await product('rush')).stock))).toEqual([0, 0]);
    expect(await totalOf(buyers)).toBe(1_000 * 1_500 - 100 * 1_000);
  }, 300_000);

  it('sells exactly 150 baskets of three products to 300 buyers who name them in opposite orders', async () => {
    const products = ['basket-a', 'basket-b', 'basket-c'];
    for (const productId of products) await inTurn(writers, 1).register(productId, 100, 150);
    const buyers = times(300, (index) => `basket-${index}`);
    await chargeAll(buyers, 300);

    const replies = await Promise.all(
      buyers.map((buyer, index) => {
        const lines = products.map((productId) => ({ productId, quantity: 1 }));
        return inTurn(writers, index).order(buyer, index % 2 === 0 ? lines : lines.reverse(), 'the-basket');
      }),
    );

    expect(byStatus(replies)).toEqual({ 201: 150, 409: 150 });
    for (const { product } of readers)
      expect(await Promise.all(products.map(async (productId) => (await product(productId)).stock))).toEqual([0, 0, 0]);
    expect(await totalOf(buyers)).toBe(150 * 300);
  }, 300_000);

  it('never loses a price that one process changes and another sets back, 500 times', async () => {
    await inTurn(writers, 0).register('flipped', 1_000, 1);
    let changes = 0;
    for (let flip = 1; flip <= 500; flip += 1)
      for (const price of [2_000, 1_000]) {
        changes += 1;
        expect(await inTurn(writers, changes).reprice('flipped', price)).toMatchObject({ price, revision: changes + 1 });
      }
    for (const { product } of readers) expect(await product('flipped')).toMatchObject({ price: 1_000, revision: 1_001 });
  }, 300_000);

  it('makes one order of one key that is sent 50 times at once to all, and again when one of them was killed', async () => {
    await inTurn(writers, 0).register('twin', 700, 5);
    await inTurn(writers, 1).charge('impatient', 5_000, 'first');
    const lines = [{ productId: 'twin', quantity: 2 }];
    const replies = await Promise.all(times(50, (index) => inTurn(writers, index).order('impatient', lines, 'the-one-key')));
    const [victim, ...others] = shop.of('command-api');
    await victim?.kill();
    const again = await Promise.all(
      others.flatMap(({ url }) => times(10, () => counterAt(shop.callers.at(url).call).order('impatient', lines, 'the-one-key'))),
    );
    victim?.start();
    await victim?.untilReady();

    expect(byStatus([...replies, ...again])).toEqual({ 201: 70 });
    expect(new Set([...replies, ...again].map(({ body }) => JSON.stringify(body))).size).toBe(1);
    for (const { balance, product } of readers)
      expect([await balance('impatient'), (await product('twin')).stock]).toEqual([5_000 - 1_400, 3]);
  }, 120_000);

  it('makes one order of one key when the process that works on it is killed in the middle', async () => {
    // Enough for what every try may hold at once, the killed ones' too.
    await inTurn(writers, 0).register('interrupted', 700, 1_000);
    const buyers = times(20, (index) => `interrupted-${index}`);
    await chargeAll(buyers, 5_000);
    const [victim] = shop.of('command-api');
    const lines = [{ productId: 'interrupted', quantity: 2 }];
    const orders = buyers.map((buyer) => Promise.all(writers.map(({ order }) => order(buyer, lines, 'the-one-key'))));
    await victim?.kill();
    victim?.start();
    const replies = await Promise.all(orders);
    await victim?.untilReady();

    for (const [index, answers] of replies.entries()) {
      expect(byStatus(answers)).toEqual({ 201: 3 });
      expect(new Set(answers.map((answer) => orderIn(answer).orderId)).size).toBe(1);
      expect(await inTurn(readers, index).balance(inTurn(buyers, index))).toBe(5_000 - 1_400);
    }
  }, 180_000);

  it('shows every write in the strong reads that follow it on other processes, 2,000 times', async () => {
    const users = times(10, (index) => `watcher-${index}`);
    const took: number[] = [];
    await Promise.all(
      users.map(async (user, offset) => {
        for (let charged = 1; charged <= 100; charged += 1) {
          await inTurn(writers, offset + charged).charge(user, 1, `charge-${charged}`);
          for (const { balance } of readers) {
            const { ms, result } = await timed(() => balance(user));
            took.push(ms);
            expect(result).toBe(charged);
          }
        }
      }),
    );
    expect(took).toHaveLength(2_000);
    say(`2,000 strong reads after a write elsewhere: p50 ${percentile(took, 50)} ms, p99 ${percentile(took, 99)} ms`);
  }, 300_000);

  /** Customers who go on buying while something happens to the machinery. */
  const underLoad = async (name: string, happens: () => Promise<void>): Promise<number> => {
    await inTurn(writers, 0).register(name, 10, 1_000_000);
    const buyers = times(8, (index) => `${name}-${index}`);
    await chargeAll(buyers, 1_000_000);
    let over = false;
    let bought = 0;
    const shopping = buyers.map(async (buyer, offset) => {
      for (let order = 1; !over; order += 1) {
        orderIn(await inTurn(writers, offset + order).order(buyer, [{ productId: name, quantity: 1 }], `order-${order}`));
        bought += 1;
        await sleep(20);
      }
    });
    try {
      await happens();
    } finally {
      over = true;
      await Promise.all(shopping);
    }
    for (const { product } of readers) expect((await product(name)).stock).toBe(1_000_000 - bought);
    say(`${name}: ${bought} orders meanwhile`);
    return bought;
  };

  it('goes on selling while a projector is killed and another stands still for 25 s, and the read models catch up', async () => {
    const [killed, paused] = shop.of('projector');
    await underLoad('projectors', async () => {
      paused?.freeze();
      await sleep(5_000);
      await killed?.kill();
      await sleep(5_000);
      killed?.start();
      await sleep(15_000);
      paused?.thaw();
      await Promise.all([killed?.untilReady(), paused?.untilReady()]);
    });
  }, 240_000);

  it('goes on selling while Kafka is stopped and started', async () => {
    const { control } = shop.engines.kafka;
    await underLoad('kafka', async () => {
      await control.kill();
      await sleep(5_000);
      await control.restart();
      await sleep(2_000);
    });
  }, 240_000);

  it('goes on selling while MongoDB is stopped and started, and reads are refused rather than old', async () => {
    const { control } = shop.engines.mongoDb;
    await underLoad('mongodb', async () => {
      await control.kill();
      const [reader] = shop.of('query-api');
      const refused = reader && (await shop.callers.at(reader.url).once('GET', '/products/mongodb'));
      expect(refused).toMatchObject({ status: 503 });
      await sleep(5_000);
      await control.restart();
      await Promise.all([...shop.of('projector'), ...shop.of('query-api')].map((one) => one.untilReady()));
    });
  }, 240_000);

  it('leaves a log, read models, a feed and answers to clients in which the audit finds nothing wrong', async () => {
    const report = await shop.settledAudit();
    const { verdict, judged, events } = report;
    say(`audit: ${verdict}, ${events} events, judged ${judged.join(' ')}`);
    expectNothingWrong(report);
    expect(judged).toEqual(expect.arrayContaining(['I1', 'I2', 'I5', 'I6', 'I8', 'I9', 'I10', 'I11', 'I12', 'I13', 'I14']));
  }, 300_000);
});
