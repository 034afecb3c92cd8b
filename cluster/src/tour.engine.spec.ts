import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bearer, knowsTokens } from '@shop/all-in-one/testing/bearer';
import type { Call, Reply } from '@shop/all-in-one/testing/client';
import { byStatus, codeIn, orderIn, times } from '@shop/all-in-one/testing/customers';
import { missingPrograms } from '@shop/engines';
import { scopes } from '@shop/http';
import { kafkaFeedLines } from '@shop/projector/order-feed/kafka-feed-lines';
import { readKafkaSettings } from '@shop/projector/order-feed/kafka-settings';
import { until } from '@shop/service-process/testing/program-run';
import { z } from 'zod';
import { expectNothingWrong, openAuditedCluster, type AuditedCluster } from './testing/audited-cluster.js';
import { counterAt, inTurn } from './testing/counter.js';

const absent = missingPrograms();
const where = absent.length > 0 ? `SKIPPED: ${absent.join(' and ')} not installed` : 'two of each service, with tokens';
const say = (text: string) => void process.stdout.write(`${text}\n`);

const receipt = z.object({
  orderId: z.string(),
  totalAmount: z.int(),
  items: z.array(z.object({ productId: z.string(), quantity: z.int() })),
});
const listedOrder = receipt.extend({ status: z.string(), cancelReason: z.string().nullish() });
const transaction = z.object({ type: z.enum(['CHARGE', 'PAYMENT', 'REFUND']), amount: z.int(), balanceAfter: z.int() });
const movement = z.object({ type: z.string(), quantity: z.int(), stockAfter: z.int(), orderId: z.string().optional() });
const cart = z.object({ items: z.array(z.object({ productId: z.string(), quantity: z.int() })) });
const catalogue = z.object({ items: z.array(z.object({ productId: z.string(), stock: z.int() })), total: z.int() });
const priceChanged = z.object({ code: z.literal('PRICE_CHANGED'), expectedTotal: z.int(), actualTotal: z.int() });
const bestSellers = z.object({ items: z.array(z.object({ productId: z.string(), soldQuantity: z.int(), revenue: z.int() })) });
const feedEvent = z.object({
  id: z.string(),
  type: z.enum(['order.paid.v1', 'order.cancelled.v1']),
  subject: z.string(),
  data: z.object({ items: z.array(z.object({ productId: z.string(), quantity: z.int(), subtotal: z.int() })) }),
});
type FeedEvent = z.infer<typeof feedEvent>;

const withHeaders =
  (call: Call, own: Readonly<Record<string, string>>): Call =>
  (method, path, options = {}) =>
    call(method, path, { ...options, headers: { ...own, ...options.headers } });

const unitsOf = (lines: readonly { readonly productId: string; readonly quantity: number }[], productId: string): number =>
  lines.filter((line) => line.productId === productId).reduce((sum, { quantity }) => sum + quantity, 0);

/** What a feed says was sold, and not taken back. */
const standingSales = (events: readonly FeedEvent[]) => {
  const sold = new Map<string, { productId: string; soldQuantity: number; revenue: number }>();
  for (const { type, data } of events)
    for (const { productId, quantity, subtotal } of data.items) {
      const sign = type === 'order.paid.v1' ? 1 : -1;
      const { soldQuantity, revenue } = sold.get(productId) ?? { soldQuantity: 0, revenue: 0 };
      sold.set(productId, { productId, soldQuantity: soldQuantity + sign * quantity, revenue: revenue + sign * subtotal });
    }
  return [...sold.values()]
    .filter(({ soldQuantity }) => soldQuantity > 0)
    .sort(
      (one, other) => other.soldQuantity - one.soldQuantity || other.revenue - one.revenue || (one.productId < other.productId ? -1 : 1),
    );
};

