import { afterEach, describe, expect, it } from '@jest/globals';
import { toPosition } from '@shop/event-store';
import type { ShopEvent } from '@shop/events';
import { generationId, parkedId, stateCollections, type ParkedStream, type ReadStore, type SkippedEvent } from '@shop/read-store';
import { audit } from '../audit.js';
import { added, at, cancelled, charged, logOf, paid, pagesOf, registered, reserved, returned, sold, takenOut, type Checkout } from '../testing/log-of.js'; // prettier-ignore
import { generationOf, servedModels, type Checkpoints, type Models } from '../testing/served-models.js';

const first: Checkout = { orderId: 'order-1', checkoutId: 'checkout-1', userId: 'ann' };
const second: Checkout = { orderId: 'order-2', checkoutId: 'checkout-2', userId: 'ann' };
const fromCart = { cart: { after: null, lines: [{ itemId: 'item-1', productId: 'mug', quantity: 1 }] } };
const facts: readonly ShopEvent[] = [
  registered('mug', 100, 10),
  charged('ann', 'charge-1', 1_000, 1_000),
  reserved(first, 'mug', 2, 100, 8),
  paid(first, [['mug', 2, 100]], 800, { occurredAt: at(3) }),
  sold('mug', 8, [first, 2]),
  added('ann', 'item-1', 'mug', 3, 3),
  reserved(second, 'mug', 1, 100, 7, { occurredAt: at(4) }),
  paid(second, [['mug', 1, 100]], 700, { ...fromCart, occurredAt: at(65) }),
  takenOut('ann', 'order-2', ['item-1', 1, 2]),
  cancelled(first, [['mug', 2, 100]], 900, { paidAt: at(3), reason: '파손' }),
];
const head = toPosition(facts.length);
const p = (n: number) => toPosition(n);

const entry = { checkoutId: 'checkout-2', orderId: 'order-2', userId: 'ann', quantity: 1, since: at(4) };
const due = { checkoutId: 'checkout-1', orderId: 'order-1', userId: 'ann', quantity: 2, since: at(60) };
const line = { productId: 'mug', name: 'mug', unitPrice: 100 };
const statement = (revision: number, position: number, document: object) => ({
  id: `ann/000000000${revision}`,
  guard: p(position),
  document: { userId: 'ann', revision, ...document },
});
/** Written by hand from `facts`: what the read models must hold. */
const sound: Models = {
  balances: [{ id: 'ann', guard: p(10), document: { userId: 'ann', balance: 900 } }],
  statement: [
    statement(0, 2, { transactionId: 'charge-1', type: 'CHARGE', amount: 1_000, balanceAfter: 1_000, orderId: null, occurredAt: at(0) }),
    statement(1, 4, {
      transactionId: 'checkout-1',
      type: 'PAYMENT',
      amount: 200,
      balanceAfter: 800,
      orderId: 'order-1',
      occurredAt: at(3),
    }),
    statement(2, 8, {
      transactionId: 'checkout-2',
      type: 'PAYMENT',
      amount: 100,
      balanceAfter: 700,
      orderId: 'order-2',
      occurredAt: at(65),
    }),
    statement(3, 10, {
      transactionId: 'refund-order-1',
      type: 'REFUND',
      amount: 200,
      balanceAfter: 900,
      orderId: 'order-1',
      occurredAt: at(60),
    }),
  ],
  products: [
    {
      id: 'mug',
      guard: p(7),
      document: { productId: 'mug', name: 'mug', searchName: 'mug', price: 100, stock: 7, status: 'ACTIVE', revision: 1, createdAt: at(0) },
    },
  ],
  carts: [
    {
      id: 'ann',
      guard: p(9),
      document: {
        userId: 'ann',
        lines: [{ itemId: 'item-1', productId: 'mug', name: 'mug', quantity: 2, addedPrice: 10, addedAt: at(0) }],
        revision: 2,
      },
    },
  ],
  orders: [
    {
      id: 'order-1',
      guard: p(10),
      document: {
        orderId: 'order-1',
        userId: 'ann',
        status: 'CANCELLED',
        lines: [{ ...line, quantity: 2 }],
        totalAmount: 200,
        balanceAfter: 800,
        paidAt: at(3),
        cancelledAt: at(60),
        cancelReason: '파손',
      },
    },
    {
      id: 'order-2',
      guard: p(8),
      document: {
        orderId: 'order-2',
        userId: 'ann',
        status: 'PAID',
        lines: [{ ...line, quantity: 1 }],
        totalAmount: 100,
        balanceAfter: 700,
        paidAt: at(65),
        cancelledAt: null,
        cancelReason: null,
      },
    },
  ],
  'to-do': [
    {
      id: 'mug',
      guard: p(10),
      document: {
        productId: 'mug',
        entries: [
          { kind: 'open-reservation', reservationId: 'checkout-2:mug', ...entry },
          { kind: 'return-due', reservationId: 'checkout-1:mug', ...due },
        ],
        oldest: at(4),
      },
    },
  ],
  'best-sellers': [
    { id: 'day:2026-01-05:mug', guard: p(10), document: { kind: 'day', productId: 'mug', day: '2026-01-05', units: 1, revenue: 100 } },
    {
      id: 'hour:2026-01-05T00:mug',
      guard: p(10),
      document: {
        kind: 'hour',
        productId: 'mug',
        hour: '2026-01-05T00',
        units: 0,
        revenue: 0,
        minutes: [{ minute: 3, units: 0, revenue: 0 }],
      },
    },
    {
      id: 'hour:2026-01-05T01:mug',
      guard: p(8),
      document: {
        kind: 'hour',
        productId: 'mug',
        hour: '2026-01-05T01',
        units: 1,
        revenue: 100,
        minutes: [{ minute: 5, units: 1, revenue: 100 }],
      },
    },
  ],
};

