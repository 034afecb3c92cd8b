import { describe, expect, it } from '@jest/globals';
import { toPosition, type RecordedEvent } from '@shop/event-store';
import type { ShopEvent } from '@shop/events';
import { z } from 'zod';
import { audit } from '../audit.js';
import { added, cancelled, charged, logOf, paid, pagesOf, registered, released, reserved, sold, type Checkout } from '../testing/log-of.js';
import { historyLine } from './history.js';

const p = toPosition;
const first: Checkout = { orderId: 'order-1', checkoutId: 'checkout-1', userId: 'ann' };
const bens: Checkout = { orderId: 'order-2', checkoutId: 'checkout-2', userId: 'ben' };
const facts: readonly ShopEvent[] = [
  registered('mug', 100, 3),
  charged('ann', 'charge-1', 1_000, 1_000),
  reserved(first, 'mug', 2, 100, 1), // 3
  reserved(bens, 'mug', 1, 100, 0),
  released(bens, 'mug', 1, 1), // 5
  paid(first, [['mug', 2, 100]], 800), // 6
  sold('mug', 1, [first, 2]),
  added('ann', 'item-1', 'mug', 1, 1), // 8
  cancelled(first, [['mug', 2, 100]], 1_000), // 9
];
const log = logOf(facts);

type Line = z.input<typeof historyLine>;
const body = { userId: 'ann', items: [{ productId: 'mug', quantity: 2 }] };
const charge: Line = {
  begin: 1,
  end: 2,
  method: 'POST',
  path: '/balance/charge',
  userId: 'ann',
  key: 'c',
  body: { userId: 'ann', amount: 1_000 },
  status: 200,
  answer: { balance: 1_000, transaction: { transactionId: 'charge-1', amount: 1_000, balanceAfter: 1_000 } },
  position: p(2),
};
const order: Line = {
  begin: 3,
  end: 6,
  method: 'POST',
  path: '/orders',
  userId: 'ann',
  requestId: 'ann-orders',
  key: 'o',
  body,
  status: 201,
  answer: { orderId: 'order-1', totalAmount: 200, balanceAfter: 800 },
  position: p(6),
};
const problem = (status: number, code: string, more: object = {}) => ({ status, answer: { code, ...more }, position: undefined });
const get = (path: string, position: number, answer: unknown, more: Partial<Line> = {}): Line => ({
  begin: 10,
  end: 11,
  method: 'GET',
  path,
  status: 200,
  answer,
  position: p(position),
  ...more,
});
const mug = { productId: 'mug', name: 'mug', price: 100, status: 'ACTIVE', revision: 1, createdAt: 'then' };

const auditOf = async (history: readonly Line[], events: readonly RecordedEvent[] = log) => {
  const lines = async function* () {
    for (const line of history) yield JSON.stringify(line);
  };
  return (await audit({ events: () => pagesOf(events), history: lines, monotonic: () => 0 })).findings;
};

