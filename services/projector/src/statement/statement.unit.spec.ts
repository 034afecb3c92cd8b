import { describe, expect, it } from '@jest/globals';
import { at, cancelled, charged, line, paid } from '../testing/facts.js';
import { folded } from '../testing/folded.js';
import { statement } from './statement.js';

const order = paid('o1', [line('p1', 2, 2_500)], { balance: 5_000 });

describe('a statement', () => {
  it('has one entry for every change of the balance, with the balance after it', () => {
    const documents = folded(statement, [charged(), order, cancelled(order, { balance: 10_000 })]);
    expect(Object.fromEntries(documents)).toEqual({
      'u1/0000000000': {
        userId: 'u1',
        revision: 0,
        transactionId: 'charge-1',
        type: 'CHARGE',
        amount: 10_000,
        balanceAfter: 10_000,
        orderId: null,
        occurredAt: at(1),
      },
      'u1/0000000001': {
        userId: 'u1',
        revision: 1,
        transactionId: 'checkout-of-o1',
        type: 'PAYMENT',
        amount: 5_000,
        balanceAfter: 5_000,
        orderId: 'o1',
        occurredAt: at(2),
      },
      'u1/0000000002': {
        userId: 'u1',
        revision: 2,
        transactionId: 'refund-of-o1',
        type: 'REFUND',
        amount: 5_000,
        balanceAfter: 10_000,
        orderId: 'o1',
        occurredAt: at(5),
      },
    });
  });

  it('numbers entries as the wallet numbers its events, so that a voided checkout leaves a gap and not a mix-up', () => {
    const voided = { type: 'CheckoutVoided', data: { userId: 'u1', orderId: 'o1', checkoutId: 'c1', occurredAt: at(1) } } as const;
    expect([...folded(statement, [charged(), voided, charged()]).keys()]).toEqual(['u1/0000000000', 'u1/0000000002']);
  });
});
