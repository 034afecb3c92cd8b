import { describe, expect, it } from '@jest/globals';
import type { RecordedEvent } from '@shop/event-store';
import type { ShopEvent, Upcasters } from '@shop/events';
import { auditLog } from './audit-log.js';
import type { Invariant } from './finding.js';
import type { Tally } from './ledger/tally.js';
import {
  added,
  adjusted,
  archived,
  at,
  cancelled,
  changed,
  charged,
  logOf,
  paid,
  pagesOf,
  registered,
  released,
  removed,
  repriced,
  reserved,
  returned,
  sold,
  takenOut,
  voidedCheckout,
  type Checkout,
} from './testing/log-of.js';
import { ann, ben, first, richLog } from './testing/rich-log.js';

const auditOf = (events: readonly RecordedEvent[], quiet = false, upcasters?: Upcasters) =>
  auditLog({ events: pagesOf(events), quiet, ...(upcasters && { upcasters }) });
const named = async (facts: readonly ShopEvent[], quiet = false): Promise<Invariant[]> => {
  const { findings } = await auditOf(logOf(facts), quiet);
  return [...new Set(findings.map(({ invariant }) => invariant))];
};

const other: Checkout = { orderId: 'order-9', checkoutId: 'checkout-9', userId: ben };
const twin: Checkout = { ...first, checkoutId: 'checkout-8' };
/** Ann has 1,000 won, there are 10 mugs of 100, and two of them are held for her first order. */
const opening = [registered('mug', 100, 10), charged(ann, 'charge-1', 1_000, 1_000)];
const held = [...opening, reserved(first, 'mug', 2, 100, 8)];
const payment = paid(first, [['mug', 2, 100]], 800);
const bought = [...held, payment];
const closed = [...bought, sold('mug', 8, [first, 2])];
const undone = [...closed, cancelled(first, [['mug', 2, 100]], 1_000)];

describe('the audit of a sound log', () => {
  it('finds nothing in a day of a shop, and nothing left half done at its end', async () => {
    const { findings, ledger, judged } = await auditOf(logOf(richLog), true);
    const totals = (tallies: Readonly<Record<string, Tally>>) =>
      Object.fromEntries(Object.entries(tallies).map(([name, { total }]) => [name, Number(total())]));
    expect(findings).toEqual([]);
    expect(ledger.events).toBe(richLog.length);
    expect(totals(ledger.money)).toEqual({ charged: 3_000, paid: 1_270, refunded: 350, balances: 2_080, outstanding: 920 });
    expect(totals(ledger.stock)).toEqual({ registered: 15, adjusted: 5, sold: 13, returned: 3, available: 10 });
    expect(judged).toEqual(expect.arrayContaining(['I1', 'I2', 'I3', 'I4', 'I5', 'I6', 'I7', 'I8', 'I13', 'I15', 'I16']));
  });

  it('finds nothing in any prefix of it', async () => {
    const events = logOf(richLog);
    for (let length = 0; length < events.length; length += 1) expect((await auditOf(events.slice(0, length))).findings).toEqual([]);
  });

  it('forgets what is settled', async () => {
    const { ledger } = await auditOf(logOf(richLog));
    expect([ledger.unsettled.size, ledger.reservations.size]).toEqual([0, 0]);
  });
});

describe('a finding', () => {
  it('names invariant, stream, revision and position, what was expected and what was found', async () => {
    const { findings, violations } = await auditOf(logOf([...opening, charged(ann, 'charge-2', 5, 1_006)]));
    expect(findings).toContainEqual({
      invariant: 'I1',
      about: 'balance of ann',
      stream: 'wallet-ann',
      revision: 1,
      position: '0000000000000003',
      expected: '1005',
      found: '1006',
    });
    expect(violations).toEqual({ I1: 1, I3: 1 });
  });

  it('is not repeated for every event that follows', async () => {
    const { violations } = await auditOf(logOf([...opening, charged(ann, 'charge-2', 5, 1_006), charged(ann, 'charge-3', 4, 1_010)]));
    expect(violations).toEqual({ I1: 1, I3: 1 });
  });

  it('is counted, but no longer listed, where there are too many', async () => {
    const wrong = Array.from({ length: 500 }, (_, n) => charged(ann, `more-${n}`, 1, 2_000 + 2 * n));
    const { findings, violations } = await auditOf(logOf([...opening, ...wrong]));
    expect(findings.filter(({ invariant }) => invariant === 'I1')).toHaveLength(50);
    expect(violations['I1']).toBe(500);
  });
});

