import { describe, expect, it } from '@jest/globals';
import { toPosition } from '@shop/event-store';
import type { ShopEvent } from '@shop/events';
import { auditLog } from '../audit-log.js';
import { at, cancelled, charged, logOf, paid, pagesOf, registered, reserved, sold, type Checkout } from '../testing/log-of.js';
import { readFeed } from './feed-judge.js';

const first: Checkout = { orderId: 'order-1', checkoutId: 'checkout-1', userId: 'ann' };
const facts: readonly ShopEvent[] = [
  registered('mug', 100, 10),
  charged('ann', 'charge-1', 1_000, 1_000),
  reserved(first, 'mug', 2, 100, 8),
  paid(first, [['mug', 2, 100]], 800),
  sold('mug', 8, [first, 2]),
  cancelled(first, [['mug', 2, 100]], 1_000, { reason: '파손' }),
];
const head = toPosition(facts.length);
const items = [{ productId: 'mug', name: 'mug', unitPrice: 100, quantity: 2, subtotal: 200 }];
const order = { orderId: 'order-1', userId: 'ann', items };
const attributes = { specversion: '1.0', source: '/orders', subject: 'order-1', datacontenttype: 'application/json' };
/** Written by hand from `facts`. */
const payment = {
  ...attributes,
  id: 'event-3',
  type: 'order.paid.v1',
  time: at(0),
  sequence: toPosition(4),
  data: { ...order, totalAmount: 200, currency: 'KRW', paidAt: at(0) },
};
const cancellation = {
  ...attributes,
  id: 'event-5',
  type: 'order.cancelled.v1',
  time: at(60),
  sequence: toPosition(6),
  data: { ...order, refundAmount: 200, currency: 'KRW', reason: '파손', paidAt: at(0), cancelledAt: at(60) },
};

describe('the audit of the order feed', () => {
  const auditOf = async (messages: readonly (object | string)[], { checkpoint = head, quiet = false } = {}) => {
    const lines = async function* () {
      for (const message of messages) yield typeof message === 'string' ? message : JSON.stringify(message);
    };
    const judge = await readFeed({ lines, checkpoint, quiet });
    return (await auditLog({ events: pagesOf(logOf(facts)), beside: [judge] })).findings;
  };

  it('finds nothing where the feed is the paid and cancelled orders of the log, repeats or not', async () => {
    expect(await auditOf([payment, cancellation])).toEqual([]);
    expect(await auditOf([payment, cancellation, payment, cancellation])).toEqual([]);
  });
  it('asks for no more than the checkpoint says was sent, and takes what was sent beyond it', async () => {
    expect(await auditOf([payment], { checkpoint: toPosition(5) })).toEqual([]);
    expect(await auditOf([payment, cancellation], { checkpoint: toPosition(2) })).toEqual([]);
  });
  it.each<[string, readonly (object | string)[]]>([
    ['an order is missing that the checkpoint has passed', [payment]],
    ['an order was told that there is none of', [payment, cancellation, { ...payment, id: 'event-9', subject: 'order-9' }]],
    ['an amount is another', [{ ...payment, data: { ...payment.data, totalAmount: 201 } }, cancellation]],
    ['a field was added in silence', [{ ...payment, data: { ...payment.data, note: 1 } }, cancellation]],
    ['a repeat says something else', [payment, cancellation, { ...payment, data: { ...payment.data, totalAmount: 201 } }]],
    ['the cancellation was told before the payment', [cancellation, payment]],
    ['a line cannot be read', [payment, cancellation, '{"specversion":']],
    ['another source speaks', [payment, { ...cancellation, source: '/other' }]],
  ])('names it where %s: I9', async (_, messages) => {
    const findings = await auditOf(messages);
    expect(findings.length).toBeGreaterThan(0);
    expect(new Set(findings.map(({ invariant }) => invariant))).toEqual(new Set(['I9']));
  });
  it('demands of a quiet shop that everything was sent: I13', async () => {
    const findings = await auditOf([payment], { checkpoint: toPosition(5), quiet: true });
    expect(findings.map(({ invariant, about }) => [invariant, about])).toEqual([
      ['I13', 'event event-5 in the feed'],
      ['I13', 'checkpoint of the feed'],
    ]);
  });
  it('names a checkpoint ahead of the log: I11', async () => {
    expect(await auditOf([payment, cancellation], { checkpoint: toPosition(99) })).toEqual([expect.objectContaining({ invariant: 'I11' })]);
  });
});
