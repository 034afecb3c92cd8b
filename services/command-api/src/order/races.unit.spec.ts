import { beforeEach, describe, expect, it } from '@jest/globals';
import type { EventStore } from '@shop/event-store';
import { faultyEventStore } from '../testing/faulty-event-store.js';
import { dies, once } from '../testing/interruptions.js';
import { memoryEventStore } from '../testing/memory-event-store.js';
import { seededRandom } from '@shop/clock';
import { eventsIn, shopProcess, toDoIn, type ProcessOptions, type ShopProcess } from '../testing/shop-process.js';
import { virtualClock } from '../testing/virtual-clock.js';

let eventStore: EventStore;
let clock: ReturnType<typeof virtualClock>;
beforeEach(() => {
  eventStore = memoryEventStore();
  clock = virtualClock();
});

const started = (name: string, options: Partial<ProcessOptions> = {}): Promise<ShopProcess> =>
  shopProcess({ eventStore, clock, random: seededRandom(name.length), name, ...options });
const stocked = async (stock: Readonly<Record<string, number>>, options: Partial<ProcessOptions> = {}): Promise<ShopProcess> => {
  const shop = await started('one', options);
  for (const [productId, units] of Object.entries(stock)) await shop.register(productId, { stock: units });
  await shop.charge('ann', 100_000);
  await shop.charge('bob', 100_000);
  return shop;
};
const one = (...productIds: string[]) => productIds.map((productId) => ({ productId, quantity: 1 }));
const count = async (type: string): Promise<number> => (await eventsIn(eventStore, (event) => event.type === type)).length;
const paid = (answer: Awaited<ReturnType<ShopProcess['placeOrder']>>) => {
  if (answer.outcome === 'refused') throw new Error(`refused: ${answer.refusal.type}`);
  return answer.order;
};
/** One after the other, from the start again after the last. */
const taking = <Item>(items: readonly [Item, ...Item[]], index: number): Item => items[index % items.length] ?? items[0];

describe('Two executions of one order', () => {
  it('pay once and answer the same, and the loser keeps no stock', async () => {
    const shop = await stocked({ mug: 10, pen: 10 });
    const twin = await started('twin');
    const answers = await Promise.all([
      shop.placeOrder('ann', one('mug', 'pen'), { key: 'k' }),
      twin.placeOrder('ann', one('pen', 'mug'), { key: 'k' }),
    ]);
    expect(answers.map(({ outcome }) => outcome).sort()).toEqual(['paid', 'repeated']);
    const [first, second] = answers.map(paid);
    expect(second).toEqual(first);
    await Promise.all([shop.settled(), twin.settled()]);
    expect(await toDoIn(eventStore)).toEqual([]);
    expect([await shop.stock('mug'), await shop.stock('pen'), await count('OrderPaid')]).toEqual([9, 9, 1]);
  });

  it('never say "sold out" because of each other: the one without the last unit waits for the other and answers its order', async () => {
    const shop = await stocked({ mug: 1 });
    const twin = await started('twin');
    const slow = await started('slow', {
      before: once('PayOrder', async () => {
        await clock.sleep(1_000);
      }),
    });
    const first = slow.placeOrder('ann', one('mug'), { key: 'k' });
    await clock.sleep(10);
    const second = await twin.placeOrder('ann', one('mug'), { key: 'k' });
    expect(second.outcome).toBe('repeated');
    expect(paid(second)).toEqual(paid(await first));
    await slow.settled();
    expect([await shop.stock('mug'), await count('OrderPaid')]).toEqual([0, 1]);
    expect(await toDoIn(eventStore)).toEqual([]);
  });

  it('are told that the key is in use where the other holds the last unit up to the deadline', async () => {
    await stocked({ mug: 1 });
    const dead = await started('dead', { before: once('PayOrder', dies) });
    void dead.placeOrder('ann', one('mug'), { key: 'k' });
    await clock.sleep(10);
    const twin = await started('twin');
    await expect(twin.placeOrder('ann', one('mug'), { key: 'k' })).rejects.toMatchObject({ code: 'IDEMPOTENCY_KEY_IN_USE' });
    expect(twin.recorded).toEqual([]);
  });

  it('a stranger is told at once that the last unit is gone', async () => {
    await stocked({ mug: 1 });
    const dead = await started('dead', { before: once('PayOrder', dies) });
    void dead.placeOrder('ann', one('mug'), { key: 'k' });
    await clock.sleep(10);
    const other = await started('other');
    expect(await other.placeOrder('bob', one('mug'), { key: 'k' })).toMatchObject({
      outcome: 'refused',
      refusal: { type: 'InsufficientStock' },
    });
  });

  it('a refusal for another reason, too, is answered only after a last look at the wallet', async () => {
    const shop = await stocked({ mug: 1 });
    const twin = await started('twin');
    // The twin buys the last unit after this execution has looked at the wallet, and before it looks at the product.
    const buysFirst = async function* (stream: string, from: number) {
      if (stream === 'product-mug') await bought();
      yield* eventStore.readStream(stream, from);
    };
    let purchase: Promise<unknown> | undefined;
    const bought = () => (purchase ??= twin.placeOrder('ann', one('mug'), { key: 'k' }).then(twin.settled));
    const unlucky = await started('unlucky', { eventStore: { ...eventStore, readStream: buysFirst } });
    const answer = await unlucky.placeOrder('ann', one('mug'), { key: 'k' });
    expect(answer.outcome).toBe('repeated');
    await twin.settled();
    expect([await shop.stock('mug'), await count('OrderPaid')]).toEqual([0, 1]);
  });

  it('one key fifty times at once, over three processes: one order, fifty equal answers', async () => {
    const shop = await stocked({ mug: 60, pen: 60 });
    const processes = [shop, await started('two'), await started('three')] as const;
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) => taking(processes, index).placeOrder('ann', one('mug', 'pen'), { key: 'k' })),
    );
    const orders = answers.map(paid);
    for (const order of orders) expect(order).toEqual(orders[0]);
    expect(answers.filter((answer) => answer.outcome === 'paid')).toHaveLength(1);
    await Promise.all(processes.map(({ settled }) => settled()));
    expect(await toDoIn(eventStore)).toEqual([]);
    expect([await shop.stock('mug'), await shop.stock('pen'), await count('OrderPaid')]).toEqual([59, 59, 1]);
  });
});

