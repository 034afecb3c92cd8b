import { beforeEach, describe, expect, it } from '@jest/globals';
import { Problem } from '@shop/http';
import type { EventStore } from '@shop/event-store';
import { faultyEventStore } from '../testing/faulty-event-store.js';
import { memoryEventStore } from '../testing/memory-event-store.js';
import { eventsIn, shopProcess, toDoIn, type Interruption, type ProcessOptions, type ShopProcess } from '../testing/shop-process.js';
import { virtualClock } from '../testing/virtual-clock.js';

let eventStore: EventStore;
let clock: ReturnType<typeof virtualClock>;
beforeEach(() => {
  eventStore = memoryEventStore();
  clock = virtualClock();
});

const open = async (options: Omit<Partial<ProcessOptions>, 'eventStore' | 'clock'> = {}): Promise<ShopProcess> => {
  const process = await shopProcess({ eventStore, clock, ...options });
  await process.register('mug', { price: 1_000, stock: 5 });
  await process.register('pen', { price: 300, stock: 5 });
  await process.charge('ann', 10_000);
  return process;
};
const basket = [
  { productId: 'mug', quantity: 2 },
  { productId: 'pen', quantity: 1 },
];
const steps = ({ recorded }: ShopProcess): string[] => recorded.map(({ stream, command }) => `${command.type} ${stream}`);
const typesIn = async (stream: string): Promise<string[]> => {
  const types: string[] = [];
  for await (const page of eventStore.readStream(stream, 0)) types.push(...page.map(({ type }) => type));
  return types;
};
/** Runs `once` before the first command of this type; the others of that type wait for it too. */
const beforeFirst = (type: string, once: Interruption): Interruption => {
  let ran: Promise<void> | undefined;
  return (recorded) => {
    if (recorded.command.type !== type) return;
    ran ??= (async () => once(recorded))();
    return ran;
  };
};

describe('An order of two products', () => {
  it('reserves each, pays once, and afterwards sells each: these commands and no others', async () => {
    const shop = await open();
    const answer = await shop.placeOrder('ann', basket, { key: 'k1' });
    await shop.settled();
    expect(answer).toMatchObject({ outcome: 'paid', order: { userId: 'ann', totalAmount: 2_300, balance: 7_700 } });
    if (answer.outcome !== 'paid') throw new Error('not paid');
    const { orderId: id, checkoutId, requestHash, occurredAt } = answer.order;
    const reserved = (productId: string, quantity: number) => ({
      stream: `product-${productId}`,
      command: {
        type: 'ReserveStock',
        productId,
        quantity,
        reservationId: `${checkoutId}:${productId}`,
        checkoutId,
        orderId: id,
        userId: 'ann',
        occurredAt,
      },
    });
    const sold = (productId: string) => ({
      stream: `product-${productId}`,
      command: { type: 'SellStock', productId, reservationIds: [`${checkoutId}:${productId}`], occurredAt: expect.any(String) },
    });
    const lines = [
      { productId: 'mug', name: 'Product mug', unitPrice: 1_000, quantity: 2 },
      { productId: 'pen', name: 'Product pen', unitPrice: 300, quantity: 1 },
    ];
    expect(shop.recorded).toEqual([
      reserved('mug', 2),
      reserved('pen', 1),
      {
        stream: 'wallet-ann',
        command: { type: 'PayOrder', userId: 'ann', orderId: id, checkoutId, requestHash, lines, totalAmount: 2_300, occurredAt },
      },
      sold('mug'),
      sold('pen'),
    ]);
    expect([await shop.stock('mug'), await shop.stock('pen'), await shop.balance('ann')]).toEqual([3, 4, 7_700]);
    expect(await toDoIn(eventStore)).toEqual([]);
  });

  it('is answered before its stock is booked as sold', async () => {
    const shop = await open();
    await shop.placeOrder('ann', basket);
    expect(steps(shop)).toEqual(['ReserveStock product-mug', 'ReserveStock product-pen', 'PayOrder wallet-ann']);
    await shop.settled();
  });

  it('sums two lines of one product, so they cannot pass one by one', async () => {
    const shop = await open();
    const answer = await shop.placeOrder('ann', [
      { productId: 'mug', quantity: 3 },
      { productId: 'mug', quantity: 3 },
    ]);
    expect(answer).toEqual({
      outcome: 'refused',
      refusal: { type: 'InsufficientStock', items: [{ productId: 'mug', requested: 6, stock: 5 }] },
    });
    expect(shop.recorded).toEqual([]);
  });

  it('sells the reservations of many orders of one product by one command', async () => {
    const shop = await open();
    await Promise.all([1, 2, 3, 4].map(() => shop.placeOrder('ann', [{ productId: 'mug', quantity: 1 }])));
    await shop.settled();
    expect(shop.recorded.filter(({ command }) => command.type === 'SellStock')).toHaveLength(1);
    expect((await typesIn('product-mug')).filter((type) => type === 'StockSold')).toHaveLength(1);
    expect(await toDoIn(eventStore)).toEqual([]);
  });
});

