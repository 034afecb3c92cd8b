import { afterEach, describe, expect, it } from '@jest/globals';
import { manualClock, systemClock, type Clock } from '@shop/clock';
import { z } from 'zod';
import { agendaOf, basketsFolder, countedByHand, needsOf, purchasesOf, readBaskets, type Purchase, type Sale } from './testing/baskets.js';
import { customersOf } from './testing/customers.js';
import { openTestShop, type TestShop } from './testing/open-test-shop.js';
import { runOperation } from './testing/run-operation.js';
import { settledAudit } from './testing/settled-audit.js';

const where = basketsFolder();
if ('absent' in where) process.stderr.write(`SKIPPED real baskets: ${where.absent}\n`);

const order = z.object({
  orderId: z.string(),
  totalAmount: z.int(),
  paidAt: z.string(),
  items: z.array(z.object({ productId: z.string(), quantity: z.int(), subtotal: z.int() })),
});
const refund = z.object({ orderId: z.string(), refund: z.object({ amount: z.int() }) });
const productPage = z.object({ items: z.array(z.object({ productId: z.string(), stock: z.int() })), totalPages: z.int() });
const top = z.object({ items: z.array(z.object({ productId: z.string(), soldQuantity: z.int(), revenue: z.int() })) });

const inBatches = async <Item>(items: readonly Item[], size: number, handle: (item: Item) => Promise<unknown>): Promise<void> => {
  for (let start = 0; start < items.length; start += size) await Promise.all(items.slice(start, start + size).map(handle));
};

/** Wall time by hand, waiting as in life. */
const shopClock = (): Clock & { readonly setNow: (instant: string) => void } => {
  const wall = manualClock();
  return { ...systemClock, now: wall.now, setNow: wall.setNow };
};

/** A customer has one cart: what goes through it goes one after the other. */
const inTurn = () => {
  const last = new Map<string, Promise<unknown>>();
  return <Result>(userId: string, work: () => Promise<Result>): Promise<Result> => {
    const turn = (last.get(userId) ?? Promise.resolve()).then(work);
    last.set(userId, turn);
    return turn;
  };
};

