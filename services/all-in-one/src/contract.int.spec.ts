import { afterAll, describe, expect, it } from '@jest/globals';
import { manualClock, systemClock, type Clock } from '@shop/clock';
import { EventStoreUnavailableError, fromPosition, toPosition, type AppendResult } from '@shop/event-store';
import { problemCodes, problemStatus, retryAfterOf, slugOf, type ProblemCode } from '@shop/http';
import { ReadStoreUnavailableError } from '@shop/read-store';
import { z } from 'zod';
import { bearer, knowsTokens, wantsTokens } from './testing/bearer.js';
import type { Reply } from './testing/client.js';
import { customersOf, orderIn, times } from './testing/customers.js';
import { faultyStores, type FaultyStores } from './testing/fault-switches.js';
import { openTestShop, type TestShop } from './testing/open-test-shop.js';

/** All waits of the shop are over sooner by this factor; a request may work for half a second. */
const haste = 20;
const hurried: Clock = {
  now: systemClock.now,
  monotonic: () => systemClock.monotonic() * haste,
  sleep: (ms, signal) => systemClock.sleep(ms / haste, signal),
};
const wall = manualClock();
const settable: Clock = { ...systemClock, now: wall.now };

const quiet = { LOG_LEVEL: 'silent' };
const kinds = {
  plain: {},
  'with its own clock': { clock: settable },
  'that wants keys': { environment: { IDEMPOTENCY_REQUIRED: 'true' } },
  'with tokens': { environment: knowsTokens },
  'without signing keys': { environment: { ...wantsTokens, ...quiet, JWT_JWKS_URL: 'http://127.0.0.1:9/keys' } },
  'that counts requests': { environment: { RATE_LIMIT_PER_SECOND: '1' } },
  'with short queues': { environment: { ...quiet, QUEUE_LIMIT: '1' }, faulty: true },
  'whose stores fail': { environment: { ...quiet, READ_WAIT_MS: '500', PROJECTOR_POISON_TRIES: '1' }, faulty: true },
  'in a hurry': { environment: { ...quiet, READ_WAIT_MS: '40000', SWEEP_AFTER_MS: '9000000' }, clock: hurried, faulty: true },
  'that sweeps at once': { environment: { ...quiet, SWEEP_AFTER_MS: '0', SWEEP_EVERY_MS: '10', SWEEP_RETRY_MS: '1' }, faulty: true },
} as const;
type Kind = keyof typeof kinds;
type Open = TestShop & Pick<FaultyStores, 'switches' | 'log'>;

const opened = new Map<Kind, Promise<Open>>();
const openShop = async (kind: Kind): Promise<Open> => {
  const options: { readonly environment?: Readonly<Record<string, string>>; readonly clock?: Clock; readonly faulty?: true } = kinds[kind];
  const { faulty, ...given } = options;
  const stores = faultyStores();
  const shop = await openTestShop({ ...given, ...(faulty && { behind: stores.behind }) });
  return { ...shop, ...stores };
};
const shopOf = (kind: Kind): Promise<Open> => {
  const known = opened.get(kind);
  if (known) return known;
  const shop = openShop(kind);
  opened.set(kind, shop);
  return shop;
};

const gate = () => {
  let open = (): void => undefined;
  const passed = new Promise<void>((resolve) => (open = resolve));
  return { passed, open };
};
/** As it is, without a client that knows JSON. */
const sendText = async ({ url }: Open, contentType: string, body: string): Promise<Reply> => {
  const response = await fetch(`${url}/orders`, { method: 'POST', headers: { 'content-type': contentType }, body });
  return { status: response.status, headers: Object.fromEntries(response.headers), body: await response.json() };
};
const stored = (type: string, data: object) => ({
  id: '7f8a5f0e-6f0e-4d3c-9c39-0a4e2b6f4e11',
  type,
  data,
  metadata: { version: 1, correlationId: 'another process', causationId: 'another process' },
});
const first = (replies: readonly Reply[], status: number): Reply =>
  replies.find((reply) => reply.status === status) ?? { status: 0, headers: {}, body: replies.map(({ body }) => body) };

