import { beforeEach, describe, expect, it } from '@jest/globals';
import { EventStoreUnavailableError, type EventStore } from '@shop/event-store';
import { dies } from '../testing/interruptions.js';
import { memoryEventStore } from '../testing/memory-event-store.js';
import { eventsIn, shopProcess, toDoIn, type Interruption, type ShopProcess } from '../testing/shop-process.js';
import { virtualClock } from '../testing/virtual-clock.js';

const diesAt =
  (type: string): Interruption =>
  ({ command }) =>
    command.type === type ? dies() : undefined;

let eventStore: EventStore;
let clock: ReturnType<typeof virtualClock>;
let killed: ShopProcess;
beforeEach(async () => {
  eventStore = memoryEventStore();
  clock = virtualClock();
  killed = await shopProcess({ eventStore, clock, name: 'killed', before: diesAt('SellStock') });
  await killed.register('mug');
  await killed.charge('ann', 100_000);
});
const one = [{ productId: 'mug', quantity: 1 }];
const buys = async (process = killed): Promise<void> => {
  expect(await process.placeOrder('ann', one)).toMatchObject({ outcome: 'paid' });
};
const afterwards = async () => (await eventsIn(eventStore)).map(({ type }) => type);

/** A process that has nothing in memory, and how it read wallets. */
const restarted = async (change: Partial<EventStore> = {}) => {
  const walletReads: string[] = [];
  const store: EventStore = {
    ...eventStore,
    readStream: (stream, from) => {
      if (stream.startsWith('wallet-')) walletReads.push('whole');
      return eventStore.readStream(stream, from);
    },
    readStreamBackwards: async (stream, from, most) => {
      walletReads.push('end');
      return eventStore.readStreamBackwards(stream, from, most);
    },
    ...change,
  };
  const process = await shopProcess({ eventStore: store, clock, name: 'restarted' });
  return { process, walletReads, recover: async () => process.recover(await toDoIn(eventStore)) };
};

describe('What a killed shop has sold', () => {
  it('is known from the end of the wallet, read once for all its checkouts', async () => {
    for (let times = 0; times < 20; times += 1) await killed.charge('ann', 1);
    await buys();
    await buys();
    const { recover, walletReads } = await restarted();
    await recover();
    expect((await afterwards()).slice(-2)).toEqual(['StockSold', 'StockSold']);
    expect(await toDoIn(eventStore)).toEqual([]);
    expect(walletReads).toEqual(['end']);
  });

  it('is booked too where the wallet has gone on for long', async () => {
    await buys();
    for (let times = 0; times < 20; times += 1) await killed.charge('ann', 1);
    const { recover, walletReads } = await restarted();
    await recover();
    expect((await afterwards()).at(-1)).toBe('StockSold');
    expect(walletReads).toEqual(['end', 'end', 'whole']);
  });

  it('is found a little further back where the customer has bought again and again', async () => {
    await buys();
    const next = await shopProcess({ eventStore, clock, name: 'next' });
    for (let times = 0; times < 3; times += 1) await buys(next);
    await clock.sleep(10_000); // those are booked
    const { recover, walletReads } = await restarted();
    await recover();
    expect((await afterwards()).filter((type) => type === 'StockSold')).toHaveLength(2);
    expect(await toDoIn(eventStore)).toEqual([]);
    expect(walletReads).toEqual(['end', 'end']);
  });

  it('is looked up in memory where the wallet is there', async () => {
    await buys();
    const { process, recover, walletReads } = await restarted();
    await process.balance('ann');
    walletReads.length = 0;
    await recover();
    expect((await afterwards()).at(-1)).toBe('StockSold');
    expect(walletReads).not.toContain('end');
  });

  it('is booked where the end of the wallet cannot be read by itself', async () => {
    await buys();
    const { recover } = await restarted({ readStreamBackwards: () => Promise.reject(new EventStoreUnavailableError('down')) });
    await recover();
    expect((await afterwards()).at(-1)).toBe('StockSold');
  });

  it('comes back where it was cancelled since', async () => {
    const answer = await killed.placeOrder('ann', one);
    if (answer.outcome === 'refused') throw new Error(answer.refusal.type);
    await killed.tell.wallet('ann', {
      type: 'CancelOrder',
      userId: 'ann',
      orderId: answer.order.orderId,
      refundId: 'refund',
      lines: answer.order.lines,
      cancellableUntil: '9999-01-01T00:00:00.000Z',
      reason: null,
      occurredAt: clock.now().toISOString(),
    });
    const { process, recover, walletReads } = await restarted();
    await recover();
    expect((await afterwards()).at(-1)).toBe('StockReturned');
    expect(walletReads).toEqual(['end']);
    expect(await process.stock('mug')).toBe(10);
  });
});

it('A checkout that no wallet has paid is voided, then released, though the end of its wallet names other orders', async () => {
  const cut = await shopProcess({ eventStore, clock, name: 'cut', before: diesAt('PayOrder') });
  void cut.placeOrder('ann', one);
  await clock.sleep(1);
  await buys();
  const { recover } = await restarted();
  await recover();
  expect((await afterwards()).slice(-3).sort()).toEqual(['CheckoutVoided', 'StockReleased', 'StockSold']);
  expect(await toDoIn(eventStore)).toEqual([]);
});