describe('The sweeper against a checkout', () => {
  it('that is slow: once voided it is never paid, and its order may run again under the same key', async () => {
    const shop = await stocked({ mug: 1 });
    const sweeping = await started('sweeping');
    const slow = await started('slow', {
      before: once('PayOrder', async () => sweeping.recover(await toDoIn(eventStore))),
    });
    expect(await slow.placeOrder('ann', one('mug'), { key: 'k' })).toEqual({ outcome: 'refused', refusal: { type: 'CheckoutVoided' } });
    expect(await shop.stock('mug')).toBe(1);
    expect((await slow.placeOrder('ann', one('mug'), { key: 'k' })).outcome).toBe('paid');
    await slow.settled();
  });

  it('that was paid just before: it finds the order paid and sells', async () => {
    const shop = await stocked({ mug: 1 });
    const due: Awaited<ReturnType<typeof toDoIn>>[number][] = [];
    const slow = await started('slow', {
      before: once('PayOrder', async () => {
        due.push(...(await toDoIn(eventStore)));
      }),
      after: once('PayOrder', dies),
    });
    void slow.placeOrder('ann', one('mug'));
    await clock.sleep(10);
    await shop.recover(due);
    expect(await count('CheckoutVoided')).toBe(0);
    expect(await toDoIn(eventStore)).toEqual([]);
    expect(await shop.stock('mug')).toBe(0);
  });

  it('whose payment overtakes the void: the void is refused and the stock is sold', async () => {
    const shop = await stocked({ mug: 1 });
    const slow = await started('slow', { before: once('PayOrder', () => payNow), after: once('PayOrder', dies) });
    let pay = (): void => undefined;
    const payNow = new Promise<void>((resolve) => {
      pay = resolve;
    });
    void slow.placeOrder('ann', one('mug'));
    await clock.sleep(10);
    const sweeping = await started('sweeping', {
      before: once('VoidCheckout', async () => {
        pay();
        await clock.sleep(10);
      }),
    });
    await sweeping.recover(await toDoIn(eventStore));
    expect(sweeping.recorded.map(({ command }) => command.type)).toEqual(['VoidCheckout', 'SellStock']);
    expect([await count('OrderPaid'), await count('CheckoutVoided'), await shop.stock('mug')]).toEqual([1, 0, 0]);
    expect(await toDoIn(eventStore)).toEqual([]);
  });

  it('with the payment landing after the client was told "unknown": sold if it lands before the void, never after it', async () => {
    const shop = await stocked({ mug: 2 });
    const store = faultyEventStore(eventStore, {
      append: ({ stream, events }) => (stream === 'wallet-ann' && events[0]?.type === 'OrderPaid' ? { fault: 'lands-late' } : undefined),
    });
    const unlucky = await started('unlucky', { eventStore: store });
    await expect(unlucky.placeOrder('ann', one('mug'))).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
    expect(await toDoIn(eventStore)).toHaveLength(1);
    await shop.recover(await toDoIn(eventStore));
    await store.landLate();
    expect([await count('OrderPaid'), await count('CheckoutVoided'), await shop.stock('mug'), await shop.balance('ann')]).toEqual([
      0, 1, 2, 100_000,
    ]);

    await expect(unlucky.placeOrder('ann', one('mug'))).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
    await store.landLate();
    await shop.recover(await toDoIn(eventStore));
    expect([await count('OrderPaid'), await count('CheckoutVoided'), await shop.stock('mug'), await shop.balance('ann')]).toEqual([
      1, 1, 1, 99_000,
    ]);
    expect(await toDoIn(eventStore)).toEqual([]);
  });

  it('whose reservation lands after it was voided: it shows as open again and is released again', async () => {
    const shop = await stocked({ mug: 1, pen: 1 });
    const store = faultyEventStore(eventStore, {
      append: ({ stream, events }) =>
        stream === 'product-pen' && events[0]?.type === 'StockReserved' ? { fault: 'lands-late' } : undefined,
    });
    const unlucky = await started('unlucky', { eventStore: store });
    await expect(unlucky.placeOrder('ann', one('mug', 'pen'))).rejects.toMatchObject({ code: 'EVENT_STORE_UNAVAILABLE' });
    await store.landLate();
    expect(await toDoIn(eventStore)).toHaveLength(1);
    await shop.recover(await toDoIn(eventStore));
    expect(await toDoIn(eventStore)).toEqual([]);
    expect([await shop.stock('mug'), await shop.stock('pen')]).toEqual([1, 1]);
  });

  it('owner and two sweepers at once: each step stands once in the log', async () => {
    const shop = await stocked({ mug: 5, pen: 5 });
    const sweepers = [await started('first sweeper'), await started('second sweeper')];
    const order = paid(await shop.placeOrder('ann', one('mug', 'pen')));
    const open = await toDoIn(eventStore);
    await Promise.all([shop.settled(), ...sweepers.map((sweeper) => sweeper.recover(open))]);
    expect(await count('StockSold')).toBe(2);
    await shop.cancelOrder('ann', order.orderId);
    const returns = await toDoIn(eventStore);
    await Promise.all([shop.settled(), ...sweepers.map((sweeper) => sweeper.recover(returns))]);
    expect(await count('StockReturned')).toBe(2);
    expect([await shop.stock('mug'), await shop.stock('pen'), await shop.balance('ann')]).toEqual([5, 5, 100_000]);
  });

  it('releases what a dead twin of a paid order still holds, without a void', async () => {
    const shop = await stocked({ mug: 5 });
    const dead = await started('dead', { before: once('PayOrder', dies) });
    void dead.placeOrder('ann', one('mug'), { key: 'k' });
    await clock.sleep(10);
    const left = await toDoIn(eventStore);
    await shop.placeOrder('ann', one('mug'), { key: 'k' });
    await shop.recover(left);
    expect([await count('CheckoutVoided'), await count('StockReleased'), await shop.stock('mug')]).toEqual([0, 1, 4]);
    await shop.settled();
  });

  it('settling a paid order releases what its dead twin holds', async () => {
    const shop = await stocked({ mug: 5 });
    const dead = await started('dead', { before: once('PayOrder', dies) });
    void dead.placeOrder('ann', one('mug'), { key: 'k' });
    await clock.sleep(10);
    await shop.placeOrder('ann', one('mug'), { key: 'k' });
    await shop.settled();
    expect(await toDoIn(eventStore)).toEqual([]);
    expect(await shop.stock('mug')).toBe(4);
  });
});