describe('the audit names what is wrong with a log', () => {
  it.each<[string, Invariant, readonly ShopEvent[]]>([
    ['a payment takes another amount from the balance', 'I1', [...held, paid(first, [['mug', 2, 100]], 799)]],
    ['a refund adds nothing', 'I1', [...closed, cancelled(first, [['mug', 2, 100]], 800)]],
    [
      'more is paid than there was',
      'I1',
      [registered('mug', 100, 1), reserved(first, 'mug', 1, 100, 0), paid(first, [['mug', 1, 100]], 0)],
    ],
    ['a reservation takes nothing from the stock', 'I2', [...opening, reserved(first, 'mug', 2, 100, 10)]],
    ['a sale takes the stock a second time', 'I2', [...bought, sold('mug', 6, [first, 2])]],
    ['more is reserved than there was', 'I2', [registered('mug', 1, 1), reserved(first, 'mug', 2, 1, 0)]],
    ['an adjustment ends elsewhere', 'I2', [...opening, adjusted('mug', 'a', -3, 8)]],
    ['a charge counts twice', 'I3', [...opening, charged(ann, 'charge-1', 1_000, 2_000)]],
    ['a refund is more than was paid', 'I3', [...closed, cancelled(first, [['mug', 2, 100]], 1_001, { refundAmount: 201 })]],
    ['a reservation is released twice', 'I4', [...held, released(first, 'mug', 2, 10), released(first, 'mug', 2, 12)]],
    ['half of a reservation is released', 'I4', [...held, released(first, 'mug', 1, 9)]],
    ['stock is released that was never reserved', 'I4', [...opening, released(first, 'mug', 1, 11)]],
    ['a reservation is sold twice', 'I4', [...closed, sold('mug', 8, [first, 2])]],
    ['a reservation is sold twice in one event', 'I4', [...bought, sold('mug', 8, [first, 2], [first, 2])]],
    ['a reservation opens again after it was released', 'I4', [...held, released(first, 'mug', 2, 10), reserved(first, 'mug', 2, 100, 8)]],
    ['stock is returned twice', 'I4', [...undone, returned(first, 'mug', 2, 10), returned(first, 'mug', 2, 12)]],
    ['a reservation is released in the name of another order', 'I4', [...held, released({ ...first, orderId: 'x' }, 'mug', 2, 10)]],
    ['an order is paid twice', 'I5', [...bought, reserved(twin, 'mug', 2, 100, 6), paid(twin, [['mug', 2, 100]], 600)]],
    ['a checkout pays a second order', 'I5', [...bought, paid({ ...first, orderId: 'order-2' }, [['mug', 2, 100]], 600)]],
    ['an order is cancelled twice', 'I5', [...undone, cancelled(first, [['mug', 2, 100]], 1_200)]],
    ['an order is cancelled that was never paid', 'I5', [...held, cancelled(first, [['mug', 2, 100]], 1_200)]],
    ['an order is cancelled on another wallet', 'I5', [...closed, cancelled({ ...first, userId: ben }, [['mug', 2, 100]], 200)]],
    ['other lines are cancelled than were paid', 'I5', [...closed, cancelled(first, [['mug', 1, 200]], 1_000)]],
    ['a voided checkout is paid', 'I5', [...held, voidedCheckout(first), payment]],
    ['a paid checkout is voided', 'I5', [...bought, voidedCheckout(first)]],
    ['a checkout is voided twice', 'I5', [...held, voidedCheckout(first), voidedCheckout(first)]],
    ['an order is paid without its stock', 'I6', [...opening, payment]],
    ['an order is paid at another price than reserved', 'I6', [...held, paid(first, [['mug', 2, 99]], 802)]],
    ['an order is paid after its stock was released', 'I6', [...held, released(first, 'mug', 2, 10), payment]],
    ['paid stock is released', 'I6', [...bought, released(first, 'mug', 2, 10)]],
    ['stock is sold that nobody paid', 'I6', [...held, sold('mug', 8, [first, 2])]],
    ['stock comes back though nothing was cancelled', 'I6', [...closed, returned(first, 'mug', 2, 10)]],
    ['stock of a twin is sold', 'I6', [...bought, reserved(twin, 'mug', 1, 100, 7), sold('mug', 7, [first, 2], [twin, 1])]],
    ['a total is not the sum of its lines', 'I7', [...held, paid(first, [['mug', 2, 100]], 801, { totalAmount: 199 })]],
    ['stock is reserved at a price of the past', 'I7', [...opening, repriced('mug', 120, 2), reserved(first, 'mug', 1, 100, 9)]],
    ['stock of an archived product is reserved', 'I7', [...opening, archived('mug', 2), reserved(first, 'mug', 1, 100, 9)]],
    ['stock of a product is reserved that nobody registered', 'I7', [adjusted('tea', 'a', 5, 5), reserved(first, 'tea', 1, 0, 4)]],
    ['a product is registered twice', 'I7', [...opening, registered('mug', 100, 0, { available: 10, revision: 2 })]],
    ['a catalogue revision is left out', 'I7', [...opening, repriced('mug', 120, 3)]],
    ['a product stands on two lines', 'I7', [...held, paid(first, [['mug', 1, 100], ['mug', 1, 100]], 800)]], // prettier-ignore
    ['a charge goes beyond what a wallet may hold', 'I7', [charged(ann, 'c', 10 ** 12, 10 ** 12), charged(ann, 'd', 1, 10 ** 12 + 1)]],
    ['an adjustment counts twice', 'I8', [...opening, adjusted('mug', 'a', 1, 11), adjusted('mug', 'a', 1, 12)]],
    ['a cart addition counts twice', 'I8', [added(ann, 'i', 'mug', 1, 1), added(ann, 'i', 'mug', 1, 2, { additionId: 'addition-i-1' })]],
    ['an added line says another quantity', 'I15', [added(ann, 'i', 'mug', 1, 2)]],
    ['a line changes that is not in the cart', 'I15', [changed(ann, 'i', 'mug', 2)]],
    ['a line is removed twice', 'I15', [added(ann, 'i', 'mug', 1, 1), removed(ann, 'i', 'mug'), removed(ann, 'i', 'mug')]],
    ['an id of a line is used again', 'I15', [added(ann, 'i', 'mug', 1, 1), removed(ann, 'i', 'mug'), added(ann, 'i', 'tea', 2, 2)]],
    ['a product stands on two lines of a cart', 'I15', [added(ann, 'i', 'mug', 1, 1), added(ann, 'j', 'mug', 1, 1)]],
    ['a line becomes one of another product', 'I15', [added(ann, 'i', 'mug', 1, 1), added(ann, 'i', 'tea', 1, 2)]],
    ['a cart has a line too many', 'I15', Array.from({ length: 101 }, (_, n) => added(ann, `i${n}`, `p${n}`, 1, 1))],
    ['a reservation has the name of another', 'I15', [...opening, reserved(first, 'mug', 2, 100, 8, { reservationId: 'r' })]],
  ])('where %s: %s', async (_, invariant, facts) => {
    expect(await named(facts)).toContain(invariant);
  });

  const rich = [registered('mug', 1, 20_000), charged(ann, 'charge-1', 10 ** 12, 10 ** 12)];
  const many = (count: number) => Array.from({ length: count }, (_, n): readonly [string, number, number] => [`p${n}`, 1, 0]);
  it.each<[string, string, readonly ShopEvent[]]>([
    ['a reservation', 'quantity of reservation checkout-1:mug', [...rich, reserved(first, 'mug', 10_001, 1, 9_999)]],
    ['a line of an order', 'quantity of mug in order order-1', [...rich, paid(first, [['mug', 10_001, 1]], 10 ** 12 - 10_001)]],
    ['a price in an order', 'price of mug in order order-1', [...rich, paid(first, [['mug', 1, 10 ** 9 + 1]], 10 ** 12 - 10 ** 9 - 1)]],
    ['an order', 'lines of order order-1', [...rich, paid(first, many(101), 10 ** 12)]],
    ['a price', 'price of mug', [registered('mug', 10 ** 9 + 1, 1)]],
    ['a new price', 'price of mug', [...opening, repriced('mug', 10 ** 9 + 1, 2)]],
    ['a stock at registration', 'stock of mug', [registered('mug', 1, 10 ** 9 + 1)]],
    ['a stock', 'stock of mug', [registered('mug', 1, 10 ** 9), adjusted('mug', 'a', 1, 10 ** 9 + 1)]],
    ['an adjustment', 'adjustment of mug', [...opening, adjusted('mug', 'a', 2 * 10 ** 9 + 1, 2 * 10 ** 9 + 11)]],
    ['a charge', 'charge c', [charged(ann, 'c', 10 ** 12 + 1, 10 ** 12 + 1)]],
    ['a balance after a charge', 'balance of ann', [...rich, charged(ann, 'c', 1, 10 ** 12 + 1)]],
    ['a line of a cart', 'quantity of i', [added(ann, 'i', 'mug', 10_001, 10_001)]],
    ['what was archived', 'product mug', [...opening, archived('mug', 2), repriced('mug', 5, 3)]],
    ['the stock of what was archived', 'product mug', [...opening, archived('mug', 2), adjusted('mug', 'a', 1, 11)]],
  ])('where %s goes beyond what is allowed: I7', async (_, about, facts) => {
    const { findings } = await auditOf(logOf(facts));
    expect(findings).toContainEqual(expect.objectContaining({ invariant: 'I7', about }));
  });

  it('lets refunds, releases and returns go beyond what a wallet and a shelf may hold', async () => {
    const full = [registered('mug', 100, 10 ** 9), charged(ann, 'c1', 10 ** 12, 10 ** 12)];
    const bought2 = [reserved(first, 'mug', 2, 100, 10 ** 9 - 2), paid(first, [['mug', 2, 100]], 10 ** 12 - 200)];
    const refilled = [adjusted('mug', 'a', 2, 10 ** 9), charged(ann, 'c2', 200, 10 ** 12)];
    const undone2 = [cancelled(first, [['mug', 2, 100]], 10 ** 12 + 200), returned(first, 'mug', 2, 10 ** 9 + 2)];
    expect(await named([...full, ...bought2, ...refilled, ...undone2, adjusted('mug', 'b', -3, 10 ** 9 - 1)], true)).toEqual([]);
  });

  it.each<[string, string, readonly ShopEvent[]]>([
    [
      'the refund of an order that is another sum than was paid',
      'refund of order order-1',
      [...closed, cancelled(first, [['mug', 2, 100]], 1_001, { refundAmount: 201 })],
    ],
    ['the refund of an order that there is none of', 'refund of order order-9', [...closed, cancelled(other, [['mug', 1, 0]], 0)]],
  ])('names %s: I3', async (_, about, facts) => {
    expect((await auditOf(logOf(facts))).findings).toContainEqual(expect.objectContaining({ invariant: 'I3', about }));
  });

  it('names a reservation that another product sold: I15', async () => {
    const reservations = [{ reservationId: 'checkout-1:mug', orderId: 'order-1', quantity: 2 }];
    const cup: ShopEvent = { type: 'StockSold', data: { productId: 'cup', reservations, available: 5, occurredAt: at(0) } };
    expect(await named([...bought, registered('cup', 1, 5), cup])).toContain('I15');
  });

  it.each<[Invariant, readonly ShopEvent[]]>([
    ['I1', [registered('mug', 100, 1), reserved(first, 'mug', 1, 100, 0), paid(first, [['mug', 1, 100]], 0)]],
    ['I2', [registered('mug', 1, 1), reserved(first, 'mug', 2, 1, 0)]],
  ])('names what must never be below zero: %s', async (invariant, facts) => {
    const { findings } = await auditOf(logOf(facts));
    expect(findings).toContainEqual(expect.objectContaining({ invariant, expected: 'never below 0' }));
  });

  it('names stock that comes back in another quantity than was bought: I6', async () => {
    expect(await named([...undone, returned(first, 'mug', 1, 9)])).toEqual(['I6']);
  });

  it.each<[string, Partial<Checkout>]>([
    ['user', { userId: ben }],
    ['checkout', { checkoutId: 'checkout-9' }],
    ['order', { orderId: 'order-9' }],
  ])('names a release in the name of another %s than the one who reserved: I4', async (what, change) => {
    const reservation = {
      reservationId: 'checkout-1:mug',
      ...first,
      ...change,
      productId: 'mug',
      quantity: 2,
      available: 10,
      occurredAt: at(0),
    };
    const { findings } = await auditOf(logOf([...held, { type: 'StockReleased', data: reservation }]));
    expect(findings).toContainEqual(expect.objectContaining({ invariant: 'I4', expected: expect.stringMatching(`^${what} `) }));
  });

  it('stays silent on an addition whose key was promised for seven days and comes again on the ninth', async () => {
    const later = added(ann, 'i', 'mug', 1, 2, { additionId: 'addition-i-1', occurredAt: '2026-01-14T00:00:00.000Z' });
    expect(await named([added(ann, 'i', 'mug', 1, 1), later])).toEqual([]);
  });

  const cartLine = { itemId: 'item-1', productId: 'mug', quantity: 2 };
  const fromCart = paid(first, [['mug', 2, 100]], 800, { cart: { after: null, lines: [cartLine] } });
  const filled = [...held, added(ann, 'item-1', 'mug', 2, 2)];
  const second = { orderId: 'order-2', checkoutId: 'checkout-2', userId: ann };
  const oneMore = (after: string | null) => [
    reserved(second, 'mug', 2, 100, 6),
    paid(second, [['mug', 2, 100]], 600, { cart: { after, lines: [cartLine] } }),
  ];
  it.each<[string, readonly ShopEvent[]]>([
    ['one cart is bought under two keys', [...filled, fromCart, ...oneMore(null)]],
    ['a cart is bought before the order before it has left', [...filled, fromCart, ...oneMore('order-1')]],
    ['another quantity leaves the cart', [...filled, fromCart, takenOut(ann, 'order-1', ['item-1', 1, 1])]],
    ['nothing leaves the cart', [...filled, fromCart, takenOut(ann, 'order-1')]],
    ['it leaves twice', [...filled, fromCart, takenOut(ann, 'order-1', ['item-1', 2, 0]), takenOut(ann, 'order-1')]],
    ['it leaves before it is paid', [...filled, takenOut(ann, 'order-1', ['item-1', 2, 0])]],
    ['an order that bought no cart leaves it', [...filled, payment, takenOut(ann, 'order-1', ['item-1', 2, 0])]],
    ['it leaves the cart of another', [...filled, fromCart, takenOut(ben, 'order-1')]],
    ['its stock is sold before it has left', [...filled, fromCart, sold('mug', 8, [first, 2])]],
    ['other lines are paid than are taken', [...filled, paid(first, [['mug', 2, 100]], 800, { cart: { after: null, lines: [{ ...cartLine, quantity: 1 }] } })]], // prettier-ignore
  ])('where %s: I16', async (_, facts) => {
    expect(await named(facts)).toContain('I16');
  });

  it.each<[string, readonly ShopEvent[], string]>([
    ['a reservation is left open', held, 'reservation checkout-1:mug'],
    ['a paid order is not sold', bought, 'order order-1'],
    ['a cancelled order is not returned', undone, 'order order-1'],
    ['a voided checkout is not released', [...held, voidedCheckout(first)], 'reservation checkout-1:mug'],
    ['a twin of a paid order still holds stock', [...bought, reserved(twin, 'mug', 1, 100, 7)], 'reservation checkout-8:mug'],
    ['a cart order has not left its cart', [...filled, fromCart], 'order order-1'],
    ['a stranger still holds stock', [...closed, reserved(other, 'mug', 1, 100, 7)], 'reservation checkout-9:mug'],
  ])('where %s in a quiet shop: I13, and only there', async (_, facts, about) => {
    expect(await named(facts, false)).toEqual([]);
    const { findings } = await auditOf(logOf(facts), true);
    expect(findings).toContainEqual(expect.objectContaining({ invariant: 'I13', about }));
  });

  it('names a cart order that has not left its cart in a quiet shop: I13', async () => {
    const { findings } = await auditOf(logOf([...filled, fromCart]), true);
    expect(findings).toContainEqual(expect.objectContaining({ invariant: 'I13', expected: 'taken out of its cart' }));
  });

  const broken = (index: number, change: (event: RecordedEvent) => Partial<RecordedEvent>) =>
    logOf(closed).map((event, place) => (place === index ? { ...event, ...change(event) } : event));
  it.each<[string, readonly RecordedEvent[]]>([
    ['a revision is missing', broken(3, () => ({ revision: 2 }))],
    ['an event is missing', logOf(closed).filter((_, index) => index !== 2)],
    ['positions do not rise', broken(2, () => ({ position: '0000000000000001' }))],
    ['an event id stands twice', broken(2, () => ({ id: 'event-0' }))],
    ['an event has a type that nobody knows', broken(1, () => ({ type: 'WalletPainted' }))],
    ['an event has a version of the future', broken(1, () => ({ metadata: { version: 2 } }))],
    ['an event has lost a field', broken(1, () => ({ data: { userId: ann } }))],
    ['a balance is no whole number', broken(1, ({ data }) => ({ data: { ...Object(data), balance: 1.5 } }))],
    ['an event stands in the stream of another', broken(1, () => ({ stream: 'wallet-ben' }))],
    ['an event stands in no stream of the shop', broken(1, () => ({ stream: 'somewhere' }))],
  ])('where %s: I15', async (_, events) => {
    const { findings } = await auditOf(events);
    expect(findings.map(({ invariant }) => invariant)).toContain('I15');
  });
  it('where a stream is not of the shop, even one with readable events: I15', async () => {
    const { findings } = await auditOf(broken(1, () => ({ stream: 'somewhere' })));
    expect(findings).toContainEqual(expect.objectContaining({ invariant: 'I15', expected: 'a stream of the shop', found: 'somewhere' }));
  });

  it('where an upcaster answers otherwise the second time, or changes what is stored: I15', async () => {
    let calls = 0;
    const restless: Upcasters = { WalletCharged: [(data) => Object.assign({}, data, { chargeId: `c-${(calls += 1)}` })] };
    const { findings } = await auditOf(logOf(opening), false, restless);
    expect(findings).toContainEqual(expect.objectContaining({ invariant: 'I15', about: 'upcaster of WalletCharged 1' }));
    const scribbling: Upcasters = {
      WalletCharged: [(data) => (typeof data === 'object' && data !== null ? Object.assign(data, { note: 1 }) : data)],
    };
    expect((await auditOf(logOf(opening), false, scribbling)).findings).toContainEqual(
      expect.objectContaining({ expected: 'leaves the stored data alone' }),
    );
  });
});
