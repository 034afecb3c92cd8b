import { describe, expect, it } from '@jest/globals';
import { cancelled, charged, line, paid } from '../testing/facts.js';
import { folded } from '../testing/folded.js';
import { balances } from './balances.js';

const order = paid('o1', [line('p1', 2, 2_500)], { balance: 5_000 });

describe('balances', () => {
  it('are what each event says is left, never a sum of our own', () => {
    expect(folded(balances, [charged({ amount: 10_000, balance: 10_000 })]).get('u1')).toEqual({ userId: 'u1', balance: 10_000 });
    expect(folded(balances, [charged(), order]).get('u1')).toEqual({ userId: 'u1', balance: 5_000 });
    expect(folded(balances, [charged(), order, cancelled(order, { balance: 10_000 })]).get('u1')).toEqual({
      userId: 'u1',
      balance: 10_000,
    });
  });

  it('are kept for each user apart', () => {
    const documents = folded(balances, [charged({ balance: 1 }), charged({ userId: 'u2', balance: 2 }), charged({ balance: 3 })]);
    expect([...documents.values()]).toEqual([
      { userId: 'u1', balance: 3 },
      { userId: 'u2', balance: 2 },
    ]);
  });

  it('do not move when a checkout is voided', () => {
    const voided = {
      type: 'CheckoutVoided',
      data: { userId: 'u9', orderId: 'o1', checkoutId: 'c1', occurredAt: charged().data.occurredAt },
    } as const;
    expect(folded(balances, [voided]).size).toBe(0);
  });
});
