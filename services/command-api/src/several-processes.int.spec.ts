import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { EventStore } from '@shop/event-store';
import { openEmbeddedEventStore } from '@shop/event-store/embedded';
import { openCounter, orderIdOf, type Counter } from './testing/shop-counter.js';

/** Three command-apis, each with its own writers and caches, on one event store. */
let eventStore: EventStore;
let shops: readonly [Counter, Counter, Counter];
const openShops = async (staged: boolean) => {
  const store = await openEmbeddedEventStore({ inMemory: true });
  eventStore = store;
  const open = (name: string) => openCounter({ eventStore, staging: staged ? store.staging : undefined, name });
  shops = [await open('one'), await open('two'), await open('three')];
};
afterEach(async () => {
  for (const shop of shops) await shop.close();
  await eventStore.close();
});

const taking = (index: number): Counter => shops[index % 3] ?? shops[0];
const register = (productId: string, stock: number) =>
  shops[0].call().post('/products').send({ productId, name: productId, price: 1_000, stock }).expect(201);
const charge = (userId: string, amount = 100_000) =>
  taking(userId.length).call().post('/balance/charge').send({ userId, amount }).expect(200);
const order = (index: number, userId: string, productIds: readonly string[], key?: string) => {
  const call = taking(index).call().post('/orders');
  const items = productIds.map((productId) => ({ productId, quantity: 1 }));
  return (key === undefined ? call : call.set('Idempotency-Key', key)).send({ userId, items });
};

/** Time for those that wait for each other: the clocks stand still unless somebody moves them. */
const withTime = async <Result>(work: PromiseLike<Result>): Promise<Result> => {
  let done = false;
  const finished = Promise.resolve(work).finally(() => {
    done = true;
  });
  while (!done) await Promise.all(shops.map(({ clock }) => clock.advance(5)));
  return finished;
};
/** What they finish on the way out may meet the others' appends, and then takes time. */
const stopAll = () => withTime(Promise.all(shops.map(({ service }) => service.stop())));
const stockOf = async (productId: string): Promise<number | undefined> => {
  const event = (await shops[0].events(`product-${productId}`)).at(-1);
  return event && 'available' in event.data ? event.data.available : undefined;
};

describe.each([
  { log: 'one log', staged: false },
  { log: 'one log that stages their appends', staged: true },
])('Three processes on $log', ({ staged }) => {
  beforeEach(() => openShops(staged));

  it('100 buyers of the last 10 units: exactly 10 are paid, and no won is lost', async () => {
    await register('mug', 10);
    const buyers = Array.from({ length: 100 }, (_, index) => `buyer-${index}`);
    for (const buyer of buyers) await charge(buyer, 1_000);
    const answers = await withTime(Promise.all(buyers.map((buyer, index) => order(index, buyer, ['mug']))));
    const paid = answers.filter(({ status }) => status === 201);
    expect(paid).toHaveLength(10);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201, 409]));
    await stopAll();
    expect(await stockOf('mug')).toBe(0);
    const wallets = await Promise.all(buyers.map((buyer) => shops[0].types(`wallet-${buyer}`)));
    expect(wallets.filter((types) => types.includes('OrderPaid'))).toHaveLength(10);
    expect((await shops[0].types('product-mug')).filter((type) => type === 'StockReserved')).toHaveLength(
      10 + (await shops[0].types('product-mug')).filter((type) => type === 'StockReleased').length,
    );
  });

  it('one key fifty times at once: one order, fifty equal answers, one stock taken', async () => {
    await register('mug', 60);
    await register('pen', 60);
    await charge('ann');
    const answers = await withTime(Promise.all(Array.from({ length: 50 }, (_, index) => order(index, 'ann', ['mug', 'pen'], 'k'))));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 50 }, () => 201));
    const [first] = answers;
    for (const answer of answers) expect(answer.body).toEqual(first?.body);
    expect(new Set(answers.map(orderIdOf)).size).toBe(1);
    await stopAll();
    expect([await stockOf('mug'), await stockOf('pen')]).toEqual([59, 59]);
    expect(await shops[0].types('wallet-ann')).toEqual(['WalletCharged', 'OrderPaid']);
  });

  it('a price set here and set back there: "that is the price already" is never said from an old cache', async () => {
    await register('mug', 5);
    const price = (index: number, amount: number) => taking(index).call().patch('/products/mug').send({ price: amount }).expect(200);
    await price(1, 1_000); // process two knows 1,000
    await price(0, 2_000);
    const back = await withTime(price(1, 1_000));
    expect(back.body).toMatchObject({ price: 1_000, revision: 3 });
    expect(await shops[0].types('product-mug')).toEqual(['ProductRegistered', 'ProductRepriced', 'ProductRepriced']);
    await charge('ann');
    expect((await withTime(order(2, 'ann', ['mug']).expect(201))).body).toMatchObject({ totalAmount: 1_000 });
  });

  it('a refusal is never answered from an old cache: charged there, ordered here', async () => {
    await register('mug', 0);
    await order(0, 'ann', ['mug']).expect(409);
    const delivery = { delta: 1, reason: 'delivery' };
    await withTime(shops[1].call().post('/products/mug/stock-adjustments').send(delivery).expect(200));
    await withTime(order(0, 'ann', ['mug']).expect(402));
    await withTime(shops[2].call().post('/balance/charge').send({ userId: 'ann', amount: 1_000 }).expect(200));
    await withTime(order(0, 'ann', ['mug']).expect(201));
    await withTime(order(1, 'ann', ['mug']).expect(409));
  });

  it('a cart filled here is bought there, and the same key answers here', async () => {
    await register('mug', 5);
    await charge('ann');
    const add = (quantity: number) => shops[0].call().post('/orders/cart').send({ userId: 'ann', productId: 'mug', quantity }).expect(200);
    await add(2);
    const buy = (index: number) => taking(index).call().post('/orders/cart/checkout').set('Idempotency-Key', 'k').send({ userId: 'ann' }); // prettier-ignore
    const bought = await buy(1).expect(201);
    expect((await buy(2).expect(201)).body).toEqual(bought.body);
    const cart = await withTime(add(1));
    expect(cart.body).toMatchObject({ totalQuantity: 1 });
  });
});
