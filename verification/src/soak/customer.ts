import { codeIn } from '@shop/audit';
import type { Random } from '@shop/clock';
import type { Reply } from '@shop/all-in-one/testing/client';
import { z } from 'zod';
import type { PersistentClient } from './persistent-client.js';

const paid = z.object({ orderId: z.string() });
const cart = z.object({ items: z.array(z.object({ itemId: z.string() })) });

/** What the shop may answer a customer who asks for too much; any other refusal is a finding. */
const expected: ReadonlySet<string> = new Set([
  'INSUFFICIENT_BALANCE',
  'INSUFFICIENT_STOCK',
  'CART_EMPTY',
  'CART_ITEM_NOT_FOUND',
  'CART_LIMIT_EXCEEDED',
  'PRICE_CHANGED',
  'PRODUCT_NOT_FOUND',
]);

export type Customer = {
  /** Does one thing that customers and shopkeepers do, to its end. */
  readonly act: () => Promise<void>;
};

export type CustomerOptions = {
  /** From 0; two that are `sharing` apart use one wallet, all of a generation the same products. */
  readonly number: number;
  readonly client: PersistentClient;
  readonly random: Random;
  readonly unexpected: (finding: string) => void;
};

/** Customers with one wallet between them: what one of them is told depends on the others. */
export const sharing = 4;
/** After so many acts everybody moves on to new wallets and products, so that the history of none grows beyond what can be searched. */
const actsOfGeneration = 120;
const productsOfGeneration = 4;
const [price, stock] = [100, 60];

export const customerOf = ({ number, client, random, unexpected }: CustomerOptions): Customer => {
  const { insist, ask } = client;
  const below = (bound: number): number => Math.floor(random() * bound);
  let [acts, keys] = [0, 0];
  let token: string | undefined;
  let orders: string[] = [];
  let items: string[] = [];
  let opened = -1;

  const generation = () => Math.floor(acts / actsOfGeneration);
  const user = () => `w${generation()}-${number % sharing}`;
  /** The last of a generation is sold alone and never through a cart: whoever asks for it holds nothing else meanwhile. */
  const product = (at: number) => `p${generation()}-${at}`;
  const anyProduct = () => product(below(productsOfGeneration));
  const cartProduct = () => product(below(productsOfGeneration - 1));

  const note = (reply: Reply | undefined): Reply | undefined => {
    const sent = reply?.headers['consistency-token'];
    if (typeof sent === 'string' && (token === undefined || sent > token)) token = sent;
    const code = reply && reply.status >= 400 ? codeIn({ answer: reply.body }) : undefined;
    if (reply && (reply.status === 500 || (reply.status < 500 && code !== undefined && !expected.has(code))))
      unexpected(`${reply.status} ${code ?? ''} to ${user()}: ${JSON.stringify(reply.body)}`);
    return reply;
  };
  const write = async (path: string, body: object, key: string): Promise<Reply | undefined> =>
    note(await insist('POST', path, { body, headers: { 'idempotency-key': key } }));
  const newKey = (what: string) => `${what}-${number}-${(keys += 1)}`;

  /** Everybody registers them under the same key: it happens once. */
  const openGeneration = async (): Promise<void> => {
    opened = generation();
    [orders, items] = [[], []];
    for (let at = 0; at < productsOfGeneration; at += 1)
      await write('/products', { productId: product(at), name: `product ${product(at)}`, price, stock }, `register-${product(at)}`);
    await charge();
  };
  const charge = async () => void (await write('/balance/charge', { userId: user(), amount: 1 + below(900) }, newKey('charge')));
  const remember = (reply: Reply | undefined): void => {
    if (reply?.status === 201) orders.push(paid.parse(reply.body).orderId);
  };
  const order = async (): Promise<void> => {
    const alone = random() < 0.4;
    const chosen = alone ? [product(productsOfGeneration - 1)] : [...new Set([cartProduct(), cartProduct()])];
    const lines = chosen.map((productId) => ({ productId, quantity: 1 + below(3) }));
    remember(await write('/orders', { userId: user(), items: lines }, newKey('order')));
  };
  const cancel = async (): Promise<void> => {
    const [orderId] = orders.splice(below(orders.length), 1);
    if (orderId === undefined) return order();
    note(await insist('POST', `/orders/${orderId}/cancel`, { body: { userId: user() } }));
  };
  const fillCart = async (): Promise<void> => {
    const reply = await write('/orders/cart', { userId: user(), productId: cartProduct(), quantity: 1 + below(2) }, newKey('add'));
    if (reply?.status === 200) items = cart.parse(reply.body).items.map(({ itemId }) => itemId);
  };
  const changeCart = async (): Promise<void> => {
    const itemId = items[below(items.length)];
    if (itemId === undefined) return fillCart();
    if (random() < 0.5) note(await insist('DELETE', `/orders/cart/${itemId}?userId=${user()}`));
    else note(await insist('PATCH', `/orders/cart/${itemId}`, { body: { userId: user(), quantity: 1 + below(4) } }));
  };
  const checkout = async () => remember(await write('/orders/cart/checkout', { userId: user() }, newKey('checkout')));
  const adjust = async (): Promise<void> => {
    const delta = random() < 0.7 ? 1 + below(20) : -1 - below(4);
    await write(`/products/${anyProduct()}/stock-adjustments`, { delta, reason: 'counted' }, newKey('adjust'));
  };
  const reprice = async () => void note(await insist('PATCH', `/products/${cartProduct()}`, { body: { price: price - 10 + below(20) } }));

  const consistency = (): Readonly<Record<string, string>> => {
    const chance = random();
    if (chance < 0.15) return { consistency: 'eventual' };
    return chance < 0.3 && token !== undefined ? { consistency: 'session', 'consistency-token': token } : {};
  };
  const read = async (): Promise<void> => {
    const orderId = orders[below(orders.length)];
    const paths = [
      `/balance/${user()}`,
      `/balance/${user()}`,
      `/products/${anyProduct()}`,
      `/products/${product(productsOfGeneration - 1)}`,
      orderId === undefined ? `/orders?userId=${user()}` : `/orders/${orderId}?userId=${user()}`,
      `/orders/cart?userId=${user()}`,
      `/products?limit=5`,
      `/products/top`,
      `/balance/${user()}/transactions?limit=5`,
    ];
    const headers = consistency();
    const reply = await ask('GET', paths[below(paths.length)] ?? '/products', { headers });
    // Who asked for no more than `eventual` may be told that his new order is not there.
    if (headers['consistency'] !== 'eventual' || reply?.status !== 404) note(reply);
  };

  const doings: readonly (readonly [weight: number, act: () => Promise<void>])[] = [
    [34, read],
    [22, order],
    [12, charge],
    [9, fillCart],
    [7, checkout],
    [6, cancel],
    [5, adjust],
    [4, changeCart],
    [1, reprice],
  ];
  const total = doings.reduce((sum, [weight]) => sum + weight, 0);
  return {
    act: async () => {
      if (generation() !== opened) await openGeneration();
      let chosen = below(total);
      for (const [weight, doing] of doings) {
        chosen -= weight;
        if (chosen >= 0) continue;
        await doing();
        break;
      }
      acts += 1;
    },
  };
};
