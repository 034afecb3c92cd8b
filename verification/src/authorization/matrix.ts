/** Who sends a request about what is u1's: the order of the columns below. */
export const identities = ['no token', 'owner', 'other user', 'operator', 'expired', 'wrong audience'] as const;
export type Identity = (typeof identities)[number];

/** What is there to ask about. */
export type Belongings = { readonly orderId: string; readonly itemId: string };
export type Asked = { readonly path: string; readonly body?: object };
export type Row = {
  readonly ask: (of: Belongings) => Asked;
  /** One status for each identity. */
  readonly answers: readonly [number, number, number, number, number, number];
};

const open = (path: string): readonly Row[] => [{ ask: () => ({ path }), answers: [200, 200, 200, 200, 200, 200] }];
const shopkeepers = (ask: Row['ask'], success: number): Row => ({ ask, answers: [401, 403, 403, success, 401, 401] });
const own = (ask: Row['ask'], success: number): Row => ({ ask, answers: [401, success, 403, 403, 401, 401] });
/** An operator's scope reaches it too. */
const reachable = (ask: Row['ask'], success: number): Row => ({ ask, answers: [401, success, 403, success, 401, 401] });

const items = [{ productId: 'p1', quantity: 1 }];

/**
 * Every route of the shop, written down by hand: what it answers to whom. A route that is not here fails the test.
 * Who names nobody acts for himself, so another's order is simply not found.
 */
export const matrix: Readonly<Record<string, readonly Row[]>> = {
  'POST /balance/charge': [reachable(() => ({ path: '/balance/charge', body: { userId: 'u1', amount: 5 } }), 200)],
  'GET /balance/:userId': [reachable(() => ({ path: '/balance/u1' }), 200)],
  'GET /balance/:userId/transactions': [reachable(() => ({ path: '/balance/u1/transactions' }), 200)],
  'GET /products': open('/products'),
  'GET /products/top': open('/products/top'),
  'GET /products/:productId': open('/products/p1'),
  'POST /products': [shopkeepers(() => ({ path: '/products', body: { name: 'new', price: 1 } }), 201)],
  'PATCH /products/:productId': [shopkeepers(() => ({ path: '/products/p1', body: { price: 12 } }), 200)],
  'POST /products/:productId/archive': [shopkeepers(() => ({ path: '/products/p2/archive' }), 200)],
  'POST /products/:productId/stock-adjustments': [
    shopkeepers(() => ({ path: '/products/p1/stock-adjustments', body: { delta: 1, reason: 'found' } }), 200),
  ],
  'GET /products/:productId/stock-movements': [shopkeepers(() => ({ path: '/products/p1/stock-movements' }), 200)],
  'POST /orders': [
    own(() => ({ path: '/orders', body: { userId: 'u1', items } }), 201),
    own(() => ({ path: '/orders?dryRun=true', body: { userId: 'u1', items } }), 200),
  ],
  'GET /orders': [reachable(() => ({ path: '/orders?userId=u1' }), 200)],
  'GET /orders/:orderId': [
    reachable(({ orderId }) => ({ path: `/orders/${orderId}?userId=u1` }), 200),
    { ask: ({ orderId }) => ({ path: `/orders/${orderId}` }), answers: [401, 200, 404, 200, 401, 401] },
  ],
  'POST /orders/:orderId/cancel': [
    reachable(({ orderId }) => ({ path: `/orders/${orderId}/cancel`, body: { userId: 'u1' } }), 200),
    { ask: ({ orderId }) => ({ path: `/orders/${orderId}/cancel` }), answers: [401, 200, 404, 404, 401, 401] },
  ],
  'POST /orders/cart': [own(() => ({ path: '/orders/cart', body: { userId: 'u1', productId: 'p1' } }), 200)],
  'GET /orders/cart': [reachable(() => ({ path: '/orders/cart?userId=u1' }), 200)],
  'PATCH /orders/cart/:itemId': [own(({ itemId }) => ({ path: `/orders/cart/${itemId}`, body: { userId: 'u1', quantity: 2 } }), 200)],
  'PUT /orders/cart/:itemId': [own(({ itemId }) => ({ path: `/orders/cart/${itemId}`, body: { userId: 'u1', quantity: 3 } }), 200)],
  'POST /orders/cart/checkout': [own(() => ({ path: '/orders/cart/checkout', body: { userId: 'u1' } }), 201)],
  'DELETE /orders/cart/:itemId': [
    own(({ itemId }) => ({ path: `/orders/cart/${itemId}?userId=u1` }), 204),
    { ask: ({ itemId }) => ({ path: `/orders/cart/${itemId}` }), answers: [401, 204, 404, 404, 401, 401] },
  ],
  'DELETE /orders/cart': [own(() => ({ path: '/orders/cart?userId=u1' }), 204)],
  'GET /healthz': open('/healthz'),
  'GET /readyz': open('/readyz'),
  'GET /openapi.json': open('/openapi.json'),
  'GET /asyncapi.json': open('/asyncapi.json'),
  'GET /docs': open('/docs'),
  'GET /problems/:slug': open('/problems/forbidden'),
  'GET /metrics': [shopkeepers(() => ({ path: '/metrics' }), 200)],
};

/** Routes that every service has beside those of the contract. */
export const operationRoutes = [
  'GET /healthz',
  'GET /readyz',
  'GET /openapi.json',
  'GET /asyncapi.json',
  'GET /docs',
  'GET /problems/:slug',
  'GET /metrics',
] as const;