describe('An order that is refused at the first look', () => {
  const refusals: [string, Parameters<ShopProcess['placeOrder']>, object][] = [
    ['names every unknown product', ['ann', [{ productId: 'no-1', quantity: 1 }, ...basket, { productId: 'no-2', quantity: 1 }]], { type: 'ProductNotFound', productIds: ['no-1', 'no-2'] }],
    ['names every product that is short', ['ann', [{ productId: 'mug', quantity: 6 }, { productId: 'pen', quantity: 7 }]], { type: 'InsufficientStock', items: [{ productId: 'mug', requested: 6, stock: 5 }, { productId: 'pen', requested: 7, stock: 5 }] }],
    ['says what it would cost instead', ['ann', basket, { expectedTotal: 2_000 }], { type: 'PriceChanged', expectedTotal: 2_000, actualTotal: 2_300, items: [{ productId: 'mug', unitPrice: 1_000, quantity: 2 }, { productId: 'pen', unitPrice: 300, quantity: 1 }] }],
    ['says what is missing in the wallet', ['bob', basket], { type: 'InsufficientBalance', required: 2_300, balance: 0 }],
  ]; // prettier-ignore
  it.each(refusals)('%s and writes nothing', async (_title, order, refusal) => {
    const shop = await open();
    expect(await shop.placeOrder(...order)).toEqual({ outcome: 'refused', refusal });
    expect(shop.recorded).toEqual([]);
  });

  it('names every archived product before it looks at the stock', async () => {
    const shop = await open();
    const occurredAt = clock.now().toISOString();
    await shop.tell.product('mug', { type: 'ArchiveProduct', productId: 'mug', occurredAt });
    const answer = await shop.placeOrder('ann', [{ productId: 'mug', quantity: 9 }, { productId: 'pen', quantity: 9 }]); // prettier-ignore
    expect(answer).toEqual({ outcome: 'refused', refusal: { type: 'ProductArchived', productIds: ['mug'] } });
  });

  it('binds no key: charged, the same order under the same key goes through', async () => {
    const shop = await open();
    await shop.placeOrder('bob', basket, { key: 'k' });
    await shop.charge('bob', 5_000);
    expect(await shop.placeOrder('bob', basket, { key: 'k' })).toMatchObject({ outcome: 'paid' });
    await shop.settled();
  });
});

