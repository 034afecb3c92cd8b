import { describe, expect, it } from '@jest/globals';
import { manualClock } from '@shop/clock';
import type { EventStore } from '@shop/event-store';
import { memoryEventStore } from '../testing/memory-event-store.js';
import { shopProcess, type Interruption } from '../testing/shop-process.js';

const ms = 1;
const second = 1_000 * ms;

/** A shop whose customer buys one unit whenever the test says so; how many sales each settling command named, and the appends to a stream. */
const shopWith = async (settings: Readonly<Record<string, string>> = {}, before?: Interruption) => {
  const clock = manualClock();
  const memory = memoryEventStore();
  const appended: string[][] = [];
  const eventStore: EventStore = {
    ...memory,
    append: (stream, expected, events) => {
      appended.push([stream, ...events.map(({ type }) => type)]);
      return memory.append(stream, expected, events);
    },
  };
  const shop = await shopProcess({ eventStore, clock, settings, ...(before && { before }) });
  for (const productId of ['mug', 'pen']) await shop.register(productId, { stock: 1_000 });
  await shop.charge('ann', 1_000_000);
  const settled = () => shop.recorded.flatMap(({ command }) => (command.type === 'SellStock' ? [command.reservationIds.length] : []));
  const buy = (productId = 'mug') => shop.placeOrder('ann', [{ productId, quantity: 1 }]);
  return { clock, appended, settled, stop: shop.settled, buy };
};

describe('Sales of a product', () => {
  it('are settled 50 ms after the last one', async () => {
    const { clock, settled, buy } = await shopWith();
    await buy();
    await clock.advance(49 * ms);
    expect(settled()).toEqual([]);
    await clock.advance(1 * ms);
    expect(settled()).toEqual([1]);
  });

  it('are gathered for two seconds while customers go on buying, and go into one append with the next reservation', async () => {
    const { clock, appended, settled, buy } = await shopWith();
    for (let count = 0; count <= 100; count += 1) {
      await buy();
      await clock.advance(40 * ms);
    }
    expect(settled()).toEqual([50, 50]);
    const sales = appended.filter((events) => events.includes('StockSold'));
    expect(sales).toEqual([
      ['product-mug', 'StockReserved', 'StockSold'],
      ['product-mug', 'StockReserved', 'StockSold'],
    ]);
  });

  it('wait while a customer is still at the till, however slowly that goes', async () => {
    let pays = true;
    let goOn: () => void = () => undefined;
    const slowly: Interruption = ({ command }) =>
      pays || command.type !== 'PayOrder' ? undefined : new Promise((resolve) => (goOn = resolve));
    const { clock, settled, buy } = await shopWith({}, slowly);
    await buy();
    pays = false;
    const slow = buy('pen');
    await clock.advance(1_000 * ms);
    expect(settled()).toEqual([]);
    goOn();
    await slow;
    await clock.advance(100 * ms);
    expect(settled()).toEqual([1, 1]);
  });

  it('of a product that nobody takes along are settled after ten seconds', async () => {
    const { clock, appended, buy } = await shopWith();
    await buy('pen');
    const untilSettled = async (): Promise<number> => {
      for (let waited = 0; ; waited += 40) {
        if (appended.some(([stream, type]) => stream === 'product-pen' && type === 'StockSold')) return waited;
        await buy('mug');
        await clock.advance(40 * ms);
      }
    };
    expect(await untilSettled()).toBe(10_000);
  });

  it('of a product that many want at once are settled when there are five hundred', async () => {
    const { settled, buy, stop } = await shopWith();
    for (let count = 0; count < 501; count += 1) await buy();
    expect(settled()).toEqual([500]);
    await stop();
    expect(settled()).toEqual([500, 1]);
  });

  it('wait no longer than the setting says', async () => {
    const { clock, settled, buy } = await shopWith({ SETTLE_EVERY_MS: '30' });
    await buy();
    await clock.advance(30 * ms);
    expect(settled()).toEqual([1]);
  });

  it('are settled at once when the process stops', async () => {
    const { settled, stop, buy } = await shopWith({ SETTLE_EVERY_MS: `${10 * second}` });
    await buy();
    await stop();
    expect(settled()).toEqual([1]);
  });
});
