import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { byStatus, codeIn, customersOf, orderIn, times } from './testing/customers.js';
import { openTestShop, type TestShop } from './testing/open-test-shop.js';
import { settledAudit } from './testing/settled-audit.js';

describe('many customers at once', () => {
  let shop: TestShop;
  let customers: ReturnType<typeof customersOf>;
  beforeAll(async () => {
    shop = await openTestShop();
    customers = customersOf(shop.call);
  });
  afterAll(() => shop.stop());

  it('sells the last 10 units to exactly 10 of 100 buyers and takes nobody else’s money', async () => {
    const { register, charge, order, balance, stock } = customers;
    await register('scarce', 1_000, 10);
    const buyers = times(100, (index) => `scarce-buyer-${index}`);
    await Promise.all(buyers.map((buyer) => charge(buyer, 1_500)));

    const replies = await Promise.all(buyers.map((buyer) => order(buyer, [{ productId: 'scarce', quantity: 1 }])));

    expect(byStatus(replies)).toEqual({ 201: 10, 409: 90 });
    expect(new Set(replies.filter(({ status }) => status === 409).map(codeIn))).toEqual(new Set(['INSUFFICIENT_STOCK']));
    expect(await stock('scarce')).toBe(0);
    const balances = await Promise.all(buyers.map(balance));
    expect(balances).toEqual(replies.map(({ status }) => (status === 201 ? 500 : 1_500)));
  });

  it('sells 150 baskets of three products to 300 buyers who name them in opposite orders', async () => {
    const { register, charge, order, balance, stock } = customers;
    const products = ['basket-a', 'basket-b', 'basket-c'];
    await Promise.all(products.map((productId) => register(productId, 100, 150)));
    const buyers = times(300, (index) => `basket-buyer-${index}`);
    await Promise.all(buyers.map((buyer) => charge(buyer, 300)));

    const replies = await Promise.all(
      buyers.map((buyer, index) => {
        const items = products.map((productId) => ({ productId, quantity: 1 }));
        return order(buyer, index % 2 === 0 ? items : items.reverse());
      }),
    );

    expect(byStatus(replies)).toEqual({ 201: 150, 409: 150 });
    expect(await Promise.all(products.map(stock))).toEqual([0, 0, 0]);
    const left = (await Promise.all(buyers.map(balance))).reduce((sum, each) => sum + each, 0);
    expect(left).toBe(150 * 300);
  });

  it('answers one key sent 50 times at once with the one order', async () => {
    const { register, charge, order, balance, stock } = customers;
    await register('wanted', 700, 5);
    await charge('impatient', 5_000);

    const replies = await Promise.all(times(50, () => order('impatient', [{ productId: 'wanted', quantity: 2 }], 'the-one-key')));

    expect(byStatus(replies)).toEqual({ 201: 50 });
    expect(new Set(replies.map((reply) => JSON.stringify(reply.body))).size).toBe(1);
    expect(replies.filter(({ headers }) => headers['idempotent-replayed'] === 'true')).toHaveLength(49);
    expect(await balance('impatient')).toBe(5_000 - 1_400);
    expect(await stock('wanted')).toBe(3);
    expect(orderIn(await order('impatient', [{ productId: 'wanted', quantity: 2 }], 'the-one-key'))).toEqual(
      orderIn(replies[0] ?? { status: 0, headers: {}, body: undefined }),
    );
  });

  it('buys a cart once for two tabs that each ask twenty times at once, under a key of their own', async () => {
    const { register, charge, balance, stock } = customers;
    await register('carted', 700, 50);
    await charge('undecided', 50_000);
    await shop.call('POST', '/orders/cart', { body: { userId: 'undecided', productId: 'carted', quantity: 3 } });

    const replies = await Promise.all(
      times(40, async (index) => {
        const key = index % 2 === 0 ? 'this-tab' : 'that-tab';
        const headers = { 'idempotency-key': key };
        return { key, reply: await shop.call('POST', '/orders/cart/checkout', { body: { userId: 'undecided' }, headers }) };
      }),
    );

    const winner = replies.find(({ reply }) => reply.status === 201)?.key;
    const of = (wins: boolean) => replies.filter(({ key }) => (key === winner) === wins).map(({ reply }) => reply);
    expect([byStatus(of(true)), byStatus(of(false))]).toEqual([{ 201: 20 }, { 409: 20 }]);
    expect(new Set(of(true).map((reply) => orderIn(reply).orderId)).size).toBe(1);
    expect(new Set(of(false).map(codeIn))).toEqual(new Set(['CART_EMPTY']));
    expect([await balance('undecided'), await stock('carted')]).toEqual([50_000 - 2_100, 47]);
    expect((await shop.call('GET', '/orders/cart?userId=undecided')).body).toMatchObject({ items: [], totalQuantity: 0 });
  });

  it('shows every write in the strong read that follows it', async () => {
    const { register, charge, order, balance, stock } = customers;
    await register('watched', 1, 1_000);
    await Promise.all(
      times(20, async (buyer) => {
        const userId = `watcher-${buyer}`;
        await charge(userId, 100);
        for (let bought = 1; bought <= 20; bought += 1) {
          orderIn(await order(userId, [{ productId: 'watched', quantity: 1 }]));
          expect(await balance(userId)).toBe(100 - bought);
          expect(await stock('watched')).toBeLessThanOrEqual(1_000 - bought);
        }
      }),
    );
    expect(await stock('watched')).toBe(600);
  });

  it('leaves nothing behind that an audit would find', async () => {
    const { verdict, findings, undecided } = await settledAudit(shop.folder);
    expect({ verdict, findings, undecided }).toEqual({ verdict: 'clean', findings: [], undecided: [] });
  }, 60_000);
});