(absent.length > 0 ? describe.skip : describe)(`a tour of a shop of many processes (${where})`, () => {
  let shop: AuditedCluster;
  const users = new Set<string>();
  const products = new Set<string>();
  const as = (user: string, url: string, scope?: string): Call => withHeaders(shop.callers.at(url).call, bearer(user, scope));
  const urlOf = (service: 'command-api' | 'query-api', index: number) => inTurn(shop.of(service), index).url;
  const writer = (user: string, index: number) => as(user, urlOf('command-api', index));
  const operatorAt = (url: string) => as('operator', url, scopes.join(' '));
  const operating = (index: number) => operatorAt(urlOf('command-api', index));
  const looking = (index: number) => operatorAt(urlOf('query-api', index));
  const everyReader = () => times(2, looking);

  const register = async (productId: string, price: number, stock: number) => {
    products.add(productId);
    await counterAt(operating(products.size)).register(productId, price, stock);
  };
  const charge = async (userId: string, amount: number) => {
    users.add(userId);
    await counterAt(operating(users.size)).charge(userId, amount, `first-${userId}`);
  };
  const cancelling = (call: Call, userId: string, orderId: string) =>
    call('POST', `/orders/${orderId}/cancel`, { body: { userId, reason: 'too bright' } });
  const buyingCart = (call: Call, userId: string, key: string, body: object = {}) =>
    call('POST', '/orders/cart/checkout', { body: { userId, ...body }, headers: { 'idempotency-key': key } });
  const adding = (call: Call, userId: string, productId: string, quantity: number, key: string) =>
    call('POST', '/orders/cart', { body: { userId, productId, quantity }, headers: { 'idempotency-key': key } });
  const cartOf = async (userId: string, index = 0) => cart.parse((await looking(index)('GET', `/orders/cart?userId=${userId}`)).body).items;
  const balanceOf = (userId: string, index = 0) => counterAt(looking(index)).balance(userId);
  const stockOf = async (productId: string, index = 0) => (await counterAt(looking(index)).product(productId)).stock;
  const stockComesTo = (productId: string, stock: number) =>
    Promise.all(
      times(2, (index) =>
        until(
          () => stockOf(productId, index),
          (found) => found === stock,
          40_000,
        ),
      ),
    );

  /** All pages, each from the other reader, with something done before each. */
  const wholeHistory = async <Entry>(path: string, entry: z.ZodType<Entry>, meanwhile: () => Promise<unknown> = async () => undefined) => {
    const page = z.object({ items: z.array(entry), nextCursor: z.string().nullable() });
    const entries: Entry[] = [];
    let pages = 0;
    for (let cursor: string | null = ''; cursor !== null; pages += 1) {
      await meanwhile();
      const query = new URLSearchParams({ limit: '7', ...(cursor !== '' && { cursor }) }).toString();
      const reply = await looking(pages)('GET', `${path}${path.includes('?') ? '&' : '?'}${query}`);
      const read = page.parse(reply.body);
      entries.push(...read.items);
      cursor = read.nextCursor;
    }
    return entries;
  };
  const movementsOf = (productId: string) => wholeHistory(`/products/${productId}/stock-movements`, movement);

  beforeAll(async () => {
    shop = await openAuditedCluster({
      counts: { 'command-api': 2, 'query-api': 2, projector: 2 },
      // Above the 10 s that a request may take, and soon enough to see it done.
      environment: { SWEEP_AFTER_MS: '12000', ...knowsTokens },
    });
  }, 300_000);
  afterAll(() => shop.close(), 120_000);

  describe('cancelling', () => {
    it('happens once, however often a buyer and an operator ask, on whichever process, and nobody else can', async () => {
      await register('lamp', 4_000, 10);
      await charge('ann', 20_000);
      const { orderId } = orderIn(await counterAt(writer('ann', 0)).order('ann', [{ productId: 'lamp', quantity: 3 }], 'lamps'));

      const askers = [writer('ann', 0), operating(1), as('ann', shop.url), operating(0), writer('ann', 1), operatorAt(shop.url)];
      const replies = await Promise.all(times(30, (index) => cancelling(inTurn(askers, index), 'ann', orderId)));

      expect(byStatus(replies)).toEqual({ 200: 30 });
      expect(new Set(replies.map(({ body }) => JSON.stringify(body))).size).toBe(1);
      expect(replies[0]?.body).toMatchObject({ status: 'CANCELLED', refund: { amount: 12_000, balanceAfter: 20_000 } });
      for (const look of everyReader()) {
        expect((await look('GET', `/orders/${orderId}?userId=ann`)).body).toMatchObject({
          status: 'CANCELLED',
          cancelReason: 'too bright',
        });
        expect(await counterAt(look).balance('ann')).toBe(20_000);
      }
      const entries = await wholeHistory('/balance/ann/transactions', transaction);
      expect(entries.map(({ type }) => type)).toEqual(['REFUND', 'PAYMENT', 'CHARGE']);
      await stockComesTo('lamp', 10);
      expect((await movementsOf('lamp')).filter(({ type }) => type === 'RETURNED')).toHaveLength(1);

      const asStranger = await Promise.all(['ben', 'ann'].map((userId) => cancelling(writer('ben', 1), userId, orderId)));
      expect(asStranger.map((reply) => [reply.status, codeIn(reply)])).toEqual([
        [404, 'ORDER_NOT_FOUND'],
        [403, 'FORBIDDEN'],
      ]);
    });

    /** Returns of the stream that a sweeper made. */
    const sweptReturns = async (productId: string): Promise<number> => {
      const store = await shop.openLog();
      try {
        let swept = 0;
        for await (const page of store.readStream(`product-${productId}`, 0))
          for (const { type, metadata } of page)
            if (type === 'StockReturned' && z.object({ actor: z.string() }).safeParse(metadata).data?.actor === 'system:sweeper')
              swept += 1;
        return swept;
      } finally {
        await store.close();
      }
    };

    it('gives the stock back once where the process stops in the middle, a sweeper does it, and the process wakes up again', async () => {
      const stock = 1_000;
      await register('kite', 100, stock);
      const [sleeper] = shop.of('command-api');
      let swept = 0;
      for (let round = 0; swept === 0; round += 1) {
        const buyers = times(20, (index) => `kite-${round}-${index}`);
        await Promise.all(buyers.map((buyer) => charge(buyer, 500)));
        const bought = await Promise.all(
          buyers.map(async (buyer) => {
            const { orderId } = orderIn(await counterAt(writer(buyer, 0)).order(buyer, [{ productId: 'kite', quantity: 2 }], 'kite'));
            return { buyer, orderId };
          }),
        );
        const first = bought.map(({ buyer, orderId }) => cancelling(operating(0), buyer, orderId));
        await Promise.race(first);
        sleeper?.freeze();
        const again = await Promise.all(bought.map(({ buyer, orderId }) => cancelling(operating(1), buyer, orderId)));
        await stockComesTo('kite', stock);
        sleeper?.thaw();
        const replies = [...(await Promise.all(first)), ...again];

        expect(byStatus(replies)).toEqual({ 200: 40 });
        expect(new Set(replies.map(({ body }) => JSON.stringify(body))).size).toBe(20);
        expect(await Promise.all(buyers.map((buyer, index) => balanceOf(buyer, index)))).toEqual(times(20, () => 500));
        swept = await sweptReturns('kite');
        say(`cancelled while a process stood still, round ${round}: ${swept} returns by a sweeper`);
      }
      const returned = (await movementsOf('kite')).filter(({ type }) => type === 'RETURNED').map(({ orderId }) => orderId);
      expect(new Set(returned).size).toBe(returned.length);
    }, 240_000);
  });

  describe('the cart', () => {
    it('is bought once by two tabs of two processes that each ask twenty times at once, and what is added meanwhile is bought or stays', async () => {
      await register('cup', 700, 1_000);
      await register('spoon', 300, 1_000);
      const rounds = times(8, (index) => `tabs-${index}`);
      await Promise.all(
        rounds.map(async (userId, offset) => {
          await charge(userId, 50_000);
          await adding(writer(userId, offset), userId, 'cup', 3, 'cups');
          const [replies] = await Promise.all([
            Promise.all(times(40, (index) => buyingCart(writer(userId, index), userId, index % 2 === 0 ? 'this-tab' : 'that-tab'))),
            adding(writer(userId, offset + 1), userId, 'spoon', 2, 'spoons'),
          ]);
          const paid = replies.filter(({ status }) => status === 201).map(({ body }) => receipt.parse(body));
          const refused = replies.filter(({ status }) => status !== 201);
          const left = await until(
            () => cartOf(userId, offset),
            (items) => unitsOf(items, 'cup') === 0,
          );

          // Spoons that came after the first checkout may have been bought by the other tab, as an order of their own.
          const orders = [...new Map(paid.map((order) => [order.orderId, order])).values()];
          const bought = orders.flatMap(({ items }) => items);
          expect([unitsOf(bought, 'cup'), unitsOf(bought, 'spoon') + unitsOf(left, 'spoon')]).toEqual([3, 2]);
          expect([...new Set(refused.map(codeIn))]).toEqual(refused.length > 0 ? ['CART_EMPTY'] : []);
          const spent = orders.reduce((sum, { totalAmount }) => sum + totalAmount, 0);
          expect(await balanceOf(userId, offset)).toBe(50_000 - spent);
        }),
      );
    }, 120_000);

    it('is bought once where the process is killed in the middle, and empty afterwards', async () => {
      await register('plate', 900, 1_000);
      const buyers = times(20, (index) => `plate-${index}`);
      await Promise.all(
        buyers.map(async (userId) => {
          await charge(userId, 10_000);
          await adding(writer(userId, 1), userId, 'plate', 2, 'plates');
        }),
      );
      const [victim] = shop.of('command-api');
      const first = buyers.map((userId) => buyingCart(writer(userId, 0), userId, 'this-tab'));
      await Promise.race(first);
      await victim?.kill();
      victim?.start();
      const again = await Promise.all(buyers.map((userId) => buyingCart(writer(userId, 1), userId, 'this-tab')));
      const otherTab = await Promise.all(buyers.map((userId) => buyingCart(writer(userId, 1), userId, 'that-tab')));
      const replies = [...(await Promise.all(first)), ...again];
      await victim?.untilReady();

      expect(byStatus(replies)).toEqual({ 201: 40 });
      expect(new Set(replies.map(({ body }) => receipt.parse(body).orderId)).size).toBe(20);
      expect([byStatus(otherTab), new Set(otherTab.map(codeIn))]).toEqual([{ 409: 20 }, new Set(['CART_EMPTY'])]);
      for (const [index, userId] of buyers.entries()) {
        await until(
          () => cartOf(userId, index),
          (items) => items.length === 0,
        );
        expect(await balanceOf(userId, index)).toBe(10_000 - 1_800);
      }
      await stockComesTo('plate', 1_000 - 40);
    }, 180_000);

    it('shares its keys with orders, and can be bought in part', async () => {
      await register('fork', 500, 10);
      await register('knife', 600, 10);
      await charge('cho', 10_000);
      await adding(writer('cho', 0), 'cho', 'fork', 1, 'fork');
      const filled = await adding(writer('cho', 1), 'cho', 'knife', 2, 'knife');
      const lines = z.object({ items: z.array(z.object({ itemId: z.string(), productId: z.string() })) }).parse(filled.body).items;
      const itemIds = lines.filter(({ productId }) => productId === 'knife').map(({ itemId }) => itemId);
      const bought = await buyingCart(writer('cho', 0), 'cho', 'one-key', { itemIds, expectedTotal: 1_200 });
      const order = (key: string) => counterAt(writer('cho', 1)).order('cho', [{ productId: 'knife', quantity: 2 }], key);

      expect(receipt.parse(bought.body)).toMatchObject({ totalAmount: 1_200, items: [{ productId: 'knife', quantity: 2 }] });
      const reused = await order('one-key');
      expect([reused.status, codeIn(reused)]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
      expect((await buyingCart(writer('cho', 1), 'cho', 'one-key', { itemIds, expectedTotal: 1_200 })).body).toEqual(bought.body);
      expect(
        await until(
          () => cartOf('cho', 1),
          (items) => items.length === 1,
        ),
      ).toMatchObject([{ productId: 'fork', quantity: 1 }]);
    });
  });

  describe('prices and the shelf', () => {
    it('never charges another total than the expected one, whichever process changed the price, and tries an order at what holds now', async () => {
      await register('scarf', 1_000, 10_000);
      await charge('dan', 10_000_000);
      const before = await wholeHistory('/balance/dan/transactions', transaction);
      for (let flip = 0; flip < 50; flip += 1) {
        const [old, price] = flip % 2 === 0 ? [1_000, 1_100] : [1_100, 1_000];
        await counterAt(operating(flip)).reprice('scarf', price);
        const body = { userId: 'dan', items: [{ productId: 'scarf', quantity: 2 }] };
        const elsewhere = writer('dan', flip + 1);
        const stale = await elsewhere('POST', '/orders', {
          body: { ...body, expectedTotal: 2 * old },
          headers: { 'idempotency-key': `stale-${flip}` },
        });
        expect([stale.status, priceChanged.parse(stale.body)]).toEqual([
          409,
          { code: 'PRICE_CHANGED', expectedTotal: 2 * old, actualTotal: 2 * price },
        ]);
        const tried = await elsewhere('POST', '/orders?dryRun=true', { body: { ...body, expectedTotal: 2 * price } });
        expect([tried.status, tried.body]).toEqual([200, expect.objectContaining({ dryRun: true, totalAmount: 2 * price })]);
      }
      expect(await wholeHistory('/balance/dan/transactions', transaction)).toEqual(before);
      expect((await movementsOf('scarf')).map(({ type }) => type)).toEqual(['REGISTERED']);
    }, 120_000);

    it('charges what was expected or nothing while one process changes the price and the other sells', async () => {
      await register('belt', 1_000, 10_000);
      await charge('eve', 10_000_000);
      let over = false;
      const changing = (async () => {
        for (let flip = 0; !over; flip += 1) await counterAt(operating(0)).reprice('belt', 1_000 + (flip % 2));
      })();
      const replies: Reply[] = [];
      try {
        for (let order = 0; order < 100; order += 1)
          replies.push(
            await writer('eve', 1)('POST', '/orders', {
              body: { userId: 'eve', items: [{ productId: 'belt', quantity: 1 }], expectedTotal: 1_000 },
              headers: { 'idempotency-key': `belt-${order}` },
            }),
          );
      } finally {
        over = true;
        await changing;
      }
      const paid = replies.filter(({ status }) => status === 201).map(orderIn);
      const refused = replies.filter(({ status }) => status !== 201).map(({ body }) => priceChanged.parse(body));
      say(`100 orders at an expected total while the price changes: ${paid.length} paid`);
      expect(paid.map(({ totalAmount }) => totalAmount)).toEqual(paid.map(() => 1_000));
      expect(refused.every(({ actualTotal }) => actualTotal !== 1_000)).toBe(true);
      expect(await balanceOf('eve')).toBe(10_000_000 - 1_000 * paid.length);
    }, 120_000);

    it('is counted by one of two shopkeepers who count it at once, and the other hears what is there', async () => {
      await register('nail', 10, 100);
      let stock = 100;
      for (let count = 0; count < 20; count += 1) {
        const counting = (index: number) =>
          operating(index)('POST', '/products/nail/stock-adjustments', {
            body: { setTo: stock + 1 + index, expectedStock: stock, reason: 'stocktaking' },
            headers: { 'idempotency-key': `count-${count}-${index}` },
          });
        const replies = await Promise.all(times(2, counting));
        expect(byStatus(replies)).toEqual({ 200: 1, 409: 1 });
        const winner = replies.findIndex(({ status }) => status === 200);
        stock += 1 + winner;
        expect(replies[winner]?.body).toMatchObject({ delta: 1 + winner, stock });
        expect(replies[1 - winner]?.body).toMatchObject({ code: 'STOCK_CHANGED', stock });
        expect(await Promise.all(times(2, (index) => stockOf('nail', index)))).toEqual([stock, stock]);
      }
    });

    it('is searched, filtered and sorted the same on every process, with the stock of this moment', async () => {
      const names = {
        'kettle-blue': ['Blue KETTLE', 3_000, 1],
        'kettle-red': ['red kettle', 2_000, 5],
        'kettle-lid': ['Kettle lid', 500, 0],
      } as const;
      for (const [productId, [name, price, stock]] of Object.entries(names)) {
        products.add(productId);
        await operating(products.size)('POST', '/products', {
          body: { productId, name, price, stock },
          headers: { 'idempotency-key': productId },
        });
      }
      const found = async (query: string) =>
        Promise.all(
          everyReader().map(async (look) => {
            const { items, total } = catalogue.parse((await look('GET', `/products?q=keTTle&${query}`)).body);
            expect(total).toBe(items.length);
            return items.map(({ productId, stock }) => `${productId} ${stock}`);
          }),
        );
      const both = (...items: readonly string[]) => [items, items];
      expect(await found('sort=price')).toEqual(both('kettle-lid 0', 'kettle-red 5', 'kettle-blue 1'));
      expect(await found('sort=-name')).toEqual(both('kettle-red 5', 'kettle-lid 0', 'kettle-blue 1'));
      expect(await found('minPrice=500&maxPrice=2000&sort=-price')).toEqual(both('kettle-red 5', 'kettle-lid 0'));
      expect(await found('inStock=true')).toEqual(both('kettle-blue 1', 'kettle-red 5'));
      await charge('fay', 3_000);
      orderIn(await counterAt(writer('fay', 1)).order('fay', [{ productId: 'kettle-blue', quantity: 1 }], 'the-last'));
      expect(await found('inStock=true')).toEqual(both('kettle-red 5'));
      await counterAt(operating(0)).reprice('kettle-red', 2_001);
      expect(await found('maxPrice=2000')).toEqual(both('kettle-lid 0'));
    });
  });

  describe('its books', () => {
    it('have a statement whose pages hold together while both processes go on writing, from whichever process each page comes', async () => {
      await charge('ivy', 1);
      const chargeOne = (n: number) => counterAt(operating(n)).charge('ivy', 1, `ivy-${n}`);
      for (let n = 0; n < 40; n += 1) await chargeOne(n);
      let added = 40;
      const entries = await wholeHistory('/balance/ivy/transactions?type=CHARGE', transaction, () => chargeOne(added++));
      expect(added).toBeGreaterThan(44);
      expect(entries.map(({ balanceAfter }) => balanceAfter)).toEqual(times(42, (index) => 42 - index));
    });

    it('have in every wallet what its statement adds up to', async () => {
      const sign = { CHARGE: 1, PAYMENT: -1, REFUND: 1 } as const;
      for (const [index, userId] of [...users].entries()) {
        const entries = await wholeHistory(`/balance/${userId}/transactions`, transaction);
        let balance = 0;
        for (const { type, amount, balanceAfter } of entries.reverse()) {
          balance += sign[type] * amount;
          expect([userId, balanceAfter]).toEqual([userId, balance]);
        }
        expect([userId, await balanceOf(userId, index)]).toEqual([userId, balance]);
      }
    });

    it('have in every stock what its movements add up to, and no order that is not settled', async () => {
      for (const [index, productId] of [...products].entries()) {
        const entries = await until(
          () => movementsOf(productId),
          (movements) => {
            const settled = new Set(movements.filter(({ type }) => type !== 'RESERVED').map(({ orderId }) => orderId));
            return movements.every(({ orderId }) => settled.has(orderId));
          },
          40_000,
        );
        let stock = 0;
        for (const { quantity, stockAfter } of entries.reverse()) {
          stock += quantity;
          expect([productId, stockAfter]).toEqual([productId, stock]);
        }
        expect([productId, await stockOf(productId, index)]).toEqual([productId, stock]);
      }
    });

    it('tell the data platform of every order, of a cancellation after its payment, and of the sales that the best sellers show', async () => {
      const orders = (await Promise.all([...users].map((userId) => wholeHistory(`/orders?userId=${userId}`, listedOrder)))).flat();
      const wanted = orders
        .flatMap(({ orderId, status }) => [
          `order.paid.v1 ${orderId}`,
          ...(status === 'CANCELLED' ? [`order.cancelled.v1 ${orderId}`] : []),
        ])
        .sort();
      const told = async () => {
        const events = new Map<string, FeedEvent>();
        for await (const line of kafkaFeedLines({ ...readKafkaSettings(shop.environment).feed, newId: randomUUID })) {
          const event = feedEvent.parse(JSON.parse(line));
          if (!events.has(event.id)) events.set(event.id, event);
        }
        return [...events.values()];
      };
      const events = await until(told, (sent) => sent.length >= wanted.length, 60_000);
      const inOrder = events.map(({ type, subject }) => `${type} ${subject}`);
      expect([...inOrder].sort()).toEqual(wanted);
      for (const { orderId, status } of orders)
        if (status === 'CANCELLED')
          expect(inOrder.indexOf(`order.cancelled.v1 ${orderId}`)).toBeGreaterThan(inOrder.indexOf(`order.paid.v1 ${orderId}`));

      const sales = standingSales(events);
      expect(sales.length).toBeGreaterThan(3);
      expect(sales.map(({ productId }) => productId)).not.toContain('lamp'); // all cancelled
      for (const limit of [1, 3, 20])
        for (const look of everyReader())
          expect(bestSellers.parse((await look('GET', `/products/top?limit=${limit}`)).body).items).toEqual(sales.slice(0, limit));
    }, 120_000);

    it('are found right by the audit, with all that the customers were answered', async () => {
      const report = await shop.settledAudit();
      const { verdict, judged, events } = report;
      say(`audit: ${verdict}, ${events} events, judged ${judged.join(' ')}`);
      expectNothingWrong(report);
      expect(judged).toEqual(expect.arrayContaining(['I1', 'I2', 'I5', 'I6', 'I9', 'I10', 'I13']));
    }, 300_000);
  });
});