describe('Cancelling', () => {
  it('overtakes the sale: the stock comes back once, and the sale that comes late books nothing', async () => {
    const shop = await stocked({ mug: 5 });
    const order = paid(await shop.placeOrder('ann', one('mug')));
    const cancelled = await shop.cancelOrder('ann', order.orderId, 'changed my mind');
    expect(cancelled).toMatchObject({
      outcome: 'accepted',
      cancelled: { refundAmount: 1_000, balance: 100_000, reason: 'changed my mind' },
    });
    await clock.sleep(1); // less than sales are gathered for
    await shop.settled();
    expect([await count('StockReturned'), await count('StockSold'), await shop.stock('mug')]).toEqual([1, 0, 5]);
    expect(await toDoIn(eventStore)).toEqual([]);
  });

  it('twice at once: one refund, one return, and the second answers as the first', async () => {
    const shop = await stocked({ mug: 5 });
    const other = await started('other');
    const order = paid(await shop.placeOrder('ann', one('mug')));
    await shop.settled();
    const [first, second] = await Promise.all([shop.cancelOrder('ann', order.orderId), other.cancelOrder('ann', order.orderId)]);
    if (first.outcome === 'refused' || second.outcome === 'refused') throw new Error('refused');
    expect(second.cancelled).toEqual(first.cancelled);
    await Promise.all([shop.settled(), other.settled()]);
    expect([await count('OrderCancelled'), await count('StockReturned'), await shop.balance('ann'), await shop.stock('mug')]).toEqual([
      1, 1, 100_000, 5,
    ]);
  });

  it.each([
    ['the sale', 0, 5, 1],
    ['the return', 5, 0, 0],
  ])('meets the sale in another process: the stock comes back once where %s is booked first', async (_, saleMs, returnMs, sales) => {
    const shop = await stocked({ mug: 5 }, { before: once('SellStock', () => clock.sleep(saleMs)), settings: { SETTLE_EVERY_MS: '0' } });
    const canceller = await started('canceller', { before: once('ReturnStock', () => clock.sleep(returnMs)) });
    const order = paid(await shop.placeOrder('ann', one('mug')));
    await canceller.cancelOrder('ann', order.orderId);
    await Promise.all([shop.settled(), canceller.settled()]);
    expect([await count('StockSold'), await count('StockReturned')]).toEqual([sales, 1]);
    expect([await shop.stock('mug'), await shop.balance('ann')]).toEqual([5, 100_000]);
    expect(await toDoIn(eventStore)).toEqual([]);
  });

  it('with unknown outcome: one refund, whether it had landed or lands when the next try has, and one answer', async () => {
    for (const fault of ['unknown', 'lands-late'] as const) {
      eventStore = memoryEventStore();
      const shop = await stocked({ mug: 5 });
      const store = faultyEventStore(eventStore, {
        append: ({ events }) => {
          if (events[0]?.type !== 'OrderCancelled') return undefined;
          return fault === 'unknown' ? { fault, written: true } : { fault };
        },
      });
      const unlucky = await started('unlucky', { eventStore: store });
      const order = paid(await shop.placeOrder('ann', one('mug')));
      await shop.settled();
      await expect(unlucky.cancelOrder('ann', order.orderId)).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
      const first = await shop.cancelOrder('ann', order.orderId);
      await store.landLate();
      const second = await shop.cancelOrder('ann', order.orderId);
      if (first.outcome === 'refused' || second.outcome === 'refused') throw new Error('refused');
      expect(second.cancelled).toEqual(first.cancelled);
      await Promise.all([shop.settled(), unlucky.settled()]);
      await shop.recover(await toDoIn(eventStore));
      expect([await count('OrderCancelled'), await count('StockReturned'), await shop.balance('ann'), await shop.stock('mug')]).toEqual([
        1, 1, 100_000, 5,
      ]);
    }
  });

  it('a crash before the stock is back: the sweeper gives it back once', async () => {
    const shop = await stocked({ mug: 5 });
    const dead = await started('dead', { before: once('ReturnStock', dies) });
    const order = paid(await shop.placeOrder('ann', one('mug')));
    await shop.settled();
    await dead.cancelOrder('ann', order.orderId);
    await clock.sleep(10);
    const due = await toDoIn(eventStore);
    expect(due).toHaveLength(1);
    await shop.recover(due);
    await shop.recover(due);
    expect([await count('StockReturned'), await shop.stock('mug')]).toEqual([1, 5]);
  });

  it('is refused for an order that is not the buyer’s, and after the window', async () => {
    const shop = await stocked({ mug: 5 });
    const order = paid(await shop.placeOrder('ann', one('mug')));
    expect(await shop.cancelOrder('bob', order.orderId)).toEqual({ outcome: 'refused', refusal: { type: 'OrderNotFound' } });
    const late = await started('late', { settings: { CANCEL_WINDOW_HOURS: '0' } });
    await clock.sleep(1);
    expect(await late.cancelOrder('ann', order.orderId)).toEqual({
      outcome: 'refused',
      refusal: { type: 'OrderNotCancellable', cancellableUntil: order.occurredAt },
    });
    await shop.settled();
  });
});

