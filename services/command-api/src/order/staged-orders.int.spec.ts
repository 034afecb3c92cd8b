import { afterEach, describe, expect, it } from '@jest/globals';
import { manualClock } from '@shop/clock';
import type { BasketLine } from './order-request.js';
import { storeOnFailingDisk } from '../testing/failing-disk.js';
import { eventsIn, shopProcess, toDoIn, type ProcessOptions } from '../testing/shop-process.js';

const basket = (...productIds: string[]): BasketLine[] => productIds.map((productId) => ({ productId, quantity: 1 }));

const openings: { readonly close: () => Promise<void> }[] = [];
afterEach(async () => {
  for (const { close } of openings.splice(0)) await close();
});

const stocked = async (options: Partial<ProcessOptions> = {}) => {
  const disk = storeOnFailingDisk();
  const { eventStore, staging } = disk;
  openings.push(eventStore);
  const shop = await shopProcess({ eventStore, staging, clock: manualClock(), ...options });
  await shop.register('mug', { stock: 5 });
  await shop.register('pen', { stock: 5 });
  await shop.charge('mina', 10_000);
  await staging.settled();
  return { ...disk, shop };
};

describe('An order on a store that stages appends', () => {
  it('is reserved and paid in one commit, however many products it has', async () => {
    const { eventStore, staging, shop } = await stocked();
    const before = eventStore.stats();
    expect(await shop.placeOrder('mina', basket('mug', 'pen'))).toMatchObject({ outcome: 'paid' });
    await staging.settled();
    const { commits, appends } = eventStore.stats();
    expect([commits - before.commits, appends - before.appends]).toEqual([1, 3]);
  });

  it('is answered from the payment under the same key before that is on disk', async () => {
    const { shop } = await stocked();
    const first = await shop.placeOrder('mina', basket('mug'), { key: 'k' });
    const again = await shop.placeOrder('mina', basket('mug'), { key: 'k' });
    expect(again).toMatchObject({ outcome: 'repeated', order: 'order' in first ? first.order : {} });
  });

  it('is not answered from a payment under the same key that is lost', async () => {
    const { lose, shop } = await stocked();
    await shop.placeOrder('mina', basket('mug'), { key: 'k' });
    const again = expect(shop.placeOrder('mina', basket('mug'), { key: 'k' })).rejects.toMatchObject({ code: 'EVENT_STORE_UNAVAILABLE' });
    await lose();
    await again;
    expect(await shop.placeOrder('mina', basket('mug'), { key: 'k' })).toMatchObject({ outcome: 'paid' });
  });

  it('is not answered from a payment under the same key that was lost before it could look it up', async () => {
    const meanwhile: { payTwin?: (() => Promise<unknown>) | undefined; lose?: () => Promise<void> } = {};
    const { lose, shop } = await stocked({
      before: async ({ command: { type } }) => {
        if (type === 'ReleaseStock') await meanwhile.lose?.();
        if (type !== 'PayOrder') return;
        const { payTwin } = meanwhile;
        meanwhile.payTwin = undefined;
        await payTwin?.();
      },
    });
    const order = () => shop.placeOrder('mina', basket('mug'), { key: 'k' });
    Object.assign(meanwhile, { payTwin: order, lose });
    await expect(order()).rejects.toMatchObject({ code: 'EVENT_STORE_UNAVAILABLE' });
    expect(await order()).toMatchObject({ outcome: 'paid' });
  });

  it('leaves nothing behind where reservation and payment are lost together', async () => {
    const { eventStore, lose, shop } = await stocked();
    const before = await eventStore.head();
    expect(await shop.placeOrder('mina', basket('mug', 'pen'))).toMatchObject({ outcome: 'paid' });
    await lose();
    await shop.settled();
    expect(await eventStore.head()).toBe(before);
    expect([await shop.balance('mina'), await shop.stock('mug'), await shop.stock('pen')]).toEqual([10_000, 5, 5]);
    expect(await shop.placeOrder('mina', basket('mug'))).toMatchObject({ outcome: 'paid', order: { balance: 9_000 } });
    await shop.settled();
    expect(await toDoIn(eventStore)).toEqual([]);
  });

  it('is not paid where its reservation was lost meanwhile', async () => {
    const meanwhile: { lose?: () => Promise<void> } = {};
    const { eventStore, lose, shop } = await stocked({
      before: async ({ command }) => {
        if (command.type === 'PayOrder') await meanwhile.lose?.();
      },
    });
    meanwhile.lose = lose;
    await expect(shop.placeOrder('mina', basket('mug'))).rejects.toMatchObject({ code: 'EVENT_STORE_UNAVAILABLE' });
    await shop.settled();
    expect(await eventsIn(eventStore, ({ type }) => type === 'OrderPaid')).toEqual([]);
    expect([await shop.balance('mina'), await shop.stock('mug')]).toEqual([10_000, 5]);
  });
});
