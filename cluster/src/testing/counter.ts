import type { Call, Reply } from '@shop/all-in-one/testing/client';
import { z } from 'zod';

const balance = z.object({ balance: z.int() });
const product = z.object({ stock: z.int(), price: z.int(), revision: z.int() });
export type Line = { readonly productId: string; readonly quantity: number };

const expectStatus = (reply: Reply, status: number): Reply => {
  if (reply.status !== status) throw new Error(`expected ${status}, got ${reply.status}: ${JSON.stringify(reply.body)}`);
  return reply;
};

/** What tests do at one address of the shop. All that writes carries a key, so that it may be asked again. */
export const counterAt = (call: Call) => ({
  register: async (productId: string, price: number, stock: number) =>
    void expectStatus(
      await call('POST', '/products', {
        body: { productId, name: `product ${productId}`, price, stock },
        headers: { 'idempotency-key': `register-${productId}` },
      }),
      201,
    ),
  charge: async (userId: string, amount: number, key: string) =>
    expectStatus(await call('POST', '/balance/charge', { body: { userId, amount }, headers: { 'idempotency-key': key } }), 200),
  order: (userId: string, items: readonly Line[], key: string): Promise<Reply> =>
    call('POST', '/orders', { body: { userId, items }, headers: { 'idempotency-key': key } }),
  reprice: async (productId: string, price: number) =>
    product.parse(expectStatus(await call('PATCH', `/products/${productId}`, { body: { price } }), 200).body),
  balance: async (userId: string) => balance.parse(expectStatus(await call('GET', `/balance/${userId}`), 200).body).balance,
  product: async (productId: string) => product.parse(expectStatus(await call('GET', `/products/${productId}`), 200).body),
});

/** One of several, by turns. */
export const inTurn = <Item>(items: readonly Item[], index: number): Item => {
  const item = items[index % items.length];
  if (item === undefined) throw new Error('there is none');
  return item;
};

/** The time in milliseconds that so many percent of them did not exceed. */
export const percentile = (milliseconds: readonly number[], percent: number): number => {
  const sorted = [...milliseconds].sort((one, other) => one - other);
  return Math.round(sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))] ?? 0);
};

/** Milliseconds that something took, beside what it came to. */
export const timed = async <Result>(work: () => Promise<Result>): Promise<{ readonly ms: number; readonly result: Result }> => {
  const begun = performance.now();
  const result = await work();
  return { ms: performance.now() - begun, result };
};

/** So many at a time. */
export const inBatches = async <Item>(items: readonly Item[], atOnce: number, work: (item: Item) => Promise<unknown>): Promise<void> => {
  const waiting = [...items];
  const worker = async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
};
