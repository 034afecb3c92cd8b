import { beforeEach, describe, expect, it } from '@jest/globals';
import type { EventStore } from '@shop/event-store';
import { Problem } from '@shop/http';
import { dies, once } from '../testing/interruptions.js';
import { memoryEventStore } from '../testing/memory-event-store.js';
import { eventsIn, shopProcess, toDoIn, type ProcessOptions, type ShopProcess } from '../testing/shop-process.js';
import { virtualClock } from '../testing/virtual-clock.js';

let eventStore: EventStore;
let clock: ReturnType<typeof virtualClock>;
let shop: ShopProcess;
beforeEach(async () => {
  eventStore = memoryEventStore();
  clock = virtualClock();
  shop = await started('one');
  await shop.register('mug', { price: 1_000, stock: 5 });
  await shop.register('pen', { price: 300, stock: 5 });
  await shop.charge('ann', 10_000);
  await shop.addToCart('ann', 'mug', 2);
  await shop.addToCart('ann', 'pen', 1);
});

const started = (name: string, options: Partial<ProcessOptions> = {}): Promise<ShopProcess> =>
  shopProcess({ eventStore, clock, name, ...options });
const steps = ({ recorded }: ShopProcess): string[] => recorded.map(({ stream, command }) => `${command.type} ${stream}`);
const count = async (type: string): Promise<number> => (await eventsIn(eventStore, (event) => event.type === type)).length;
const itemIds = async (): Promise<string[]> =>
  [...(await shop.shop.carts.readFresh('cart-ann', Infinity)).state.lines].map(([itemId]) => itemId);

describe('Buying the cart', () => {
  it('reserves, pays, takes the lines out and only then sells: these commands and no others', async () => {
    const answer = await shop.checkOutCart('ann', { key: 'k' });
    await shop.settled();
    expect(answer).toMatchObject({ outcome: 'paid', order: { totalAmount: 2_300, cart: { after: null } } });
    expect(steps(shop)).toEqual([
      'ReserveStock product-mug',
      'ReserveStock product-pen',
      'PayOrder wallet-ann',
      'CheckOutCart cart-ann',
      'SellStock product-mug',
      'SellStock product-pen',
    ]);
    expect(await shop.cartLines('ann')).toEqual([]);
    expect(await toDoIn(eventStore)).toEqual([]);
  });

  it('answers with a position that holds the emptied cart', async () => {
    const answer = await shop.checkOutCart('ann');
    if (answer.outcome === 'refused') throw new Error('refused');
    expect(answer.position).toBe(await eventStore.head());
    await shop.settled();
  });

  it('takes only the lines that were named', async () => {
    const [mug = ''] = await itemIds();
    expect(await shop.checkOutCart('ann', { itemIds: [mug] })).toMatchObject({ outcome: 'paid', order: { totalAmount: 2_000 } });
    expect(await shop.cartLines('ann')).toEqual([['pen', 1]]);
    await shop.settled();
  });

  it('leaves what was added meanwhile', async () => {
    const busy = await started('busy', { before: once('PayOrder', async () => void (await shop.addToCart('ann', 'mug', 3))) });
    await busy.checkOutCart('ann');
    expect(await shop.cartLines('ann')).toEqual([['mug', 3]]);
    await busy.settled();
  });

  it('takes no more than is left of a line that was made smaller meanwhile', async () => {
    const [mug = ''] = await itemIds();
    const occurredAt = clock.now().toISOString();
    const busy = await started('busy', {
      before: once('CheckOutCart', async () => {
        await shop.tell.cart('ann', { type: 'ChangeCartItemQuantity', userId: 'ann', itemId: mug, quantity: 1, occurredAt });
      }),
    });
    await busy.checkOutCart('ann');
    const [event] = await eventsIn(eventStore, ({ type }) => type === 'CartCheckedOut');
    expect(event?.data).toMatchObject({
      lines: [
        { itemId: mug, quantity: 1, lineQuantity: 0 },
        { quantity: 1, lineQuantity: 0 },
      ],
    });
    await busy.settled();
  });

  it('is not held up for more than half a second by a cart that cannot be written, nor is anything sold before it is', async () => {
    const stuck = await started('stuck', { before: once('CheckOutCart', dies) });
    const began = clock.monotonic();
    expect(await stuck.checkOutCart('ann')).toMatchObject({ outcome: 'paid' });
    expect(clock.monotonic() - began).toBe(500);
    await clock.sleep(5_000);
    expect(steps(stuck)).not.toContain('SellStock product-mug');
  });
});

describe('A cart checkout is refused', () => {
  it('where the cart is empty', async () => {
    expect(await shop.checkOutCart('bob')).toEqual({ outcome: 'refused', refusal: { type: 'CartEmpty' } });
  });
  it('where a line is not in the cart', async () => {
    expect(await shop.checkOutCart('ann', { itemIds: [...(await itemIds()), 'gone'] })).toEqual({
      outcome: 'refused',
      refusal: { type: 'CartItemNotFound' },
    });
  });
  it('where the cart is not the one that the buyer saw', async () => {
    expect(await shop.checkOutCart('ann', { ifMatch: 1 })).toEqual({
      outcome: 'refused',
      refusal: { type: 'RevisionMismatch', currentRevision: 2 },
    });
    expect(await shop.checkOutCart('ann', { ifMatch: 2 })).toMatchObject({ outcome: 'paid' });
    await shop.settled();
  });
  it('where it costs something else', async () => {
    expect(await shop.checkOutCart('ann', { expectedTotal: 1 })).toMatchObject({ refusal: { type: 'PriceChanged', actualTotal: 2_300 } });
    expect(shop.recorded).toEqual([]);
  });
});