describe('An order that is refused on its way', () => {
  it('releases what it took when the last unit goes meanwhile, then looks again and refuses with empty hands', async () => {
    const other = await open({ name: 'other' });
    await other.charge('bob', 10_000);
    const shop = await shopProcess({
      eventStore,
      clock,
      before: beforeFirst('ReserveStock', async () => {
        await other.placeOrder('bob', [{ productId: 'pen', quantity: 5 }]);
      }),
    });
    const answer = await shop.placeOrder('ann', basket);
    expect(answer).toEqual({
      outcome: 'refused',
      refusal: { type: 'InsufficientStock', items: [{ productId: 'pen', requested: 1, stock: 0 }] },
    });
    expect(steps(shop)).toEqual(['ReserveStock product-mug', 'ReserveStock product-pen', 'ReleaseStock product-mug']);
    expect([await shop.stock('mug'), await shop.stock('pen')]).toEqual([5, 0]);
    await other.settled();
  });

  it('tries again, the product that said no first and the rest by id, once the stock is back', async () => {
    const other = await open({ name: 'other' });
    const reservation = { productId: 'pen', reservationId: 'c:pen', checkoutId: 'c', orderId: 'o', userId: 'bob', quantity: 5 };
    const occurredAt = clock.now().toISOString();
    await other.register('cup');
    const shop = await shopProcess({
      eventStore,
      clock,
      before: async ({ stream, command }) => {
        if (command.type === 'ReserveStock' && stream === 'product-mug' && shop.recorded.length < 4)
          await other.tell.product('pen', { type: 'ReserveStock', ...reservation, occurredAt });
        if (command.type === 'ReleaseStock' && stream === 'product-mug')
          await other.tell.product('pen', { type: 'ReleaseStock', productId: 'pen', reservationId: 'c:pen', occurredAt });
      },
    });
    const answer = await shop.placeOrder('ann', [...basket, { productId: 'cup', quantity: 1 }]);
    expect(answer).toMatchObject({ outcome: 'paid', order: { lines: [{ productId: 'mug' }, { productId: 'pen' }, { productId: 'cup' }] } });
    expect(steps(shop)).toEqual([
      'ReserveStock product-mug',
      'ReserveStock product-pen',
      'ReserveStock product-cup',
      'ReleaseStock product-mug',
      'ReleaseStock product-cup',
      'ReserveStock product-pen',
      'ReserveStock product-cup',
      'ReserveStock product-mug',
      'PayOrder wallet-ann',
    ]);
    const tries = shop.recorded.flatMap(({ command }) => (command.type === 'ReserveStock' ? [command.checkoutId] : []));
    expect(new Set(tries).size).toBe(2);
    await shop.settled();
  });

  it('tries again one product after the other: what comes after the one that says no once more is not taken', async () => {
    const other = await open({ name: 'other' });
    const pen = { productId: 'pen', occurredAt: clock.now().toISOString() };
    const taken = { reservationId: 'c:pen', checkoutId: 'c', orderId: 'o', userId: 'bob', quantity: 5 };
    let taking = 2;
    const shop = await shopProcess({
      eventStore,
      clock,
      before: async ({ stream, command }) => {
        if (command.type !== 'ReserveStock' || stream !== 'product-pen' || taking === 0) return;
        taking -= 1;
        await other.tell.product('pen', { type: 'ReserveStock', ...pen, ...taken });
      },
      after: async ({ stream, command }) => {
        if (command.type !== 'ReserveStock' || stream !== 'product-pen') return;
        await other.tell.product('pen', { type: 'ReleaseStock', ...pen, reservationId: 'c:pen' });
      },
    });
    expect(await shop.placeOrder('ann', basket)).toMatchObject({ outcome: 'paid' });
    expect(steps(shop)).toEqual([
      'ReserveStock product-mug',
      'ReserveStock product-pen',
      'ReleaseStock product-mug',
      'ReserveStock product-pen',
      'ReserveStock product-pen',
      'ReserveStock product-mug',
      'PayOrder wallet-ann',
    ]);
    await shop.settled();
  });

  it('gives everything back when the money was spent meanwhile', async () => {
    const other = await open({ name: 'other' });
    await other.charge('bob', 2_300);
    const shop = await shopProcess({
      eventStore,
      clock,
      before: beforeFirst('PayOrder', async () => {
        await other.placeOrder('bob', [{ productId: 'pen', quantity: 1 }]);
      }),
    });
    const answer = await shop.placeOrder('bob', basket);
    expect(answer).toEqual({ outcome: 'refused', refusal: { type: 'InsufficientBalance', required: 2_300, balance: 2_000 } });
    expect(steps(shop).slice(-2)).toEqual(['ReleaseStock product-mug', 'ReleaseStock product-pen']);
    await other.settled();
    expect(await toDoIn(eventStore)).toEqual([]);
    expect([await shop.stock('pen'), await shop.balance('bob')]).toEqual([4, 2_000]);
  });

  it('books each step at its own time, however long the one before it took', async () => {
    const times = async (stream: string, type: string) =>
      (await eventsIn(eventStore, (event) => event.type === type && JSON.stringify(event.data).includes(stream))).map(
        ({ data }) => Date.parse(data.occurredAt) - Date.parse('2026-01-05T03:04:05.678Z'),
      );
    const other = await open({ name: 'other' });
    const slow = await shopProcess({ eventStore, clock, name: 'slow', after: beforeFirst('ReserveStock', () => clock.sleep(2_000)) });
    await slow.placeOrder('ann', basket);
    expect([await times('mug', 'StockReserved'), await times('mug', 'OrderPaid')]).toEqual([[0], [2_000]]);
    await other.charge('bob', 2_300);
    const spent = beforeFirst('PayOrder', async () => {
      await clock.sleep(2_000);
      await other.placeOrder('bob', [{ productId: 'pen', quantity: 1 }]);
    });
    const began = clock.monotonic();
    await (await shopProcess({ eventStore, clock, name: 'refused', before: spent })).placeOrder('bob', basket);
    const [released] = await times('mug', 'StockReleased');
    expect(released).toBeGreaterThanOrEqual(began + 2_000);
  });

  it('charges the price it reserved at, whatever the shop does to the product before the payment', async () => {
    const shop = await open({
      before: beforeFirst('PayOrder', async () => {
        const occurredAt = clock.now().toISOString();
        await shop.tell.product('mug', { type: 'ChangeProduct', productId: 'mug', price: 9_000, occurredAt });
        await shop.tell.product('mug', { type: 'ArchiveProduct', productId: 'mug', occurredAt });
      }),
    });
    expect(await shop.placeOrder('ann', basket)).toMatchObject({ outcome: 'paid', order: { totalAmount: 2_300 } });
    await shop.settled();
    expect(await toDoIn(eventStore)).toEqual([]);
  });

  it('compares the expected total with the prices that were reserved', async () => {
    const shop = await open({
      before: beforeFirst('ReserveStock', async () => {
        await shop.tell.product('mug', { type: 'ChangeProduct', productId: 'mug', price: 900, occurredAt: clock.now().toISOString() });
      }),
    });
    const answer = await shop.placeOrder('ann', basket, { expectedTotal: 2_300 });
    expect(answer).toMatchObject({ outcome: 'refused', refusal: { type: 'PriceChanged', actualTotal: 2_100 } });
    expect(await toDoIn(eventStore)).toEqual([]);
    expect(await shop.balance('ann')).toBe(10_000);
  });

  it('is final when a product was archived meanwhile', async () => {
    const shop = await open({
      before: beforeFirst('ReserveStock', async () => {
        await shop.tell.product('pen', { type: 'ArchiveProduct', productId: 'pen', occurredAt: clock.now().toISOString() });
      }),
    });
    expect(await shop.placeOrder('ann', basket)).toEqual({ outcome: 'refused', refusal: { type: 'ProductArchived', productIds: ['pen'] } });
    expect(steps(shop)).toEqual(['ReserveStock product-mug', 'ReserveStock product-pen', 'ReleaseStock product-mug']);
  });

  it('is told that nothing was charged when the sweeper was faster than the payment', async () => {
    const shop = await open({
      before: beforeFirst('PayOrder', async () => shop.recover(await toDoIn(eventStore))),
    });
    expect(await shop.placeOrder('ann', basket)).toEqual({ outcome: 'refused', refusal: { type: 'CheckoutVoided' } });
    expect(await typesIn('wallet-ann')).toEqual(['WalletCharged', 'CheckoutVoided']);
    expect([await shop.stock('mug'), await shop.stock('pen'), await shop.balance('ann')]).toEqual([5, 5, 10_000]);
  });
});