type Case = {
  readonly in: Kind;
  readonly ask: (shop: Open) => Promise<Reply>;
  /** Extra fields beside those that every problem has. */
  readonly fields?: readonly string[];
  /** Why no request alone leads here. */
  readonly onlyByFault?: string;
};

/** How each code of the closed table comes about. One without a row here does not compile, so none can be out of reach. */
const rows: Readonly<Record<ProblemCode, Case>> = {
  MALFORMED_JSON: { in: 'plain', ask: (shop) => sendText(shop, 'application/json', '{') },
  USER_ID_REQUIRED: { in: 'plain', ask: ({ call }) => call('GET', '/orders') },
  IDEMPOTENCY_KEY_REQUIRED: { in: 'that wants keys', ask: ({ call }) => call('POST', '/products', { body: { name: 'mug', price: 1 } }) },
  IDEMPOTENCY_KEY_INVALID: {
    in: 'plain',
    ask: ({ call }) => call('POST', '/products', { body: { name: 'mug', price: 1 }, headers: { 'idempotency-key': 'a b' } }),
  },
  CONSISTENCY_TOKEN_INVALID: {
    in: 'plain',
    ask: ({ call }) => call('GET', '/products', { headers: { 'consistency-token': 'f'.repeat(16) } }),
  },
  VALIDATION_FAILED: { in: 'plain', ask: ({ call }) => call('GET', '/products?page=0'), fields: ['errors'] },
  UNAUTHENTICATED: { in: 'with tokens', ask: ({ call }) => call('GET', '/balance/u1') },
  FORBIDDEN: {
    in: 'with tokens',
    ask: ({ call }) => call('POST', '/products', { body: { name: 'mug', price: 1 }, headers: bearer('u1') }),
    fields: ['requiredScope'],
  },
  INSUFFICIENT_BALANCE: {
    in: 'plain',
    ask: async ({ call }) => {
      await customersOf(call).register('dear', 500, 1);
      return customersOf(call).order('poor', [{ productId: 'dear', quantity: 1 }]);
    },
    fields: ['required', 'balance', 'shortfall'],
  },
  ROUTE_NOT_FOUND: { in: 'plain', ask: ({ call }) => call('GET', '/stream') },
  PRODUCT_NOT_FOUND: { in: 'plain', ask: ({ call }) => call('GET', '/products/never'), fields: ['productIds'] },
  ORDER_NOT_FOUND: { in: 'plain', ask: ({ call }) => call('GET', '/orders/never?userId=u1') },
  CART_ITEM_NOT_FOUND: { in: 'plain', ask: ({ call }) => call('DELETE', '/orders/cart/never?userId=u1') },
  INSUFFICIENT_STOCK: {
    in: 'plain',
    ask: async ({ call }) => {
      await customersOf(call).register('rare', 0, 1);
      return customersOf(call).order('u1', [{ productId: 'rare', quantity: 2 }]);
    },
    fields: ['items'],
  },
  PRODUCT_ARCHIVED: {
    in: 'plain',
    ask: async ({ call }) => {
      await customersOf(call).register('old', 1, 1);
      await call('POST', '/products/old/archive');
      return call('PATCH', '/products/old', { body: { price: 2 } });
    },
    fields: ['productIds'],
  },
  PRODUCT_ALREADY_EXISTS: {
    in: 'plain',
    ask: async ({ call }) => {
      await customersOf(call).register('twice', 1, 1);
      return call('POST', '/products', { body: { productId: 'twice', name: 'again', price: 1 } });
    },
    fields: ['productId'],
  },
  STOCK_CHANGED: {
    in: 'plain',
    ask: async ({ call }) => {
      await customersOf(call).register('counted', 1, 3);
      return call('POST', '/products/counted/stock-adjustments', { body: { setTo: 9, expectedStock: 4, reason: 'count' } });
    },
    fields: ['stock'],
  },
  BALANCE_LIMIT_EXCEEDED: {
    in: 'plain',
    ask: async ({ call }) => {
      await customersOf(call).charge('rich', 1_000_000_000_000);
      return call('POST', '/balance/charge', { body: { userId: 'rich', amount: 1 } });
    },
    fields: ['limit', 'balance'],
  },
  STOCK_LIMIT_EXCEEDED: {
    in: 'plain',
    ask: async ({ call }) => {
      await customersOf(call).register('sand', 1, 1_000_000_000);
      return call('POST', '/products/sand/stock-adjustments', { body: { delta: 1, reason: 'found' } });
    },
    fields: ['limit', 'stock'],
  },
  CART_LIMIT_EXCEEDED: {
    in: 'plain',
    ask: async ({ call }) => {
      await customersOf(call).register('bulk', 1, 1);
      await call('POST', '/orders/cart', { body: { userId: 'bulky', productId: 'bulk', quantity: 10_000 } });
      return call('POST', '/orders/cart', { body: { userId: 'bulky', productId: 'bulk' } });
    },
    fields: ['limit', 'current'],
  },
  PRICE_CHANGED: {
    in: 'plain',
    ask: async ({ call }) => {
      await customersOf(call).register('repriced', 5, 1);
      return call('POST', '/orders', { body: { userId: 'u1', items: [{ productId: 'repriced', quantity: 1 }], expectedTotal: 4 } });
    },
    fields: ['expectedTotal', 'actualTotal', 'items'],
  },
  CART_EMPTY: { in: 'plain', ask: ({ call }) => call('POST', '/orders/cart/checkout', { body: { userId: 'empty' } }) },
  ORDER_NOT_CANCELLABLE: {
    in: 'with its own clock',
    ask: async ({ call }) => {
      await customersOf(call).register('kept', 0, 1);
      wall.setNow('2026-01-05T00:00:00.000Z');
      const { orderId } = orderIn(await customersOf(call).order('late', [{ productId: 'kept', quantity: 1 }]));
      wall.setNow('2026-01-12T00:00:00.001Z');
      return call('POST', `/orders/${orderId}/cancel`, { body: { userId: 'late' } });
    },
    fields: ['cancellableUntil'],
  },
  IDEMPOTENCY_KEY_IN_USE: {
    in: 'in a hurry',
    onlyByFault: 'two requests with one key wait for each other, unless one of them does not come to an end before the other must answer',
    ask: async (shop) => {
      const buy = async ({ call }: Open) => {
        await customersOf(call).register('twin', 0, 1);
        return customersOf(call).order('twins', [{ productId: 'twin', quantity: 1 }], 'one-key');
      };
      // A key of a user names the same order in every shop: this one tells which.
      const { orderId } = orderIn(await buy(await shopOf('plain')));
      shop.switches.append = async (stream, events, pass) => {
        const result = await pass();
        if (stream !== 'product-twin' || result.outcome !== 'ok' || events[0]?.type !== 'ProductRegistered') return result;
        const held = { productId: 'twin', reservationId: 'c1:twin', checkoutId: 'c1', orderId, userId: 'twins', quantity: 1, available: 0 };
        const event = stored('StockReserved', { ...held, name: 'twin', unitPrice: 0, occurredAt: systemClock.now().toISOString() });
        await shop.log().append(stream, result.revision, [event]);
        return result;
      };
      return buy(shop);
    },
  },
  IDEMPOTENCY_KEY_REUSED: {
    in: 'plain',
    ask: async ({ call }) => {
      const charge = (amount: number) =>
        call('POST', '/balance/charge', { body: { userId: 'u1', amount }, headers: { 'idempotency-key': 'k' } });
      await charge(1);
      return charge(2);
    },
  },
  METHOD_NOT_ALLOWED: { in: 'plain', ask: ({ call }) => call('DELETE', '/products') },
  REVISION_MISMATCH: {
    in: 'plain',
    ask: ({ call }) => call('DELETE', '/orders/cart?userId=u1', { headers: { 'if-match': '"7"' } }),
    fields: ['currentRevision'],
  },
  PAYLOAD_TOO_LARGE: { in: 'plain', ask: (shop) => sendText(shop, 'application/json', ' '.repeat(32 * 1024 + 1)), fields: ['limitBytes'] },
  UNSUPPORTED_MEDIA_TYPE: { in: 'plain', ask: (shop) => sendText(shop, 'text/plain', '{}') },
  RATE_LIMITED: {
    in: 'that counts requests',
    ask: async ({ call }) => first(await Promise.all(times(5, () => call('GET', '/products'))), 429),
  },
  INTERNAL_ERROR: {
    in: 'whose stores fail',
    onlyByFault: 'no request is foreseen to cause one',
    ask: async ({ call, switches }) => {
      switches.append = () => Promise.reject(new Error('a secret of the store'));
      return call('POST', '/balance/charge', { body: { userId: 'unlucky', amount: 1 } });
    },
  },
  OVERLOADED: {
    in: 'with short queues',
    onlyByFault: 'it takes more requests for one stream at once than a test can have',
    ask: async ({ call, switches }) => {
      const { passed, open } = gate();
      switches.append = (_stream, _events, pass) => passed.then(pass);
      const charges = times(3, () => call('POST', '/balance/charge', { body: { userId: 'crowd', amount: 1 } }));
      await Promise.race(charges);
      open();
      return first(await Promise.all(charges), 503);
    },
  },
  WRITE_CONTENTION: {
    in: 'in a hurry',
    onlyByFault: 'other processes must win the race for a stream until the deadline',
    ask: async ({ call, switches, log }) => {
      let revision = -1;
      switches.append = async (stream, _events, pass) => {
        if (stream !== 'wallet-contended') return pass();
        const rival = { userId: 'contended', chargeId: `rival ${revision}`, requestHash: 'a'.repeat(64), amount: 1 };
        const charged = stored('WalletCharged', { ...rival, balance: revision + 2, occurredAt: systemClock.now().toISOString() });
        // Not awaited: a deadline that passed meanwhile would rightly be answered as an unknown outcome.
        void log().append(stream, revision, [{ ...charged, id: crypto.randomUUID() }]);
        revision += 1;
        return { outcome: 'conflict', revision };
      };
      return call('POST', '/balance/charge', { body: { userId: 'contended', amount: 1 } });
    },
  },
  EVENT_STORE_UNAVAILABLE: {
    in: 'whose stores fail',
    onlyByFault: 'the event store must be down',
    ask: async ({ call, switches }) => {
      switches.head = () => Promise.reject(new EventStoreUnavailableError('down'));
      return call('GET', '/products');
    },
  },
  CHECKOUT_VOIDED: {
    in: 'that sweeps at once',
    onlyByFault: 'a checkout must take longer than any request may, until the sweeper gives it up',
    ask: async ({ call, switches }) => {
      const customers = customersOf(call);
      await customers.register('quick', 0, 1);
      await customers.register('stuck', 0, 1);
      const { passed, open } = gate();
      switches.append = async (stream, events, pass) => {
        if (stream === 'product-stuck') await passed;
        const result = await pass();
        if (events.some(({ type }) => type === 'CheckoutVoided')) open();
        return result;
      };
      return customers.order('slow', [
        { productId: 'quick', quantity: 1 },
        { productId: 'stuck', quantity: 1 },
      ]);
    },
  },
  AUTH_UNAVAILABLE: {
    in: 'without signing keys',
    onlyByFault: 'whoever hands out the signing keys must be down',
    ask: ({ call }) => call('GET', '/balance/u1', { headers: bearer('u1', undefined, 'RS256') }),
  },
  OUTCOME_UNKNOWN: {
    in: 'in a hurry',
    onlyByFault: 'the event store must not say what became of an append',
    ask: async ({ call, switches }) => {
      await customersOf(call).register('fogged', 0, 1);
      const unknown: AppendResult = { outcome: 'unknown', cause: new Error('no answer') };
      switches.append = (stream, _events, pass) => (stream === 'wallet-foggy' ? Promise.resolve(unknown) : pass());
      return customersOf(call).order('foggy', [{ productId: 'fogged', quantity: 1 }]);
    },
    fields: ['orderId'],
  },
  READ_MODEL_LAGGING: {
    in: 'whose stores fail',
    onlyByFault: 'the projector must fall behind by more than reads wait',
    ask: async ({ call, switches }) => {
      switches.head = async (pass) => toPosition(fromPosition(await pass()) + 1n);
      return call('GET', '/products');
    },
    fields: ['position', 'requiredPosition'],
  },
  READ_MODEL_DEGRADED: {
    in: 'whose stores fail',
    onlyByFault: 'an event must be stored that this build does not know',
    ask: async ({ call, log }) => {
      await customersOf(call).register('strange', 1, 1);
      await log().append('product-strange', 0, [stored('ProductPainted', {})]);
      return call('GET', '/products/strange');
    },
    fields: ['projection'],
  },
  READ_STORE_UNAVAILABLE: {
    in: 'whose stores fail',
    onlyByFault: 'the read store must be down',
    ask: async ({ call, switches }) => {
      switches.search = new ReadStoreUnavailableError('down');
      return call('GET', '/balance/u1/transactions');
    },
  },
};

