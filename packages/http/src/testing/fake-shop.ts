import { systemClock, type Clock } from '@shop/clock';
import type { DestinationStream } from 'pino';
import { Registry } from 'prom-client';
import {
  addCartItem,
  archiveProduct,
  bind,
  changeProduct,
  chargeBalance,
  createHttpServer,
  createLogger,
  getBalance,
  getCart,
  getOrder,
  getProduct,
  placeOrder,
  readHttpSettings,
  registerProduct,
  removeCartItem,
  topProducts,
  type BoundRoute,
  type HttpHost,
  type HttpServer,
  type Readiness,
  type Route,
  type RouteRequest,
  type Service,
} from '../index.js';

const won = 'KRW' as const;
const dryRun = true as const;
export const position = '00000000000000ff';
export const now = '2026-01-05T03:04:05.678Z';

export const product = (productId: string) =>
  ({ productId, name: '머그컵', price: 12_000, stock: 37, status: 'ACTIVE', revision: 2, createdAt: now }) as const;
export const order = (userId: string) =>
  ({
    orderId: 'o1',
    userId,
    status: 'PAID',
    items: [{ productId: 'p1', name: '머그컵', unitPrice: 12_000, quantity: 2, subtotal: 24_000 }],
    totalAmount: 24_000,
    currency: 'KRW',
    balanceAfter: 1_000,
    paidAt: now,
  }) as const;

/** What the handlers were given, in the order of the requests. */
export type Seen = RouteRequest<Route>[];

/** Handlers that answer what the contract allows and remember what they were given. */
export const fakeRoutes = (seen: Seen): readonly BoundRoute[] => {
  const note = <R extends RouteRequest<Route>>(request: R): R => {
    seen.push(request);
    return request;
  };
  return [
    bind(chargeBalance, async (request) => {
      const { userId, body } = note(request);
      const transaction = { transactionId: 't1', type: 'CHARGE' as const, amount: body.amount, balanceAfter: body.amount, occurredAt: now };
      return { body: { userId, balance: body.amount, currency: won, transaction }, token: position };
    }),
    bind(getBalance, async (request) => ({ body: { userId: note(request).userId, balance: 1, currency: won }, asOf: position })),
    bind(getProduct, async (request) => {
      const { params } = note(request);
      return { body: product(params.productId), asOf: position, revision: 2 };
    }),
    bind(topProducts, async (request) => {
      const to = note(request).receivedAt.toISOString();
      return { body: { items: [], window: { from: to, to } }, asOf: position };
    }),
    bind(registerProduct, async (request) => {
      const { body } = note(request);
      return { body: product(body.productId ?? 'made'), token: position, location: '/products/made' };
    }),
    bind(changeProduct, async (request) => ({ body: product(note(request).params.productId), token: position })),
    bind(archiveProduct, async (request) => ({ body: product(note(request).params.productId), token: position, replayed: true })),
    bind(placeOrder, async (request) => {
      const { userId, query } = note(request);
      const { items, totalAmount, currency, balanceAfter } = order(userId);
      if (query.dryRun) return { body: { dryRun, items: [...items], totalAmount, currency, balanceAfter }, token: position };
      return { body: { ...order(userId), items: [...items] }, token: position, location: '/orders/o1' };
    }),
    bind(getOrder, async (request) => {
      const { userId } = note(request);
      return { body: { ...order(userId), items: [...order(userId).items] }, asOf: position };
    }),
    bind(addCartItem, async (request) => ({
      body: { userId: note(request).userId, items: [], totalQuantity: 0, revision: 1 },
      token: position,
    })),
    bind(removeCartItem, async (request) => {
      note(request);
      return { token: position };
    }),
    bind(getCart, async (request) => ({
      body: { userId: note(request).userId, items: [], totalQuantity: 0, totalAmount: 0, purchasableAmount: 0, revision: 0 },
      asOf: position,
      revision: 0,
    })),
  ];
};

export const ready: Readiness = { status: 'ready', checks: { eventStore: 'up' }, parked: [] };
export const serviceOf = (routes: readonly BoundRoute[], readiness: () => Promise<Readiness> = async () => ready): Service => ({
  name: 'command-api',
  routes,
  readiness,
  start: async () => {},
  stop: async () => {},
});

/** Lines of a log, parsed. */
export const logLines = (): { readonly destination: DestinationStream; readonly text: () => string } => {
  let text = '';
  return {
    destination: {
      write: (line) => {
        text += line;
      },
    },
    text: () => text,
  };
};

export type FakeShop = HttpServer & { readonly url: string; readonly opsUrl: string; readonly seen: Seen; readonly log: () => string };

/** A server on a free port over fake handlers, with the environment given. Every answer is compared with its schema. */
export const startShop = async (
  environment: Readonly<Record<string, string>> = {},
  overrides: Partial<Omit<HttpHost, 'settings'>> & { readonly clock?: Clock } = {},
): Promise<FakeShop> => {
  const seen: Seen = [];
  const lines = logLines();
  let ids = 0;
  const shop = createHttpServer({
    services: [serviceOf(fakeRoutes(seen))],
    settings: readHttpSettings({ PORT: '0', ...environment }, { port: 0, authMode: 'off' }),
    clock: systemClock,
    logger: createLogger('info', lines.destination),
    newId: () => `id-${(ids += 1)}`,
    registry: new Registry(),
    verifyAnswers: true,
    ...overrides,
  });
  const { port, opsPort } = await shop.listen();
  return { ...shop, url: `http://127.0.0.1:${port}`, opsUrl: `http://127.0.0.1:${opsPort ?? 0}`, seen, log: lines.text };
};
