import type { Judge } from '../judge.js';

/** I3: a charge id counts once, a refund is the total of the order it cancels, and over all wallets no won appears or vanishes. */
export const moneyIsKept = (): Judge => {
  let difference = 0n;
  return {
    invariants: ['I3'],
    before: ({ event }, ledger, say) => {
      if (event.type === 'WalletCharged') {
        const { chargeId } = event.data;
        if (ledger.chargeIds.has(chargeId)) say('I3', `charge ${chargeId}`, 'counts once', 'counted before');
      }
      if (event.type === 'OrderCancelled') {
        const { orderId, refundAmount } = event.data;
        const total = ledger.orderTotals.get(orderId);
        if (total !== refundAmount) say('I3', `refund of order ${orderId}`, total ?? 'an order that was paid', refundAmount);
      }
    },
    after: ({ event }, { money }, say) => {
      if (event.type !== 'WalletCharged' && event.type !== 'OrderPaid' && event.type !== 'OrderCancelled') return;
      const [charged, outstanding, balances] = [money.charged.total(), money.outstanding.total(), money.balances.total()];
      const now = charged - outstanding - balances;
      if (now === difference) return;
      difference = now;
      const expected = `charged ${charged} = balances + orders paid and not cancelled`;
      say('I3', 'money of all wallets', expected, `${balances} + ${outstanding}`);
    },
  };
};
