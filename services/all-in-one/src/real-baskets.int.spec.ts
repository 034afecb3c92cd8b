import { afterEach, describe, expect, it } from '@jest/globals';
import { manualClock, systemClock, type Clock } from '@shop/clock';
import { z } from 'zod';
import { basketsFolder, countedByHand, needsOf, readBaskets, type Basket, type Sale } from './testing/baskets.js';
import { customersOf } from './testing/customers.js';
import { openTestShop, type TestShop } from './testing/open-test-shop.js';
import { runOperation } from './testing/run-operation.js';
import { settledAudit } from './testing/settled-audit.js';

const where = basketsFolder();
if ('absent' in where) process.stderr.write(`SKIPPED real baskets: ${where.absent}\n`);

const order = z.object({
  paidAt: z.string(),
  items: z.array(z.object({ productId: z.string(), quantity: z.int(), subtotal: z.int() })),
});
const top = z.object({ items: z.array(z.object({ productId: z.string(), soldQuantity: z.int(), revenue: z.int() })) });

const inBatches = async <Item>(items: readonly Item[], size: number, handle: (item: Item) => Promise<unknown>): Promise<void> => {
  for (let start = 0; start < items.length; start += size) await Promise.all(items.slice(start, start + size).map(handle));
};

/** Wall time by hand, waiting as in life. */
const shopClock = (): Clock & { readonly setNow: (instant: string) => void } => {
  const wall = manualClock();
  return { ...systemClock, now: wall.now, setNow: wall.setNow };
};

/** Baskets of one minute are bought at once. */
const byMinute = (baskets: readonly Basket[]): ReadonlyMap<string, readonly Basket[]> => {
  const minutes = new Map<string, Basket[]>();
  for (const basket of baskets) {
    const minute = basket.at.slice(0, 16);
    const together = minutes.get(minute) ?? [];
    together.push(basket);
    minutes.set(minute, together);
  }
  return minutes;
};

('folder' in where ? describe : describe.skip)('eight days of real baskets', () => {
  let shop: TestShop | undefined;
  afterEach(async () => {
    await shop?.stop();
  });
  const { products, baskets } = 'folder' in where ? readBaskets(where.folder) : { products: [], baskets: [] };
  const { stock, money } = needsOf(products, baskets);

  const openGrocery = async (clock: Clock & { readonly setNow: (instant: string) => void }) => {
    clock.setNow('2017-05-07T00:00:00.000Z');
    shop = await openTestShop({ clock });
    const { call } = shop;
    await inBatches(products, 200, async ({ productId, name, price }) => {
      const reply = await call('POST', '/products', { body: { productId, name, price, stock: stock.get(productId) ?? 0 } });
      expect([productId, reply.status]).toEqual([productId, 201]);
    });
    await inBatches([...money], 200, ([userId, amount]) => customersOf(call).charge(userId, amount));
    return shop;
  };

  const buy = async ({ call }: TestShop, { userId, items }: Basket): Promise<Sale[]> => {
    const reply = await call('POST', '/orders', { body: { userId, items } });
    const { paidAt, items: lines } = order.parse(reply.body);
    return lines.map(({ productId, quantity, subtotal }) => ({ at: Date.parse(paidAt), productId, quantity, revenue: subtotal }));
  };

  /** Everything was sold and paid to the last won. */
  const expectAllSold = async ({ call }: TestShop) => {
    const customers = customersOf(call);
    await inBatches([...stock.keys()], 200, async (productId) =>
      expect([productId, await customers.stock(productId)]).toEqual([productId, 0]),
    );
    await inBatches([...money.keys()], 200, async (userId) => expect([userId, await customers.balance(userId)]).toEqual([userId, 0]));
  };

  const expectCleanAudit = async ({ folder }: TestShop) => {
    const { verdict, findings, undecided } = await settledAudit(folder);
    expect({ verdict, findings, undecided }).toEqual({ verdict: 'clean', findings: [], undecided: [] });
  };

  const expectTopAsCounted = async ({ call }: TestShop, sales: readonly Sale[], moments: readonly number[]) => {
    for (const moment of moments) {
      const asOf = new Date(moment).toISOString();
      const reply = await call('GET', `/products/top?asOf=${encodeURIComponent(asOf)}`);
      const items = top.parse(reply.body).items.map(({ productId, soldQuantity, revenue }) => ({ productId, soldQuantity, revenue }));
      expect({ asOf, items }).toEqual({ asOf, items: countedByHand(sales, moment) });
    }
  };

  it('are all paid at their own time, and the best sellers are those of a count by hand, before and after a rebuild', async () => {
    const clock = shopClock();
    const grocery = await openGrocery(clock);
    const sales: Sale[] = [];
    for (const [minute, together] of byMinute(baskets)) {
      clock.setNow(`${minute}:30.000Z`);
      sales.push(...(await Promise.all(together.map((basket) => buy(grocery, basket)))).flat());
    }
    clock.setNow('2017-05-20T00:00:00.000Z');
    await expectAllSold(grocery);

    const first = sales[0]?.at ?? 0;
    const hours = (count: number) => count * 3_600_000;
    const moments = [
      first - 60_000, // before the first sale
      first - 30_000, // the first millisecond of its minute
      first,
      first + hours(72) - 30_001, // the last millisecond that sees the minute of the first sale
      first + hours(72) + 29_999,
      first + hours(72) + 30_000, // the first that does not
      Date.parse('2017-05-11T04:17:00.000Z'), // an idle night: the answer moves though nothing is sold
      Date.parse('2017-05-11T04:17:59.999Z'),
      Date.parse('2017-05-11T05:02:10.000Z'),
      ...Array.from({ length: 9 }, (_, day) => first + hours(11 + 21 * day)),
      Date.parse('2017-05-18T23:59:59.999Z'),
      Date.parse('2017-05-19T12:00:00.000Z'), // the window is empty
    ];
    expect(moments.length).toBeGreaterThanOrEqual(20);
    await expectTopAsCounted(grocery, sales, moments);

    expect(await runOperation(grocery.folder, 'rebuild', { name: 'best-sellers', dryRun: false })).toMatchObject({
      comparison: { differences: 0 },
    });
    await expectTopAsCounted(grocery, sales, moments);
    await expectAllSold(grocery);
    await expectCleanAudit(grocery);
  }, 240_000);

  it('are all paid when everybody comes at once', async () => {
    const clock = shopClock();
    const grocery = await openGrocery(clock);
    clock.setNow('2017-05-08T12:00:00.000Z');
    const sales = (await Promise.all(baskets.map((basket) => buy(grocery, basket)))).flat();
    await expectAllSold(grocery);
    await expectTopAsCounted(grocery, sales, [clock.now().getTime()]);
    await expectCleanAudit(grocery);
  }, 240_000);
});