describe('the audit of read models', () => {
  let store: ReadStore | undefined;
  afterEach(async () => {
    await store?.close();
  });
  const auditOf = async (
    models: Models,
    checkpoints: Checkpoints = {},
    prepare?: (opened: ReadStore) => Promise<unknown>,
    quiet = false,
  ) => {
    store = await servedModels(models, { head, checkpoints });
    await prepare?.(store);
    return audit({ events: () => pagesOf(logOf(facts)), readStore: store, quiet, monotonic: () => 0 });
  };
  const changed = (name: keyof Models, id: string, change: object, guard?: string): Models => ({
    ...sound,
    [name]: sound[name].map((one) => (one.id === id ? { id, guard: guard ?? one.guard, document: { ...one.document, ...change } } : one)),
  });
  const without = (name: keyof Models, id: string): Models => ({ ...sound, [name]: sound[name].filter((one) => one.id !== id) });

  it('finds nothing where every document is the fold of the log', async () => {
    expect(await auditOf(sound)).toMatchObject({ verdict: 'clean', findings: [], undecided: [] });
  });

  it('finds nothing in models that are behind, up to their checkpoints', async () => {
    const behind: Models = {
      ...without('orders', 'order-2'),
      balances: [{ id: 'ann', guard: p(4), document: { userId: 'ann', balance: 800 } }],
      statement: sound.statement.slice(0, 2),
    };
    const before = { ...behind, orders: [] };
    expect((await auditOf(before, { orders: p(3), balances: p(5), statement: p(7) })).findings).toEqual([]);
  });

  it('finds nothing in a document that is newer than its checkpoint', async () => {
    expect((await auditOf(sound, { balances: p(3), orders: p(8) })).findings).toEqual([]);
  });

  it.each<[string, keyof Models, string, object]>([
    ['a balance', 'balances', 'ann', { balance: 901 }],
    ['a line of a statement', 'statement', 'ann/0000000002', { amount: 99 }],
    ['a stock', 'products', 'mug', { stock: 8 }],
    ['a cart', 'carts', 'ann', { lines: [] }],
    ['the state of an order', 'orders', 'order-1', { status: 'PAID' }],
    ['the to-do list', 'to-do', 'mug', { entries: [] }],
    ['the sales of a day', 'best-sellers', 'day:2026-01-05:mug', { units: 3 }],
    ['the sales of an hour', 'best-sellers', 'hour:2026-01-05T00:mug', { minutes: [] }],
  ])('names %s that is not the fold of the log: I10', async (_, name, id, change) => {
    const { findings } = await auditOf(changed(name, id, change));
    expect(findings).toContainEqual(expect.objectContaining({ invariant: 'I10', about: `${name} document ${id}` }));
  });

  it('shows the document that should be there beside the one that is', async () => {
    const { findings } = await auditOf(changed('balances', 'ann', { balance: 901 }));
    expect(findings).toEqual([
      {
        invariant: 'I10',
        about: 'balances document ann',
        stream: 'wallet-ann',
        revision: 3,
        position: p(10),
        expected: '{"balance":900,"userId":"ann"}',
        found: '{"balance":901,"userId":"ann"}',
      },
    ]);
  });

  it('counts differences beyond those that it shows', async () => {
    const users = Array.from({ length: 60 }, (_, n) => `user-${n}`);
    const charges = users.map((userId) => charged(userId, `charge of ${userId}`, 5, 5));
    const balances = users.map((id, n) => ({ id, guard: p(n + 1), document: { userId: id, balance: 6 } }));
    store = await servedModels(
      { ...sound, balances, statement: [], products: [], carts: [], orders: [], 'to-do': [], 'best-sellers': [] },
      { head: p(60), checkpoints: { statement: p(0) } },
    );
    const { violations, findings } = await audit({ events: () => pagesOf(logOf(charges)), readStore: store, monotonic: () => 0 });
    expect(violations).toEqual({ I10: 60 });
    expect(findings).toHaveLength(50);
  });

  it('names a document that nothing in the log made: I10', async () => {
    const invented = { ...sound, balances: [...sound.balances, { id: 'bob', guard: p(2), document: { userId: 'bob', balance: 5 } }] };
    expect((await auditOf(invented)).findings).toEqual([expect.objectContaining({ invariant: 'I10', about: 'balances document bob' })]);
  });

  it.each<[string, Models, Checkpoints]>([
    ['a document that the checkpoint has passed over', without('orders', 'order-2'), {}],
    ['an older document than the checkpoint says', changed('balances', 'ann', { balance: 700 }, p(8)), {}],
    ['a document ahead of the log', changed('balances', 'ann', {}, p(99)), {}],
    ['a checkpoint ahead of the log', sound, { products: p(99) }],
  ])('names %s: I11', async (_, models, checkpoints) => {
    const { findings } = await auditOf(models, checkpoints);
    expect(findings).toContainEqual(expect.objectContaining({ invariant: 'I11' }));
  });

  it('names a checkpoint that moved back while it looked: I11', async () => {
    store = await servedModels(sound, { head });
    const opened = store;
    const id = generationId(generationOf('orders'));
    const backwards = async function* () {
      const found = (await opened.load(stateCollections.checkpoints, [id])).get(id);
      if (found) await opened.write(stateCollections.checkpoints, [{ ...found, from: head, guard: p(4) }]);
      yield* pagesOf(logOf(facts));
    };
    const { findings } = await audit({ events: backwards, readStore: opened, monotonic: () => 0 });
    expect(findings).toEqual([expect.objectContaining({ invariant: 'I11', about: 'checkpoint of orders', found: p(4) })]);
  });

  const park = (opened: ReadStore) => {
    const note: ParkedStream = { ...generationOf('balances'), stream: 'wallet-ann', revision: 1, position: p(4), lastPosition: p(10), waiting: 3, reason: 'odd', parkedAt: at(0) }; // prettier-ignore
    const id = parkedId(generationOf('balances'), 'wallet-ann');
    return opened.write(stateCollections.parked, [{ id, guard: p(1), from: null, document: note }]);
  };
  const old = changed('balances', 'ann', { balance: 1_000 }, p(2));

  it('asks nothing of a parked stream but what it had before it was parked', async () => {
    expect((await auditOf(old, {}, park)).findings).toEqual([]);
    await store?.close();
    const wrong = changed('balances', 'ann', { balance: 999 }, p(2));
    expect((await auditOf(wrong, {}, park)).findings).toEqual([expect.objectContaining({ invariant: 'I10' })]);
  });

  it('leaves out what an operator has skipped', async () => {
    const skip = (opened: ReadStore) => {
      const document: SkippedEvent = { projection: 'balances', stream: 'wallet-ann', revision: 3, reason: 'by hand', skippedAt: at(0) };
      return opened.write(stateCollections.skipped, [{ id: 'balances/wallet-ann/3', guard: p(0), from: null, document }]);
    };
    expect((await auditOf(changed('balances', 'ann', { balance: 700 }, p(8)), {}, skip)).findings).toEqual([]);
  });

  it('names best sellers that are not those of a count by hand, at both edges of the window: I14', async () => {
    const late = changed('best-sellers', 'hour:2026-01-05T01:mug', { minutes: [{ minute: 6, units: 1, revenue: 100 }] });
    const { findings } = await auditOf(late);
    expect(findings.filter(({ invariant }) => invariant === 'I14').map(({ about }) => about)).toEqual([
      'best sellers as of 2026-01-05T01:05:59.999Z',
      'best sellers as of 2026-01-08T01:06:00.000Z',
      'best sellers as of 2026-01-08T01:06:59.999Z',
    ]);
  });

  it('demands of a quiet shop that every model has come to the end of the log: I13', async () => {
    const { findings } = await auditOf(sound, { products: p(9) }, undefined, true);
    const about = findings.filter(({ invariant }) => invariant === 'I13').map((finding) => finding.about);
    expect(about).toContain('checkpoint of products');
    expect(about).not.toContain('checkpoint of orders');
  });

  it('cannot decide whether a shop has settled while a stream is parked', async () => {
    const settled = [...facts, returned(first, 'mug', 2, 9), sold('mug', 9, [second, 1])];
    store = await servedModels(sound, { head, checkpoints: {} });
    await park(store);
    const report = await audit({ events: () => pagesOf(logOf(settled)), readStore: store, quiet: true, monotonic: () => 0 });
    expect(report).toMatchObject({ verdict: 'undecided', findings: [] });
    expect(report.undecided).toEqual([{ invariant: 'I13', reason: '1 streams are parked in balances' }]);
  });

  it('cannot decide anything of models that nobody has built yet', async () => {
    store = await servedModels(sound, { head });
    const bare: ReadStore = { ...store, load: async () => new Map() };
    const report = await audit({ events: () => pagesOf(logOf(facts)), readStore: bare, monotonic: () => 0 });
    expect(report.verdict).toBe('undecided');
    expect(report.undecided).toHaveLength(7);
  });
});
