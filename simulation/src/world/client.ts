import {
  addCartItem,
  adjustStock,
  archiveProduct,
  cancelOrder,
  changeCartItem,
  changeProduct,
  chargeBalance,
  checkoutCart,
  clearCart,
  getBalance,
  getCart,
  getOrder,
  getProduct,
  listOrders,
  listProducts,
  listStockMovements,
  listTransactions,
  placeOrder,
  Problem,
  problemStatus,
  registerProduct,
  removeCartItem,
  topProducts,
  type Consistency,
  type Route,
  type RouteAnswer,
} from '@shop/http';
import type { ReadModelName } from '@shop/read-store';
import { z } from 'zod';
import type { Actor } from '../core/simulation.js';
import type { Fleet } from './fleet.js';
import type { Exchange } from './history.js';
import type { Action, Client, Command, Freshness, Plan } from './plan.js';
import { requestAt, type Asked, type Running, type World } from './processes.js';

/** What a user has been told so far, in whichever tab. */
type Memory = {
  token: string;
  readonly orders: string[];
  items: readonly string[];
  cartRevision: number;
};

/** A request before it is sent: the route, what goes into it, and its path as a client writes it. */
type Wanted = Partial<Pick<Asked, 'params' | 'query' | 'body' | 'ifMatch'>> & {
  readonly route: Route;
  readonly path: string;
  readonly userId: string;
  readonly freshness?: Freshness;
};

export const userName = (user: number): string => `user-${user + 1}`;
const productId = (product: number): string => `p${product + 1}`;

const pick = <Item>(items: readonly Item[], choice: number): Item | undefined => items[choice % items.length];

const orderAnswer = z.object({ orderId: z.string() });
const cartAnswer = z.object({ items: z.array(z.object({ itemId: z.string() })), revision: z.int() });

const paidAtIn = z.object({ occurredAt: z.string() });

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const windowMs = 72 * hourMs;
const timeoutMs = 14_000;
const againMs = 1_500;

const totalOf = (plan: Plan, action: Extract<Action, { kind: 'order' }>): number =>
  action.lines.reduce((sum, { product, quantity }) => sum + quantity * (plan.products[product]?.price ?? 0), 0);

/** What an action asks for, by what its user knows; undefined where there is nothing to ask for. */
const wantedOf = (plan: Plan, { user, action, key }: Command, memory: Memory): Wanted | undefined => {
  const userId = userName(user);
  switch (action.kind) {
    case 'register':
      return undefined;
    case 'charge':
      return { route: chargeBalance, path: '/balance/charge', userId, body: { userId, amount: action.amount } };
    case 'order': {
      const items = action.lines.map(({ product, quantity }) => ({ productId: productId(product), quantity }));
      const expectedTotal = action.expects && totalOf(plan, action) + (action.expects === 'the right total' ? 0 : 1);
      return {
        route: placeOrder,
        path: '/orders',
        userId,
        query: {},
        body: { userId, items, ...(expectedTotal !== undefined && { expectedTotal }) },
      };
    }
    case 'add':
      return {
        route: addCartItem,
        path: '/orders/cart',
        userId,
        body: { userId, productId: productId(action.product), quantity: action.quantity },
      };
    case 'change': {
      const itemId = pick(memory.items, action.line);
      if (itemId === undefined) return undefined;
      const ifMatch = action.stale ? { ifMatch: memory.cartRevision } : {};
      return {
        route: changeCartItem,
        path: `/orders/cart/${itemId}`,
        userId,
        params: { itemId },
        body: { userId, quantity: action.quantity },
        ...ifMatch,
      };
    }
    case 'remove': {
      const itemId = pick(memory.items, action.line);
      return itemId === undefined
        ? undefined
        : { route: removeCartItem, path: `/orders/cart/${itemId}?userId=${userId}`, userId, params: { itemId }, query: { userId } };
    }
    case 'clear':
      return { route: clearCart, path: `/orders/cart?userId=${userId}`, userId, query: { userId } };
    case 'checkout': {
      const [first] = memory.items;
      const itemIds = action.part && first !== undefined ? { itemIds: [first] } : {};
      return { route: checkoutCart, path: '/orders/cart/checkout', userId, body: { userId, ...itemIds } };
    }
    case 'cancel': {
      const orderId = pick(memory.orders, action.order);
      return orderId === undefined
        ? undefined
        : { route: cancelOrder, path: `/orders/${orderId}/cancel`, userId, params: { orderId }, body: { userId } };
    }
    case 'adjust': {
      const id = productId(action.product);
      return {
        route: adjustStock,
        path: `/products/${id}/stock-adjustments`,
        userId: '',
        params: { productId: id },
        body: { delta: action.delta, reason: key },
      };
    }
    case 'reprice': {
      const id = productId(action.product);
      return {
        route: changeProduct,
        path: `/products/${id}`,
        userId: '',
        params: { productId: id },
        body: { price: action.price },
        ...(action.stale && { ifMatch: 1 }),
      };
    }
    case 'archive': {
      const id = productId(action.product);
      return { route: archiveProduct, path: `/products/${id}/archive`, userId: '', params: { productId: id }, body: {} };
    }
    case 'read':
      return readOf(plan, action, userId, memory);
  }
};

