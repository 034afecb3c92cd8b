import { describe, expect, it } from '@jest/globals';
import { toPosition } from '@shop/event-store';
import type { ShopEvent } from '@shop/events';
import { auditLog } from './audit-log.js';
import { bestSellersAreCounted, type TopAnswer } from './best-sellers.js';
import {
  archived,
  at,
  cancelled,
  charged,
  logOf,
  paid,
  pagesOf,
  registered,
  reserved,
  type Checkout,
  type Line,
} from './testing/log-of.js';

const stock = new Map<string, number>();
let balance = 100_000;
/** An order of one product, paid in the n-th minute. */
const sale = (orderId: string, [productId, quantity, unitPrice]: Line, minute: number): readonly ShopEvent[] => {
  const checkout: Checkout = { orderId, checkoutId: `checkout of ${orderId}`, userId: 'ann' };
  const left = (stock.get(productId) ?? 100) - quantity;
  stock.set(productId, left);
  balance -= quantity * unitPrice;
  const payment = paid(checkout, [[productId, quantity, unitPrice]], balance, { occurredAt: at(minute) });
  return [reserved(checkout, productId, quantity, unitPrice, left), payment];
};
const hours72 = 72 * 60;
const undone: Checkout = { orderId: 'o4', checkoutId: 'checkout of o4', userId: 'ann' };
const facts: readonly ShopEvent[] = [
  charged('ann', 'charge-1', 100_000, 100_000),
  ...(['a', 'b', 'c', 'd'] as const).map((productId, index) => registered(productId, [10, 10, 20, 10][index] ?? 0, 100)),
  ...sale('o1', ['b', 2, 10], 100),
  ...sale('o2', ['a', 2, 10], 90), // told later than it happened
  ...sale('o3', ['c', 2, 20], 100),
  ...sale('o4', ['d', 9, 10], 100),
  cancelled(undone, [['d', 9, 10]], balance + 90, { paidAt: at(100), occurredAt: at(hours72) }),
  archived('b', 2),
];
const head = toPosition(facts.length);
const item = (productId: string, soldQuantity: number, revenue: number) => ({ productId, soldQuantity, revenue });
const [a, b, c] = [item('a', 2, 20), item('b', 2, 20), item('c', 2, 40)];

describe('the audit of best sellers', () => {
  const auditOf = async (answer: Partial<TopAnswer>) => {
    const whole: TopAnswer = { asOf: at(100), position: head, limit: 5, items: [c, a, b], archived: 'listed', ...answer };
    return (await auditLog({ events: pagesOf(logOf(facts)), beside: [bestSellersAreCounted([whole])] })).findings;
  };
  it('finds nothing where units, then revenue, then ids decide, and what was cancelled is gone', async () => {
    expect(await auditOf({})).toEqual([]);
    expect(await auditOf({ limit: 2, items: [c, a] })).toEqual([]);
  });
  it('lets an archived product be left out, and once it was archived demands it', async () => {
    expect(await auditOf({ archived: 'left out', items: [c, a] })).toEqual([]);
    expect(await auditOf({ archived: 'left out' })).toEqual([expect.objectContaining({ invariant: 'I14' })]);
    const before = toPosition(facts.length - 1);
    expect(await auditOf({ archived: 'left out', position: before })).toEqual([]);
    expect(await auditOf({ archived: 'left out', position: before, items: [c, a] })).toEqual([]);
  });
  it('counts what stood in the log at the position of the answer, and no more', async () => {
    const d = item('d', 9, 90);
    expect(await auditOf({ position: toPosition(facts.length - 2), items: [d, c, a, b] })).toEqual([]);
  });
  it.each<[string, number, TopAnswer['items']]>([
    ['before the first sale', 89, []],
    ['in the minute of the first sale', 90, [a]],
    ['in the last minute that sees the first sale', 90 + hours72, [c, a, b]],
    ['a minute later', 91 + hours72, [c, b]],
    ['in the last minute that sees any', 100 + hours72, [c, b]],
    ['when all is over', 101 + hours72, []],
  ])('knows the edges of the window: %s', async (_, minute, items) => {
    expect(await auditOf({ asOf: at(minute), items })).toEqual([]);
    expect(await auditOf({ asOf: at(minute), items: [...items, item('x', 1, 1)] })).toHaveLength(1);
  });
  it.each<[string, TopAnswer['items']]>([
    ['a tie is broken the wrong way', [a, c, b]],
    ['units are wrong', [item('c', 3, 40), a, b]],
    ['revenue is wrong', [item('c', 2, 41), a, b]],
    ['one is missing', [c, a]],
    ['what was cancelled still counts', [item('d', 9, 90), c, a, b]],
  ])('names it where %s: I14', async (_, items) => {
    expect(await auditOf({ items })).toEqual([expect.objectContaining({ invariant: 'I14' })]);
  });
});
