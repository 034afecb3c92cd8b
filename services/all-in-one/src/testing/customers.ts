import { z } from 'zod';
import { clientOf, type Call, type Reply } from './client.js';

const balance = z.object({ balance: z.int() });
const product = z.object({ stock: z.int(), price: z.int() });
const order = z.object({ orderId: z.string(), totalAmount: z.int() });
const problem = z.object({ code: z.string() });

const expectStatus = (reply: Reply, status: number): Reply => {
  if (reply.status !== status) throw new Error(`expected ${status}, got ${reply.status}: ${JSON.stringify(reply.body)}`);
  return reply;
};

/** What the tests do again and again, in the words of a shop. */
export const customersOf = (call: Call) => ({
  register: async (productId: string, price: number, stock: number) =>
    void expectStatus(await call('POST', '/products', { body: { productId, name: `product ${productId}`, price, stock } }), 201),
  charge: async (userId: string, amount: number) =>
    void expectStatus(await call('POST', '/balance/charge', { body: { userId, amount } }), 200),
  order: (userId: string, items: readonly { readonly productId: string; readonly quantity: number }[], key?: string): Promise<Reply> =>
    call('POST', '/orders', { body: { userId, items }, ...(key !== undefined && { headers: { 'idempotency-key': key } }) }),
  balance: async (userId: string) => balance.parse(expectStatus(await call('GET', `/balance/${userId}`), 200).body).balance,
  stock: async (productId: string) => product.parse(expectStatus(await call('GET', `/products/${productId}`), 200).body).stock,
});

export const orderIn = (reply: Reply) => order.parse(expectStatus(reply, 201).body);
export const codeIn = (reply: Reply) => problem.parse(reply.body).code;
/** How many replies there were of each status. */
export const byStatus = (replies: readonly Reply[]): Readonly<Record<number, number>> => {
  const counts: Record<number, number> = {};
  for (const { status } of replies) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
};
export const times = <Result>(count: number, make: (index: number) => Result): Result[] =>
  Array.from({ length: count }, (_, index) => make(index));

/** Twenty mugs for one customer, all at once. */
export const sellSomething = async (url: string): Promise<void> => {
  const { call, close } = clientOf(url);
  const { charge, order } = customersOf(call);
  await charge('u1', 1_000_000);
  await Promise.all(times(20, () => order('u1', [{ productId: 'mug', quantity: 1 }])));
  close();
};