/** Read models that an answer is made of. */
const modelsOf: Record<Extract<Action, { kind: 'read' }>['what'], readonly ReadModelName[]> = {
  balance: ['balances'],
  transactions: ['statement'],
  product: ['products'],
  products: ['products'],
  movements: [],
  order: ['orders'],
  orders: ['orders'],
  cart: ['carts', 'products'],
  top: ['best-sellers', 'products'],
};

const readOf = (
  plan: Plan,
  { what, of, freshness }: Extract<Action, { kind: 'read' }>,
  userId: string,
  memory: Memory,
): Wanted | undefined => {
  const id = productId(of % plan.products.length);
  const page = { limit: 20 };
  if (!modelsOf[what].every((name) => plan.models.includes(name))) return undefined;
  switch (what) {
    case 'balance':
      return { route: getBalance, path: `/balance/${userId}`, userId, params: { userId }, freshness };
    case 'transactions':
      return { route: listTransactions, path: `/balance/${userId}/transactions`, userId, params: { userId }, query: page, freshness };
    case 'product':
      return { route: getProduct, path: `/products/${id}`, userId: '', params: { productId: id }, freshness };
    case 'products':
      return { route: listProducts, path: '/products', userId: '', query: { page: 1, limit: 20 }, freshness };
    case 'movements':
      return {
        route: listStockMovements,
        path: `/products/${id}/stock-movements`,
        userId: '',
        params: { productId: id },
        query: page,
        freshness,
      };
    case 'order': {
      const orderId = pick(memory.orders, of);
      return orderId === undefined
        ? undefined
        : { route: getOrder, path: `/orders/${orderId}?userId=${userId}`, userId, params: { orderId }, query: { userId }, freshness };
    }
    case 'orders':
      return { route: listOrders, path: `/orders?userId=${userId}`, userId, query: { userId, ...page }, freshness };
    case 'cart':
      return { route: getCart, path: `/orders/cart?userId=${userId}`, userId, query: { userId }, freshness };
    case 'top':
      return { route: topProducts, path: '/products/top', userId: '', query: { limit: 5 }, freshness };
  }
};

type Reply = { readonly status: number; readonly answer: unknown; readonly position: string | undefined };
const isDefinite = (reply: Reply | undefined): boolean => reply !== undefined && reply.status !== 503;

const replyOf = (route: Route, { body, token, asOf }: RouteAnswer<Route>): Reply => ({
  status: route.success.status,
  answer: body,
  position: token ?? asOf,
});
const problemReply = (error: unknown): Reply => {
  if (!(error instanceof Problem)) throw error;
  return { status: problemStatus[error.code], answer: { code: error.code, ...error.fields }, position: undefined };
};