describe('When the store does not answer', () => {
  const failing = (type: string, code: ConstructorParameters<typeof Problem>[0]): Interruption =>
    beforeFirst(type, () => {
      throw new Problem(code);
    });

  it('keeps everything reserved where the payment may have happened, and says which order it is about', async () => {
    const shop = await open({ before: failing('PayOrder', 'OUTCOME_UNKNOWN') });
    await expect(shop.placeOrder('ann', basket)).rejects.toMatchObject({
      code: 'OUTCOME_UNKNOWN',
      fields: { orderId: expect.any(String) },
    });
    expect(steps(shop)).toEqual(['ReserveStock product-mug', 'ReserveStock product-pen', 'PayOrder wallet-ann']);
    expect(await toDoIn(eventStore)).toHaveLength(2);
  });

  it.each(['OVERLOADED', 'WRITE_CONTENTION', 'EVENT_STORE_UNAVAILABLE'] as const)(
    'lets go of everything where the payment certainly did not happen (%s)',
    async (code) => {
      const shop = await open({ before: failing('PayOrder', code) });
      await expect(shop.placeOrder('ann', basket)).rejects.toMatchObject({ code });
      expect(await toDoIn(eventStore)).toEqual([]);
    },
  );

  it('lets go also of a reservation that may have happened, and says that there is no order', async () => {
    const shop = await open({
      after: ({ stream, command }) => {
        if (command.type === 'ReserveStock' && stream === 'product-mug') throw new Problem('OUTCOME_UNKNOWN');
      },
    });
    await expect(shop.placeOrder('ann', basket)).rejects.toMatchObject({ code: 'EVENT_STORE_UNAVAILABLE' });
    expect(await toDoIn(eventStore)).toEqual([]);
    expect(await typesIn('wallet-ann')).toEqual(['WalletCharged']);
  });

  it('answers within its time where letting go takes longer, and lets go all the same', async () => {
    let release = (): void => undefined;
    const stuck = new Promise<void>((resolve) => {
      release = resolve;
    });
    const shop = await open({
      before: async ({ command }) => {
        if (command.type === 'PayOrder') throw new Problem('OVERLOADED');
        if (command.type === 'ReleaseStock') await stuck;
      },
    });
    const began = clock.monotonic();
    await expect(shop.placeOrder('ann', basket)).rejects.toMatchObject({ code: 'EVENT_STORE_UNAVAILABLE' });
    expect(clock.monotonic() - began).toBeLessThan(10_000);
    release();
    await shop.settled();
    expect(await toDoIn(eventStore)).toEqual([]);
  });

  it('gives up early enough to let go before the deadline', async () => {
    const contended = faultyEventStore(eventStore, {
      append: ({ events }) => (events[0]?.type === 'OrderPaid' ? { fault: 'conflict' } : undefined),
    });
    const shop = await shopProcess({ eventStore: contended, clock });
    await shop.register('mug');
    await shop.charge('ann', 10_000);
    const began = clock.monotonic();
    await expect(shop.placeOrder('ann', [{ productId: 'mug', quantity: 1 }])).rejects.toMatchObject({ code: 'WRITE_CONTENTION' });
    expect(clock.monotonic() - began).toBeLessThan(10_000);
    expect(await toDoIn(eventStore)).toEqual([]);
    expect(await shop.balance('ann')).toBe(10_000);
  });

  it('answers an order that is paid although its sale could not be booked', async () => {
    let down = true;
    const shop = await open({
      before: ({ command }) => {
        if (down && command.type === 'SellStock') throw new Problem('EVENT_STORE_UNAVAILABLE');
      },
    });
    expect(await shop.placeOrder('ann', [{ productId: 'mug', quantity: 1 }])).toMatchObject({ outcome: 'paid' });
    await shop.settled();
    expect(await toDoIn(eventStore)).toHaveLength(1);
    down = false;
    await shop.recover(await toDoIn(eventStore));
    expect(await toDoIn(eventStore)).toEqual([]);
    expect(await shop.stock('mug')).toBe(4);
  });
});

