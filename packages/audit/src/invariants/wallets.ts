import type { Judge } from '../judge.js';
import { walletIn } from '../ledger/ledger.js';

/** What an event adds to the balance of its wallet; undefined for one that moves no money. */
const moved = (event: Parameters<NonNullable<Judge['before']>>[0]['event']): number | undefined => {
  if (event.type === 'WalletCharged') return event.data.amount;
  if (event.type === 'OrderPaid') return -event.data.totalAmount;
  return event.type === 'OrderCancelled' ? event.data.refundAmount : undefined;
};

/** I1: after every event of a wallet the balance is what was charged, less what was paid, plus what was refunded; it is never negative. */
export const walletsBalance: Judge = {
  invariants: ['I1'],
  before: ({ event }, ledger, say) => {
    if (event.type !== 'WalletCharged' && event.type !== 'OrderPaid' && event.type !== 'OrderCancelled') return;
    const { userId, balance } = event.data;
    const expected = walletIn(ledger, userId).balance + (moved(event) ?? 0);
    if (expected !== balance) say('I1', `balance of ${userId}`, expected, balance);
    if (expected < 0) say('I1', `balance of ${userId}`, 'never below 0', expected);
  },
};