/** Everybody who asks the shop for something, and all that was asked and answered. */
export const clientele = (world: World, fleet: Fleet) => {
  const { sim, plan, log } = world;
  const { random } = sim;
  const exchanges: Exchange[] = [];
  const memories = new Map<string, Memory>();
  let requests = 0;

  const memoryOf = (userId: string): Memory => {
    const known = memories.get(userId) ?? { token: '0'.repeat(16), orders: [], items: [], cartRevision: 0 };
    memories.set(userId, known);
    return known;
  };
  const consistencyOf = (freshness: Freshness, { token }: Memory): Consistency => {
    if (freshness === 'eventual') return { level: 'eventual' };
    return freshness === 'session' ? { level: 'session', token } : { level: 'strong' };
  };

  const learn = (memory: Memory, { route }: Wanted, { status, answer, position }: Reply): void => {
    if (status >= 300) return;
    if (position !== undefined && position > memory.token) memory.token = position;
    if (route === placeOrder || route === checkoutCart) {
      const { orderId } = orderAnswer.parse(answer);
      if (!memory.orders.includes(orderId)) memory.orders.push(orderId);
    }
    const cart = cartAnswer.safeParse(answer);
    if (!cart.success || (route !== addCartItem && route !== getCart && route !== changeCartItem)) return;
    memory.items = cart.data.items.map(({ itemId }) => itemId);
    memory.cartRevision = cart.data.revision;
  };

  /** The answer of a process; undefined where it died first, or took too long. */
  const answerOf = (client: Actor, process: Running, route: Route, asked: Asked): Promise<Reply | undefined> =>
    new Promise((resolve, reject) => {
      const unheard = () => resolve(undefined);
      process.mourners.add(unheard);
      const forget = sim.after(client, timeoutMs, unheard);
      const end = () => {
        process.mourners.delete(unheard);
        forget();
      };
      process
        .handle(route)(requestAt(process, asked))
        .then((answer) => replyOf(route, answer), problemReply)
        .then(resolve, reject)
        .finally(end);
    });

  const send = async (
    client: Actor,
    process: Running,
    command: Pick<Command, 'action' | 'key'>,
    wanted: Wanted,
  ): Promise<Reply | undefined> => {
    const { route, path, userId, params, query, body, ifMatch } = wanted;
    const memory = memoryOf(userId);
    const requestId = `${client.name}-${(requests += 1)}`;
    const consistency = consistencyOf(wanted.freshness ?? 'strong', memory);
    const key = route.idempotency === 'honoured' ? { idempotencyKey: command.key } : {};
    const asked: Asked = { params, query, body, userId, consistency, requestId, ...key, ...(ifMatch !== undefined && { ifMatch }) };
    const begin = sim.choices();
    const eventsBefore = log.all().length;
    await sim.step(client, 'request', path);
    const reply = process.actor.alive && !process.ending ? await answerOf(client, process, route, asked) : undefined;
    if (reply) await sim.step(client, 'answer', path);
    if (reply) learn(memory, wanted, reply);
    sim.trace.remark(`${requestId} ${route.method} ${path} at ${process.actor.name}: ${reply?.status ?? 'no answer'}`);
    exchanges.push({
      begin,
      end: reply ? sim.choices() : null,
      method: METHODS[route.method],
      path,
      userId,
      requestId,
      ...(route.idempotency === 'honoured' && { key: command.key }),
      body,
      ...(consistency.level === 'session' && { token: consistency.token }),
      consistency: consistency.level,
      status: reply?.status ?? null,
      answer: reply?.answer,
      ...(reply?.position !== undefined && { position: reply.position }),
      action: command.action,
      process: process.name,
      eventsBefore,
      eventsAfter: reply ? log.all().length : Infinity,
    });
    return reply;
  };

  const processFor = async (client: Actor, wanted: Wanted): Promise<Running> => {
    const role = wanted.route.service === 'query-api' ? 'query-api' : 'command-api';
    for (;;) {
      const process = fleet.oneOf(role);
      if (process) return process;
      await sim.sleep(client, 200);
    }
  };
  const insist = async (client: Actor, command: Command, wanted: Wanted, first: Running): Promise<void> => {
    let process = first;
    for (let attempt = 0; ; attempt += 1) {
      const reply = await send(client, process, command, wanted);
      if (isDefinite(reply) || attempt >= command.tries) return;
      await sim.sleep(client, random() * againMs);
      process = await processFor(client, wanted);
    }
  };

  const execute = async (client: Actor, command: Command): Promise<void> => {
    if (command.pause > 0) await sim.sleep(client, command.pause);
    const wanted = wantedOf(plan, command, memoryOf(userName(command.user)));
    if (!wanted) return;
    const process = await processFor(client, wanted);
    const copies = Array.from({ length: command.copies }, async (_, copy) => {
      const own = command.tabs ? { ...command, key: `${command.key}-tab-${copy + 1}` } : command;
      await insist(client, own, wanted, copy === 0 || command.sameProcess ? process : await processFor(client, wanted));
    });
    await Promise.all(copies);
  };

  const be = async ({ name, commands }: Client): Promise<void> => {
    const client = sim.actor(name);
    for (const command of commands) await execute(client, command);
  };

  /** The catalogue and everybody's first balance, until all of it stands. */
  const openShop = async (): Promise<void> => {
    const operator = sim.actor('operator');
    const insistent = async (wanted: Wanted, key: string, action: Action): Promise<void> => {
      for (;;) {
        const process = await processFor(operator, wanted);
        if (isDefinite(await send(operator, process, { action, key }, wanted))) return;
        await sim.sleep(operator, random() * againMs);
      }
    };
    await Promise.all([
      ...plan.products.map(({ stock, price }, product) => {
        const body = { productId: productId(product), name: `Product ${product + 1}`, price, stock };
        return insistent({ route: registerProduct, path: '/products', userId: '', body }, `registration-${product}`, {
          kind: 'archive',
          product,
        });
      }),
      ...Array.from({ length: plan.balance > 0 ? plan.users : 0 }, (_, user) => {
        const body = { userId: userName(user), amount: plan.balance };
        return insistent({ route: chargeBalance, path: '/balance/charge', userId: userName(user), body }, 'first', {
          kind: 'charge',
          amount: plan.balance,
        });
      }),
    ]);
  };

  /** Best sellers as of the edges of a sale's window, asked once the window has passed. */
  const askForOldBestSellers = async (): Promise<void> => {
    const sale = log.all().find(({ type }) => type === 'OrderPaid');
    if (!sale || plan.seed % 4 > 0 || !modelsOf.top.every((name) => plan.models.includes(name))) return;
    const paidAt = Date.parse(paidAtIn.parse(sale.data).occurredAt);
    const minute = paidAt - (paidAt % minuteMs);
    sim.leap(windowMs + 2 * hourMs);
    const reader = sim.actor('reader');
    for (const at of [minute - 1, minute, minute + windowMs, minute + windowMs + minuteMs - 1, minute + windowMs + minuteMs]) {
      const asOf = new Date(at).toISOString();
      const action = { kind: 'read', what: 'top', of: 0, freshness: 'strong' } as const;
      const wanted: Wanted = {
        route: topProducts,
        path: `/products/top?asOf=${asOf}`,
        userId: '',
        query: { limit: 5, asOf },
        freshness: 'strong',
      };
      await send(reader, await processFor(reader, wanted), { action, key: '' }, wanted);
    }
  };

  return { exchanges, be, openShop, askForOldBestSellers };
};
export type Clientele = ReturnType<typeof clientele>;

const METHODS = { get: 'GET', post: 'POST', put: 'PUT', patch: 'PATCH', delete: 'DELETE' } as const;