describe('The same order again', () => {
  it('answers what happened then, even if it was cancelled since, and writes nothing', async () => {
    const shop = await open();
    const first = await shop.placeOrder('ann', basket, { key: 'k' });
    if (first.outcome !== 'paid') throw new Error('not paid');
    await shop.settled();
    await shop.cancelOrder('ann', first.order.orderId);
    await shop.settled();
    const before = await eventsIn(eventStore);
    expect(await shop.placeOrder('ann', [...basket].reverse(), { key: 'k' })).toMatchObject({ outcome: 'repeated', order: first.order });
    expect(await eventsIn(eventStore)).toEqual(before);
  });

  it('is refused where the key was for another basket', async () => {
    const shop = await open();
    await shop.placeOrder('ann', basket, { key: 'k' });
    const other = await shop.placeOrder('ann', [{ productId: 'mug', quantity: 1 }], { key: 'k' });
    expect(other).toEqual({ outcome: 'refused', refusal: { type: 'IdempotencyKeyReused' } });
    const total = await shop.placeOrder('ann', basket, { key: 'k', expectedTotal: 2_300 });
    expect(total).toEqual({ outcome: 'refused', refusal: { type: 'IdempotencyKeyReused' } });
    await shop.settled();
  });

  it('is another order for another user', async () => {
    const shop = await open();
    await shop.charge('bob', 10_000);
    await shop.placeOrder('ann', basket, { key: 'k' });
    expect(await shop.placeOrder('bob', basket, { key: 'k' })).toMatchObject({ outcome: 'paid', order: { userId: 'bob' } });
    await shop.settled();
  });
});

it('Two orders at once do not touch each other', async () => {
  const shop = await open();
  await shop.charge('bob', 10_000);
  const [ann, bob] = await Promise.all([
    shop.placeOrder('ann', [{ productId: 'mug', quantity: 1 }]),
    shop.placeOrder('bob', [{ productId: 'pen', quantity: 2 }]),
  ]);
  await shop.settled();
  if (ann.outcome !== 'paid' || bob.outcome !== 'paid') throw new Error('not paid');
  const about = (checkoutId: string) =>
    shop.recorded
      .filter(({ command }) => JSON.stringify(command).includes(`"${checkoutId}`))
      .map(({ stream, command }) => `${command.type} ${stream}`);
  expect(about(ann.order.checkoutId)).toEqual(['ReserveStock product-mug', 'PayOrder wallet-ann', 'SellStock product-mug']);
  expect(about(bob.order.checkoutId)).toEqual(['ReserveStock product-pen', 'PayOrder wallet-bob', 'SellStock product-pen']);
  expect(ann.order.orderId).not.toBe(bob.order.orderId);
});
