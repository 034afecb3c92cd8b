import { describe, expect, it } from '@jest/globals';
import { manualClock } from '@shop/clock';
import { memoryEventStore } from '../testing/memory-event-store.js';
import { shopProcess } from '../testing/shop-process.js';

const ms = 1;
const second = 1_000 * ms;

/** A shop whose customer buys one mug whenever the test says so, and the sizes of the settling appends. */
const shopWith = async (settings: Readonly<Record<string, string>> = {}) => {
  const clock = manualClock();
  const shop = await shopProcess({ eventStore: memoryEventStore(), clock, settings });
  await shop.register('mug', { stock: 1_000 });
  await shop.charge('ann', 1_000_000);
  const settled = () => shop.recorded.flatMap(({ command }) => (command.type === 'SellStock' ? [command.reservationIds.length] : []));
  return { clock, settled, stop: shop.settled, buy: () => shop.placeOrder('ann', [{ productId: 'mug', quantity: 1 }]) };
};

describe('Sales of a product', () => {
  it('are settled 100 ms after the last one', async () => {
    const { clock, settled, buy } = await shopWith();
    await buy();
    await clock.advance(99 * ms);
    expect(settled()).toEqual([]);
    await clock.advance(1 * ms);
    expect(settled()).toEqual([1]);
  });

  it('are settled by one append while customers go on buying, every two seconds', async () => {
    const { clock, settled, buy } = await shopWith();
    for (let count = 0; count < 50; count += 1) {
      await buy();
      await clock.advance(80 * ms);
    }
    expect(settled()).toEqual([25, 25]);
  });

  it('of a product that many want at once are settled when there are five hundred', async () => {
    const { settled, buy, stop } = await shopWith();
    for (let count = 0; count < 501; count += 1) await buy();
    expect(settled()).toEqual([500]);
    await stop();
    expect(settled()).toEqual([500, 1]);
  });

  it('wait no longer than the setting says', async () => {
    const { clock, settled, buy } = await shopWith({ SETTLE_EVERY_MS: '50' });
    await buy();
    await clock.advance(50 * ms);
    expect(settled()).toEqual([1]);
  });

  it('are settled at once when the process stops', async () => {
    const { settled, stop, buy } = await shopWith({ SETTLE_EVERY_MS: `${10 * second}` });
    await buy();
    await stop();
    expect(settled()).toEqual([1]);
  });
});
