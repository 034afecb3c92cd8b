import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { manualClock, seededRandom, systemClock, type Clock } from '@shop/clock';
import { z } from 'zod';
import type { Reply } from './testing/client.js';
import { ledger, type BookedOrder, type Expected, type Line } from './testing/ledger.js';
import { openTestShop, type TestShop } from './testing/open-test-shop.js';

const minute = 60_000;
const hour = 60 * minute;
const opening = Date.parse('2026-03-02T00:00:30.000Z');
const productIds = ['apple', 'bread', 'cheese', 'dates', 'eggs', 'figs', 'grapes', 'honey'] as const;
const userIds = ['ann', 'bob', 'cho', 'dan'] as const;

const order = z.object({ orderId: z.string(), totalAmount: z.int(), balanceAfter: z.int(), paidAt: z.string() });
const problem = z.object({ code: z.string() });
const stocked = z.object({ stock: z.int() });
const top = z.object({
  items: z.array(
    z.object({ rank: z.int(), productId: z.string(), soldQuantity: z.int(), revenue: z.int(), price: z.int(), stock: z.int() }),
  ),
  window: z.object({ from: z.string(), to: z.string() }),
});
const transaction = z.object({ type: z.enum(['CHARGE', 'PAYMENT', 'REFUND']), amount: z.int(), balanceAfter: z.int() });
const movement = z.object({ type: z.string(), quantity: z.int(), stockAfter: z.int(), orderId: z.string().optional() });
const feedLine = z.object({ id: z.string(), type: z.string(), subject: z.string() });

/** The same week every time. */
const dice = (seed: number) => {
  const random = seededRandom(seed);
  const below = (count: number): number => Math.floor(random() * count);
  const of = <Choice>(choices: readonly Choice[]): Choice => {
    const chosen = choices[below(choices.length)];
    if (chosen === undefined) throw new Error('nothing to choose from');
    return chosen;
  };
  return { below, of };
};

