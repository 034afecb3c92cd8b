import { describe, expect, it } from '@jest/globals';
import { at, cancelled, line, paid } from '../testing/facts.js';
import { folded } from '../testing/folded.js';
import { orders } from './orders.js';

const order = paid('o1', [line('p1', 2, 2_500), line('p2', 1)], { balance: 4_000 });

describe('orders', () => {
  it('are there once they are paid', () => {
    expect(folded(orders, [order]).get('o1')).toEqual({
      orderId: 'o1',
      userId: 'u1',
      status: 'PAID',
      lines: [line('p1', 2, 2_500), line('p2', 1)],
      totalAmount: 6_000,
      balanceAfter: 4_000,
      paidAt: at(2),
      cancelledAt: null,
      cancelReason: null,
    });
  });

  it('show when and why they were cancelled, and still what was paid', () => {
    const document = folded(orders, [order, cancelled(order, { reason: 'too late' })]).get('o1');
    expect(document).toMatchObject({
      status: 'CANCELLED',
      cancelledAt: at(5),
      cancelReason: 'too late',
      paidAt: at(2),
      balanceAfter: 4_000,
    });
    expect(folded(orders, [order, cancelled(order)]).get('o1')?.cancelReason).toBeNull();
  });

  it('do not touch each other', () => {
    const documents = folded(orders, [order, paid('o2', [line('p1', 1)]), cancelled(order)]);
    expect([...documents.values()].map(({ orderId, status }) => [orderId, status])).toEqual([
      ['o1', 'CANCELLED'],
      ['o2', 'PAID'],
    ]);
  });

  it('are never cancelled that were never paid', () => {
    expect(() => folded(orders, [cancelled(order)])).toThrow('comes before the event that opens it');
  });
});