const everyField = ['type', 'title', 'status', 'code', 'detail', 'instance', 'requestId'];
const problem = z.looseObject({ type: z.string(), title: z.string(), status: z.int(), code: z.string(), detail: z.string() });

describe('the closed table of problems', () => {
  afterAll(async () => {
    for (const shop of opened.values()) await (await shop).stop();
  });

  it.each(problemCodes)('%s comes about, in the form that every problem has', async (code) => {
    const { in: kind, ask, fields = [] } = rows[code];
    const shop = await shopOf(kind);
    const reply = await ask(shop);
    delete shop.switches.append;
    delete shop.switches.head;
    delete shop.switches.search;

    expect({ status: reply.status, body: reply.body }).toMatchObject({
      status: problemStatus[code],
      body: { type: `/problems/${slugOf(code)}`, status: problemStatus[code], code },
    });
    expect(reply.headers).toMatchObject({
      'content-type': 'application/problem+json; charset=utf-8',
      'content-language': 'ko',
      'cache-control': 'no-store',
    });
    expect(reply.headers['retry-after']).toBe(retryAfterOf(code)?.toString());
    const { title, detail, ...rest } = problem.parse(reply.body);
    expect([title, detail].join()).toMatch(/[가-힣]/);
    expect(['title', 'detail', ...Object.keys(rest)].sort()).toEqual([...everyField, ...fields].sort());
    expect(JSON.stringify(reply.body)).not.toContain('secret');
  });

  it('says why wherever no request alone leads there', () => {
    const byFault = problemCodes.filter((code) => 'faulty' in kinds[rows[code].in]);
    expect(byFault.filter((code) => rows[code].onlyByFault === undefined)).toEqual([]);
  });

  it('has a page for every code, in both languages', async () => {
    const { call } = await shopOf('plain');
    for (const code of problemCodes)
      for (const language of ['ko', 'en']) {
        const page = await call('GET', `/problems/${slugOf(code)}`, { headers: { 'accept-language': language } });
        expect([code, page.status, page.headers['content-language']]).toEqual([code, 200, language]);
      }
  });
});