describe('Baskets that want the same', () => {
  it('two baskets, opposite orders, one of each left: one buys both, the other is refused', async () => {
    for (let seed = 0; seed < 50; seed += 1) {
      eventStore = memoryEventStore();
      const shop = await stocked({ mug: 1, pen: 1 }, { random: seededRandom(seed) });
      const other = await started('other', { random: seededRandom(seed + 1_000) });
      const answers = await Promise.all([shop.placeOrder('ann', one('mug', 'pen')), other.placeOrder('bob', one('pen', 'mug'))]);
      expect(answers.map(({ outcome }) => outcome).sort()).toEqual(['paid', 'refused']);
      await Promise.all([shop.settled(), other.settled()]);
      expect(await toDoIn(eventStore)).toEqual([]);
    }
  });

  it('300 baskets of the same three products in opposite orders, 150 of each: exactly 150 are paid and nothing is left', async () => {
    const shop = await stocked({ cup: 150, mug: 150, pen: 150 });
    const processes = [shop, await started('two'), await started('three')] as const;
    const buyers = Array.from({ length: 300 }, (_, index) => `buyer-${index}`);
    await Promise.all(buyers.map((buyer) => shop.charge(buyer, 3_000)));
    const orders = [one('cup', 'mug', 'pen'), one('pen', 'mug', 'cup'), one('mug', 'cup', 'pen')] as const;
    const answers = await Promise.all(buyers.map((buyer, index) => taking(processes, index).placeOrder(buyer, taking(orders, index >> 1))));
    expect(answers.filter((answer) => answer.outcome === 'paid')).toHaveLength(150);
    expect(new Set(answers.map((answer) => (answer.outcome === 'refused' ? answer.refusal.type : 'paid')))).toEqual(
      new Set(['paid', 'InsufficientStock']),
    );
    await Promise.all(processes.map(({ settled }) => settled()));
    expect(await toDoIn(eventStore)).toEqual([]);
    expect([await shop.stock('cup'), await shop.stock('mug'), await shop.stock('pen')]).toEqual([0, 0, 0]);
  });

  it('where strangers hold the stock up to the deadline the answer is "try again", not "sold out"', async () => {
    await stocked({ mug: 1, pen: 1 });
    const stranger = { reservationId: 'c:pen', checkoutId: 'c', orderId: 'o', userId: 'bob', quantity: 1 };
    const pen = () => ({ productId: 'pen', occurredAt: clock.now().toISOString() });
    // Somebody takes the pen each time before this execution gets to it, and puts it back right after.
    const contended = await started('contended', {
      before: async ({ stream, command }) => {
        if (stream === 'product-pen' && command.type === 'ReserveStock')
          await contended.tell.product('pen', { type: 'ReserveStock', ...pen(), ...stranger });
      },
      after: async ({ stream, command }) => {
        if (stream === 'product-pen' && command.type === 'ReserveStock')
          await contended.tell.product('pen', { type: 'ReleaseStock', ...pen(), reservationId: 'c:pen' });
        await clock.sleep(50);
      },
    });
    const began = clock.monotonic();
    await expect(contended.placeOrder('ann', one('mug', 'pen'))).rejects.toMatchObject({ code: 'WRITE_CONTENTION' });
    expect(clock.monotonic() - began).toBeLessThan(10_000);
    expect(contended.recorded.length).toBeGreaterThan(20);
    expect((await toDoIn(eventStore)).filter(({ userId }) => userId === 'ann')).toEqual([]);
  });
});