describe('One cart is never bought twice', () => {
  it('under two keys in two tabs at once', async () => {
    const tab = await started('tab');
    const answers = await Promise.all([shop.checkOutCart('ann', { key: 'k1' }), tab.checkOutCart('ann', { key: 'k2' })]);
    expect(answers.map((answer) => (answer.outcome === 'refused' ? answer.refusal.type : answer.outcome)).sort()).toEqual([
      'CartEmpty',
      'paid',
    ]);
    await Promise.all([shop.settled(), tab.settled()]);
    expect([await count('OrderPaid'), await count('CartCheckedOut'), await shop.balance('ann')]).toEqual([1, 1, 7_700]);
    expect(await toDoIn(eventStore)).toEqual([]);
  });

  it('under twenty keys at once, over three processes', async () => {
    const tabs = [shop, await started('two'), await started('three')];
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => (tabs[index % tabs.length] ?? shop).checkOutCart('ann', { key: `k${index}` })),
    );
    const outcomes = answers.map((answer) => (answer.outcome === 'refused' ? answer.refusal.type : answer.outcome));
    expect(outcomes.sort()).toEqual([...Array.from({ length: 19 }, () => 'CartEmpty'), 'paid']);
    await Promise.all(tabs.map(({ settled }) => settled()));
    expect([await count('OrderPaid'), await count('CartCheckedOut'), await shop.balance('ann')]).toEqual([1, 1, 7_700]);
    expect([await shop.stock('mug'), await shop.stock('pen')]).toEqual([3, 4]);
    expect(await toDoIn(eventStore)).toEqual([]);
  });

  it('by the same key again: it answers the order although the cart is empty by now', async () => {
    const first = await shop.checkOutCart('ann', { key: 'k' });
    await shop.settled();
    const again = await shop.checkOutCart('ann', { key: 'k' });
    if (first.outcome === 'refused' || again.outcome === 'refused') throw new Error('refused');
    expect(again.outcome).toBe('repeated');
    expect(again.order).toEqual(first.order);
    expect(await shop.checkOutCart('ann', { key: 'k', expectedTotal: 2_300 })).toMatchObject({ refusal: { type: 'IdempotencyKeyReused' } });
  });

  it('after a crash between payment and cart: the next checkout takes the bought lines out first and judges only the rest', async () => {
    const dead = await started('dead', { before: once('CheckOutCart', dies) });
    await dead.checkOutCart('ann', { key: 'k1' });
    await shop.addToCart('ann', 'pen', 2);
    expect(await shop.checkOutCart('ann', { key: 'k2' })).toMatchObject({ outcome: 'paid', order: { totalAmount: 600 } });
    expect(steps(shop).slice(0, 2)).toEqual(['CheckOutCart cart-ann', 'ReserveStock product-pen']);
    expect(await shop.cartLines('ann')).toEqual([]);
    await shop.settled();
    await shop.recover(await toDoIn(eventStore));
    expect(await toDoIn(eventStore)).toEqual([]);
    expect([await shop.stock('mug'), await shop.stock('pen'), await count('CartCheckedOut')]).toEqual([3, 2, 2]);
  });

  it('a refusal for stock or money that rests on a cart bought meanwhile is not answered: the cart is read again', async () => {
    await shop.addToCart('ann', 'mug', 3); // all five, and money for no more
    const tab = await started('tab');
    let seen = 0;
    const late = await started('late', {
      eventStore: {
        ...eventStore,
        readStream: (stream, from) => {
          if (stream !== 'product-mug' || (seen += 1) > 1) return eventStore.readStream(stream, from);
          return (async function* () {
            await tab.checkOutCart('ann', { key: 'k1' });
            yield* eventStore.readStream(stream, from);
          })();
        },
      },
    });
    expect(await late.checkOutCart('ann', { key: 'k2' })).toEqual({ outcome: 'refused', refusal: { type: 'CartEmpty' } });
    await tab.settled();
  });
});

describe('What a crash left of a cart order', () => {
  it('is finished by the sweeper: out of the cart first, then sold', async () => {
    const dead = await started('dead', { before: once('CheckOutCart', dies) });
    await dead.checkOutCart('ann');
    await shop.recover(await toDoIn(eventStore));
    expect(steps(shop)).toEqual(['CheckOutCart cart-ann', 'SellStock product-mug', 'SellStock product-pen']);
    expect(await toDoIn(eventStore)).toEqual([]);
    expect(await shop.cartLines('ann')).toEqual([]);
  });

  it('and of its cancelling: out of the cart first, then given back', async () => {
    const dead = await started('dead', { before: once('CheckOutCart', dies) });
    const answer = await dead.checkOutCart('ann');
    if (answer.outcome === 'refused') throw new Error('refused');
    await shop.cancelOrder('ann', answer.order.orderId);
    await shop.settled();
    expect(steps(shop)).toEqual(['CancelOrder wallet-ann', 'CheckOutCart cart-ann', 'ReturnStock product-mug', 'ReturnStock product-pen']);
    expect([await shop.stock('mug'), await shop.balance('ann')]).toEqual([5, 10_000]);
    expect(await toDoIn(eventStore)).toEqual([]);
  });

  it('stays open while its cart cannot be written', async () => {
    const dead = await started('dead', { before: once('CheckOutCart', dies) });
    await dead.checkOutCart('ann');
    const failing = await started('failing', {
      before: ({ command }) => {
        if (command.type === 'CheckOutCart') throw new Problem('EVENT_STORE_UNAVAILABLE');
      },
    });
    await expect(failing.recover(await toDoIn(eventStore))).rejects.toMatchObject({ code: 'EVENT_STORE_UNAVAILABLE' });
    expect(await count('StockSold')).toBe(0);
  });
});