describe('the audit of what clients were answered', () => {
  it('finds nothing where answers are those of the log', async () => {
    const again = { ...order, begin: 20, end: 21, requestId: 'ann-again', body: { ...body, items: [{ productId: 'mug', quantity: 1 }, { productId: 'mug', quantity: 1 }] } }; // prettier-ignore
    expect(await auditOf([charge, order, again])).toEqual([]);
  });

  it.each<[string, readonly Line[]]>([
    [
      'an acknowledged order is not in the log',
      [charge, { ...order, answer: { orderId: 'order-7', totalAmount: 200, balanceAfter: 800 } }],
    ],
    ['an order was answered with another total', [{ ...order, answer: { orderId: 'order-1', totalAmount: 199, balanceAfter: 800 } }]],
    [
      'a charge was answered with another balance',
      [{ ...charge, answer: { transaction: { transactionId: 'charge-1', amount: 1_000, balanceAfter: 1 } } }],
    ],
    ['one key had two effects', [order, { ...order, answer: { orderId: 'order-2', totalAmount: 200, balanceAfter: 800 } }]],
    [
      'another request under the key was answered as if it were the same',
      [order, { ...order, begin: 7, body: { ...body, items: [{ productId: 'mug', quantity: 3 }] } }],
    ],
    ['an order was refused after it was paid', [order, { ...order, begin: 7, end: 8, ...problem(402, 'INSUFFICIENT_BALANCE') }]],
  ])('names it where %s: I8', async (_, history) => {
    expect(new Set((await auditOf(history)).map(({ invariant }) => invariant))).toEqual(new Set(['I8']));
  });

  it('names a key that charged twice, though both charges stand in the log: I8', async () => {
    const twice = logOf([charged('ann', 'charge-1', 1_000, 1_000), charged('ann', 'charge-2', 1_000, 2_000)]);
    const answer = { transaction: { transactionId: 'charge-2', amount: 1_000, balanceAfter: 2_000 } };
    expect(await auditOf([charge, { ...charge, answer }], twice)).toEqual([expect.objectContaining({ invariant: 'I8' })]);
  });

  it('lets a refusal be that arrived before the order was paid, and one that is not final', async () => {
    const early = { ...order, begin: 4, end: 5, ...problem(402, 'INSUFFICIENT_BALANCE'), requestId: 'twin' };
    const busy = { ...order, begin: 7, end: 8, ...problem(409, 'IDEMPOTENCY_KEY_IN_USE'), requestId: 'busy' };
    const other = { ...order, begin: 7, end: 8, ...problem(422, 'IDEMPOTENCY_KEY_REUSED'), requestId: 'other', body: {} };
    expect(await auditOf([order, early, busy, other])).toEqual([]);
  });

  const from = (requestId: string, index: number) =>
    log.map((event, at) => (at === index ? { ...event, metadata: { ...Object(event.metadata), correlationId: requestId } } : event));
  it('names a refused request that had an effect: I8', async () => {
    const refused: Line = { ...order, key: 'x', requestId: 'refused', ...problem(409, 'INSUFFICIENT_STOCK', { items: [] }) };
    expect(await auditOf([refused], from('refused', 5))).toEqual([expect.objectContaining({ invariant: 'I8', found: 'OrderPaid' })]);
    expect(await auditOf([refused], from('refused', 3))).toEqual([]); // a reservation is let go again
  });

  const soldOut = (requested: number, more: Partial<Line> = {}): Line => ({
    ...order,
    key: 'b',
    userId: 'ben',
    requestId: 'ben-orders',
    begin: 3,
    end: 6,
    ...problem(409, 'INSUFFICIENT_STOCK', { items: [{ productId: 'mug', requested, stock: 0 }] }),
    ...more,
  });
  it('believes “sold out” that was true at one moment while the request ran', async () => {
    expect(await auditOf([charge, soldOut(2)])).toEqual([]); // 1 left from position 3 on
    expect(await auditOf([charge, soldOut(1)])).toEqual([]); // 0 left at position 4
    expect(await auditOf([{ ...charge, begin: 0, end: 1 }, order, soldOut(2, { begin: 7, end: 8 })])).toEqual([]); // still so at position 6
    expect(await auditOf([charge, soldOut(1), { ...order, begin: 7, end: 8, position: p(4) }])).toEqual([]); // a repeat tells where the log ended
  });
  it('believes “sold out” also where it is recovery that lets go of what the order held', async () => {
    const events = logOf([
      registered('mug', 100, 1),
      registered('pen', 10, 1),
      charged('ann', 'charge-1', 1_000, 1_000),
      reserved(bens, 'mug', 1, 100, 0), // by the request itself
      released(bens, 'mug', 1, 1),
      reserved(first, 'mug', 1, 100, 0),
    ]).map((event, at) => (at === 3 ? { ...event, metadata: { ...Object(event.metadata), correlationId: 'ben-orders' } } : event));
    const before = { ...charge, position: p(3) };
    expect(await auditOf([before, soldOut(1)], events)).toEqual([]);
    expect(await auditOf([before, soldOut(1)], events.slice(0, -1))).toEqual([expect.objectContaining({ invariant: 'I8' })]);
  });
  it('believes “sold out” of one product while the order holds another', async () => {
    const events = logOf([
      registered('mug', 100, 1),
      registered('pen', 10, 1),
      charged('ann', 'charge-1', 1_000, 1_000),
      reserved(bens, 'pen', 1, 10, 0), // by a twin of the request, to the end
      reserved(first, 'mug', 1, 100, 0),
    ]).map((event, at) => (at === 3 ? { ...event, metadata: { ...Object(event.metadata), correlationId: 'ben-orders' } } : event));
    expect(await auditOf([{ ...charge, position: p(3) }, soldOut(1)], events)).toEqual([]);
  });
  it.each<[string, readonly Line[], readonly RecordedEvent[]]>([
    ['never', [charge, soldOut(1, { begin: 7, end: 8 }), { ...order, end: 6.5 }], log],
    ['only before the request', [order, soldOut(1, { begin: 7, end: 8 })], log],
    [
      'only after the answer',
      [{ ...charge, begin: 0, end: 1, position: p(1) }, soldOut(2, { begin: 2, end: 2.5 }), { ...order, begin: 3, position: p(2) }],
      log,
    ],
    ['only while the order itself held the stock', [charge, soldOut(1)], from('ben-orders', 3)],
  ])('names “sold out” that was true %s: I8', async (_, history, events) => {
    const findings = await auditOf(history, events);
    expect(findings).toEqual([expect.objectContaining({ invariant: 'I8', about: 'request ben-orders' })]);
  });

  it('finds nothing in reads that are the log at their positions', async () => {
    const cart = { items: [{ itemId: 'item-1', productId: 'mug', quantity: 1, warnings: [] }], revision: 1 };
    expect(
      await auditOf([
        get('/balance/ann', 5, { userId: 'ann', balance: 1_000 }),
        get('/balance/ann', 8, { userId: 'ann', balance: 800 }),
        get('/balance/nobody', 9, { balance: 0 }),
        get('/products/mug', 4, { ...mug, stock: 0 }),
        get('/products/mug', 9, { ...mug, stock: 1 }),
        get('/orders/order-1', 8, { status: 'PAID', totalAmount: 200 }),
        get('/orders/order-1', 9, { status: 'CANCELLED', totalAmount: 200 }),
        get('/orders/cart?userId=ann', 9, cart),
        get('/products?page=1', 9, { items: [] }),
      ]),
    ).toEqual([]);
  });

  it.each<[string, readonly Line[]]>([
    ['a balance is that of another moment', [get('/balance/ann', 5, { balance: 800 })]],
    ['a stock is that of another moment', [get('/products/mug', 5, { ...mug, stock: 0 })]],
    ['an order shows as cancelled too early', [get('/orders/order-1', 8, { status: 'CANCELLED', totalAmount: 200 })]],
    ['an order shows before it is paid', [get('/orders/order-1', 5, { status: 'PAID', totalAmount: 200 })]],
    ['a cart is another', [get('/orders/cart?userId=ann', 9, { items: [], revision: 1 })]],
    ['an answer is older than the token', [get('/balance/ann', 5, { balance: 1_000 }, { token: p(6), consistency: 'session' })]],
    ['a strong read misses what was acknowledged before', [order, get('/balance/ann', 5, { balance: 1_000 })]],
    ['an answer comes from beyond the log', [get('/balance/ann', 99, { balance: 1_000 })]],
  ])('names a read where %s: I12', async (_, history) => {
    expect(await auditOf(history)).toEqual([expect.objectContaining({ invariant: 'I12' })]);
  });

  it('lets an eventual read be old, and a strong one miss what was acknowledged while it ran', async () => {
    expect(await auditOf([order, get('/balance/ann', 5, { balance: 1_000 }, { consistency: 'eventual', token: p(6) })])).toEqual([]);
    expect(await auditOf([order, get('/balance/ann', 5, { balance: 1_000 }, { begin: 5 })])).toEqual([]);
  });

  it('counts the best sellers that were shown: I14', async () => {
    const window = { from: 'then', to: '2026-01-05T01:00:00.000Z' };
    const items = [{ rank: 1, ...mug, soldQuantity: 2, revenue: 200 }];
    expect(await auditOf([get('/products/top', 8, { items, window })])).toEqual([]);
    expect(await auditOf([get('/products/top', 9, { items, window })])).toEqual([expect.objectContaining({ invariant: 'I14' })]);
  });

  it('lets the parts of a cart and of best sellers be newer than their position, but not than their answer', async () => {
    const cart = get('/orders/cart?userId=ann', 5, { items: [{ itemId: 'item-1', productId: 'mug', quantity: 1 }], revision: 1 });
    const top = (position: number, items: readonly object[]) =>
      get('/products/top', position, { items, window: { from: 'then', to: '2026-01-05T01:00:00.000Z' } });
    const sold = [{ rank: 1, ...mug, soldQuantity: 2, revenue: 200 }];
    expect(await auditOf([cart, top(5, sold), top(8, [])])).toEqual([]);
    const asked = (after: number): Line => ({ ...charge, begin: 20, end: 21, position: p(after) });
    expect(await auditOf([cart, asked(6)])).toEqual([expect.objectContaining({ invariant: 'I12' })]);
    expect(await auditOf([top(5, sold), asked(5)])).toEqual([expect.objectContaining({ invariant: 'I14' })]);
  });

  it('refuses a history that it cannot read, by the number of the line', async () => {
    const lines = async function* () {
      yield JSON.stringify(charge);
      yield '{"begin":1}';
    };
    await expect(audit({ events: () => pagesOf(log), history: lines, monotonic: () => 0 })).rejects.toThrow('line 2 of the history');
  });
});