describe("a shop's week, every request against a book kept by hand", () => {
  const wall = manualClock();
  const clock: Clock = { ...systemClock, now: wall.now };
  const book = ledger();
  const { below, of } = dice(7);
  let shop: TestShop;
  let now = opening;
  const outcomes = new Map<string, number>();
  const at = (moment: number) => new Date(moment).toISOString();

  const expectReply = (reply: Reply, { status, code }: Expected): void => {
    expect({ status: reply.status, code: reply.status < 400 ? undefined : problem.parse(reply.body).code }).toEqual({ status, code });
    const outcome = code ?? String(status);
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  };
  const eventually = async <Value>(look: () => Promise<Value>, wanted: Value): Promise<void> => {
    const until = performance.now() + 5_000;
    while (JSON.stringify(await look()) !== JSON.stringify(wanted) && performance.now() < until) await systemClock.sleep(5);
    expect(await look()).toEqual(wanted);
  };
  const stockOf = async (productId: string) => stocked.parse((await shop.call('GET', `/products/${productId}`)).body).stock;
  const stocks = async () => Promise.all(productIds.map(stockOf));
  /** What is cancelled comes back within half a second; the book does not wait. */
  const stocksAsBooked = () =>
    eventually(
      stocks,
      productIds.map((productId) => book.products.get(productId)?.stock ?? 0),
    );

  const charge = async () => {
    const [userId, amount] = [of(userIds), 1 + below(60_000)];
    book.charge(userId, amount);
    const reply = await shop.call('POST', '/balance/charge', { body: { userId, amount } });
    expect(reply.body).toMatchObject({ balance: book.balances.get(userId), transaction: { occurredAt: at(now) } });
  };
  const basket = (): Line[] => {
    const chosen = new Set(Array.from({ length: 1 + below(3) }, () => of(productIds)));
    return [...chosen].map((productId) => ({ productId, quantity: 1 + below(4) }));
  };
  const settle = (reply: Reply, userId: string, lines: readonly Line[]) => {
    const total = book.totalOf(lines);
    expectReply(reply, book.judge(userId, lines));
    if (reply.status !== 201) return;
    const { orderId, ...paid } = order.parse(reply.body);
    book.book(orderId, userId, lines, now);
    expect(paid).toEqual({ totalAmount: total, balanceAfter: book.balances.get(userId), paidAt: at(now) });
  };
  const buy = async () => {
    const [userId, lines] = [of(userIds), basket()];
    settle(await shop.call('POST', '/orders', { body: { userId, items: lines } }), userId, lines);
  };
  const buyCart = async () => {
    const userId = of(userIds);
    const lines = basket().filter(({ productId }) => book.products.get(productId)?.archived === false);
    if (lines.length === 0) return;
    for (const line of lines) expectReply(await shop.call('POST', '/orders/cart', { body: { userId, ...line } }), { status: 200 });
    settle(await shop.call('POST', '/orders/cart/checkout', { body: { userId } }), userId, lines);
    await shop.call('DELETE', `/orders/cart?userId=${userId}`); // what was refused is put back on the shelf
    const cart = await shop.call('GET', `/orders/cart?userId=${userId}`);
    expect(cart.body).toMatchObject({ items: [], totalQuantity: 0 });
  };
  const cancel = async () => {
    if (book.orders.length === 0) return;
    const booked: BookedOrder = below(3) === 0 ? of(book.orders.slice(0, 12)) : of(book.orders);
    const { orderId, userId, cancelled } = booked;
    const ask = () => shop.call('POST', `/orders/${orderId}/cancel`, { body: { userId } });
    const expected = cancelled ? { status: 200 } : book.judgeCancel(booked, now);
    const reply = await ask();
    expectReply(reply, expected);
    if (expected.status !== 200) return;
    book.cancel(booked);
    expect((await ask()).body).toEqual(reply.body);
    await stocksAsBooked();
  };
  const adjust = async () => {
    const [productId, delta] = [of(productIds), below(2) === 0 ? 1 + below(12) : -1 - below(6)];
    const expected = book.judgeAdjustment(productId, delta);
    expectReply(await shop.call('POST', `/products/${productId}/stock-adjustments`, { body: { delta, reason: 'count' } }), expected);
    const product = book.products.get(productId);
    if (product && expected.status === 200) product.stock += delta;
  };
  const reprice = async () => {
    const [productId, price] = [of(productIds), 100 + below(9_000)];
    const product = book.products.get(productId);
    if (!product) return;
    const reply = await shop.call('PATCH', `/products/${productId}`, { body: { price } });
    expectReply(reply, product.archived ? { status: 409, code: 'PRODUCT_ARCHIVED' } : { status: 200 });
    if (!product.archived) product.price = price;
  };
  const archive = async (productId: string) => {
    expectReply(await shop.call('POST', `/products/${productId}/archive`), { status: 200 });
    const product = book.products.get(productId);
    if (product) product.archived = true;
  };
  const expectBestSellers = async (moment: number) => {
    const asOf = at(moment);
    const reply = top.parse((await shop.call('GET', `/products/top?asOf=${asOf}`)).body);
    const from = at(Math.floor(moment / minute) * minute - 72 * hour);
    expect(reply).toEqual({ items: book.bestSellers(moment), window: { from, to: asOf } });
  };
  const wholeHistory = async <Entry>(path: string, entry: z.ZodType<Entry>): Promise<Entry[]> => {
    const page = z.object({ items: z.array(entry), nextCursor: z.string().nullable() });
    const entries: Entry[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const read = page.parse((await shop.call('GET', `${path}?limit=7${cursor === '' ? '' : `&cursor=${cursor}`}`)).body);
      entries.push(...read.items);
      cursor = read.nextCursor;
    }
    return entries;
  };

  const actions = [charge, charge, buy, buy, buy, buyCart, buyCart, cancel, adjust, reprice];
  beforeAll(async () => {
    wall.setNow(at(now));
    shop = await openTestShop({ clock });
    for (const productId of productIds) {
      const [price, stock] = [500 + below(5_000), 20 + below(30)];
      book.products.set(productId, { price, stock, archived: false });
      await shop.call('POST', '/products', { body: { productId, name: productId, price, stock } });
    }
    for (let step = 0; step < 400; step += 1) {
      now += below(4) === 0 ? below(90_000) : below(120) * minute + below(minute);
      wall.setNow(at(now));
      await of(actions)();
      if (step === 200) await archive('cheese');
      if (step % 10 === 0) await expectBestSellers(now);
    }
  }, 120_000);
  afterAll(async () => {
    await shop.stop();
  });

  it('saw whatever can happen, for longer than orders can be cancelled', () => {
    expect(now - opening).toBeGreaterThan(7 * 24 * hour);
    expect([...outcomes.keys()]).toEqual(
      expect.arrayContaining(['201', '200', 'INSUFFICIENT_STOCK', 'INSUFFICIENT_BALANCE', 'PRODUCT_ARCHIVED', 'ORDER_NOT_CANCELLABLE']),
    );
  });

  it('knows the best sellers of every moment, as the window opens on and closes over sales that stand', async () => {
    expect(book.bestSellers(now).length).toBe(5);
    const edges = book.orders
      .filter((_, index) => index % 6 === 0)
      .flatMap(({ at: sold }) => {
        const its = Math.floor(sold / minute) * minute;
        return [its - 1, its, its + 72 * hour + minute - 1, its + 72 * hour + minute];
      });
    for (const moment of edges.filter((edge) => edge <= now)) await expectBestSellers(moment);
    wall.setNow(at(now + 80 * hour));
    await expectBestSellers(now + 80 * hour);
    expect(book.bestSellers(now + 80 * hour)).toEqual([]);
    wall.setNow(at(now));
  });

  it('has in every wallet what its statement adds up to', async () => {
    const sign = { CHARGE: 1, PAYMENT: -1, REFUND: 1 } as const;
    for (const userId of userIds) {
      const entries = await wholeHistory(`/balance/${userId}/transactions`, transaction);
      let balance = 0;
      for (const { type, amount, balanceAfter } of entries.reverse()) {
        balance += sign[type] * amount;
        expect(balanceAfter).toBe(balance);
      }
      expect((await shop.call('GET', `/balance/${userId}`)).body).toEqual({ userId, balance, currency: 'KRW' });
      expect(balance).toBe(book.balances.get(userId) ?? 0);
    }
  });

  it('has in stock what its movements add up to, and every reservation closed', async () => {
    await stocksAsBooked();
    for (const productId of productIds) {
      const path = `/products/${productId}/stock-movements`;
      await eventually(async () => {
        const closed = new Set<string>();
        const open = new Set<string>();
        for (const { type, orderId = '' } of await wholeHistory(path, movement))
          if (type === 'RESERVED') open.add(orderId);
          else closed.add(orderId);
        return [...open].filter((orderId) => !closed.has(orderId));
      }, []);
      let stock = 0;
      for (const { quantity, stockAfter } of (await wholeHistory(path, movement)).reverse()) {
        stock += quantity;
        expect(stockAfter).toBe(stock);
      }
      expect(stock).toBe(book.products.get(productId)?.stock);
    }
  });

  it('told the data platform of every order, and of every cancellation after it', async () => {
    const published = async () => {
      const text = await readFile(join(shop.folder, 'order-feed.ndjson'), 'utf8');
      return text
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => feedLine.parse(JSON.parse(line)));
    };
    const wanted = book.orders.flatMap(({ orderId, cancelled }) => [
      `order.paid.v1 ${orderId}`,
      ...(cancelled ? [`order.cancelled.v1 ${orderId}`] : []),
    ]);
    const told = async () => (await published()).map(({ type, subject }) => `${type} ${subject}`);
    await eventually(async () => (await told()).sort(), [...wanted].sort());
    const inOrder = await told();
    expect(inOrder.filter((line) => line.startsWith('order.paid'))).toEqual(wanted.filter((line) => line.startsWith('order.paid')));
    for (const { orderId, cancelled } of book.orders)
      if (cancelled) expect(inOrder.indexOf(`order.cancelled.v1 ${orderId}`)).toBeGreaterThan(inOrder.indexOf(`order.paid.v1 ${orderId}`));
    expect(new Set((await published()).map(({ id }) => id)).size).toBe(wanted.length);
  });
});