('folder' in where ? describe : describe.skip)('eight days of real baskets', () => {
  let shop: TestShop | undefined;
  afterEach(async () => {
    await shop?.stop();
  });
  const { products, baskets } = 'folder' in where ? readBaskets(where.folder) : { products: [], baskets: [] };
  const purchases = purchasesOf(baskets);
  const agenda = agendaOf(purchases);
  const needed = needsOf(products, baskets);
  const givenBack = needsOf(
    products,
    purchases.filter(({ cancelledAfterHours }) => cancelledAfterHours !== undefined),
  );
  const prices = new Map(products.map(({ productId, price }) => [productId, price]));

  const openGrocery = async (clock: Clock & { readonly setNow: (instant: string) => void }) => {
    clock.setNow('2017-05-07T00:00:00.000Z');
    // Read models fall behind such a rush where the machine is busy: reads then wait instead of saying so.
    shop = await openTestShop({ clock, environment: { READ_WAIT_MS: '60000' } });
    const { call } = shop;
    await inBatches(products, 200, async ({ productId, name, price }) => {
      const reply = await call('POST', '/products', { body: { productId, name, price, stock: needed.stock.get(productId) ?? 0 } });
      expect([productId, reply.status]).toEqual([productId, 201]);
    });
    await inBatches([...needed.money], 200, ([userId, amount]) => customersOf(call).charge(userId, amount));
    return shop;
  };

  /** What customers do, and what was sold for good so far. */
  const customersIn = ({ call }: TestShop) => {
    const turn = inTurn();
    const standing = new Map<Purchase, { readonly orderId: string; readonly totalAmount: number; readonly sales: readonly Sale[] }>();
    const pay = async ({ userId, items, throughCart }: Purchase) => {
      if (!throughCart) return call('POST', '/orders', { body: { userId, items } });
      return turn(userId, async () => {
        await Promise.all(
          items.map(async (line) => {
            const { status } = await call('POST', '/orders/cart', { body: { userId, ...line } });
            expect([line, status]).toEqual([line, 200]);
          }),
        );
        const expectedTotal = items.reduce((sum, { productId, quantity }) => sum + quantity * (prices.get(productId) ?? 0), 0);
        return call('POST', '/orders/cart/checkout', { body: { userId, expectedTotal } });
      });
    };
    return {
      sales: (): Sale[] => [...standing.values()].flatMap(({ sales }) => sales),
      buy: async (purchase: Purchase): Promise<void> => {
        const { orderId, totalAmount, paidAt, items } = order.parse((await pay(purchase)).body);
        const at = Date.parse(paidAt);
        const sales = items.map(({ productId, quantity, subtotal }) => ({ at, productId, quantity, revenue: subtotal }));
        standing.set(purchase, { orderId, totalAmount, sales });
      },
      cancel: async (purchase: Purchase): Promise<void> => {
        const { orderId = '', totalAmount } = standing.get(purchase) ?? {};
        const reply = await call('POST', `/orders/${orderId}/cancel`, { body: { userId: purchase.userId } });
        expect(refund.parse(reply.body)).toEqual({ orderId, refund: { amount: totalAmount } });
        standing.delete(purchase);
      },
    };
  };

  const expectCleanAudit = async ({ folder }: TestShop) => {
    const { verdict, findings, undecided } = await settledAudit(folder);
    expect({ verdict, findings, undecided }).toEqual({ verdict: 'clean', findings: [], undecided: [] });
  };

  /** Everything was sold and paid to the last unit and won, but for what cancelled orders gave back; nothing waits in a cart. */
  const expectSums = async ({ call }: TestShop) => {
    const stocks = new Map<string, number>();
    for (let page = 1, pages = 1; page <= pages; page += 1) {
      const { items, totalPages } = productPage.parse((await call('GET', `/products?limit=100&page=${page}`)).body);
      for (const { productId, stock } of items) stocks.set(productId, stock);
      pages = totalPages;
    }
    expect(stocks).toEqual(new Map(products.map(({ productId }) => [productId, givenBack.stock.get(productId) ?? 0])));
    const customers = customersOf(call);
    await inBatches([...needed.money.keys()], 200, async (userId) => {
      const { body } = await call('GET', `/orders/cart?userId=${userId}`);
      expect([userId, await customers.balance(userId)]).toEqual([userId, givenBack.money.get(userId) ?? 0]);
      expect(body).toMatchObject({ items: [], totalQuantity: 0 });
    });
  };

  const expectTopAsCounted = async ({ call }: TestShop, sales: readonly Sale[], moments: readonly number[]) => {
    for (const moment of moments) {
      const asOf = new Date(moment).toISOString();
      const reply = await call('GET', `/products/top?asOf=${encodeURIComponent(asOf)}`);
      const items = top.parse(reply.body).items.map(({ productId, soldQuantity, revenue }) => ({ productId, soldQuantity, revenue }));
      expect({ asOf, items }).toEqual({ asOf, items: countedByHand(sales, moment) });
    }
  };

  it('are all paid at their own time, some cancelled, and the best sellers are those of a count by hand, before and after a rebuild', async () => {
    const clock = shopClock();
    const grocery = await openGrocery(clock);
    const { buy, cancel, sales } = customersIn(grocery);
    for (const [minute, { bought, cancelled }] of agenda) {
      clock.setNow(`${minute}:30.000Z`);
      await Promise.all(bought.map(buy));
      await Promise.all(cancelled.map(cancel));
    }
    clock.setNow('2017-05-20T00:00:00.000Z');

    const first = Date.parse(`${agenda[0]?.[0]}:30.000Z`);
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
    await expectTopAsCounted(grocery, sales(), moments);

    expect(await runOperation(grocery.folder, 'rebuild', { name: 'best-sellers', dryRun: false })).toMatchObject({
      comparison: { differences: 0 },
    });
    await expectTopAsCounted(grocery, sales(), moments);
    await expectCleanAudit(grocery);
    await expectSums(grocery);
  }, 600_000);

  it('are all paid when everybody comes at once, and some change their mind at once', async () => {
    const clock = shopClock();
    const grocery = await openGrocery(clock);
    const { buy, cancel, sales } = customersIn(grocery);
    clock.setNow('2017-05-08T12:00:00.000Z');
    await Promise.all(
      purchases.map(async (purchase) => {
        await buy(purchase);
        if (purchase.cancelledAfterHours !== undefined) await cancel(purchase);
      }),
    );
    await expectCleanAudit(grocery);
    await expectSums(grocery);
    await expectTopAsCounted(grocery, sales(), [clock.now().getTime()]);
  }, 600_000);
});
