import type { Judge } from '../judge.js';

/** For as long as the key of a cart addition is promised to be known. */
const additionsKnownMs = 7 * 24 * 60 * 60 * 1000;

/** I8, as far as the log alone tells: what a client may repeat has its effect once. (Charges are I3, orders I5.) */
export const commandsCountOnce: Judge = {
  invariants: ['I8'],
  before: ({ event }, ledger, say) => {
    if (event.type === 'StockAdjusted' && ledger.adjustmentIds.has(event.data.adjustmentId))
      say('I8', `adjustment ${event.data.adjustmentId}`, 'counts once', 'counted before');
    if (event.type !== 'CartItemAdded') return;
    const { additionId, occurredAt } = event.data;
    const earlier = ledger.additionIds.get(additionId);
    if (earlier !== undefined && Date.parse(occurredAt) - earlier < additionsKnownMs)
      say('I8', `cart addition ${additionId}`, 'counts once', 'counted before');
  },
};
