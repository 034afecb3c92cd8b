import type { WalletFact } from '@shop/events';
import { statementId, type StatementDocument } from '@shop/read-store';
import { projection } from '../projection.js';

type MoneyMoved = WalletFact<'WalletCharged' | 'OrderPaid' | 'OrderCancelled'>;

const entry = (event: MoneyMoved): Pick<StatementDocument, 'type' | 'transactionId' | 'amount' | 'orderId'> => {
  switch (event.type) {
    case 'WalletCharged':
      return { type: 'CHARGE', transactionId: event.data.chargeId, amount: event.data.amount, orderId: null };
    case 'OrderPaid':
      return { type: 'PAYMENT', transactionId: event.data.checkoutId, amount: event.data.totalAmount, orderId: event.data.orderId };
    case 'OrderCancelled':
      return { type: 'REFUND', transactionId: event.data.refundId, amount: event.data.refundAmount, orderId: event.data.orderId };
  }
};

/** What happened to each balance: one document per change, since a list that only grows fits in no document. */
export const statement = projection({
  name: 'statement',
  version: 2,
  handles: ['WalletCharged', 'OrderPaid', 'OrderCancelled'],
  mixesStreams: false,
  documentIds: ({ data }, { revision }) => [statementId(data.userId, revision)],
  evolve: (_, event, { revision }) => ({
    userId: event.data.userId,
    revision,
    ...entry(event),
    balanceAfter: event.data.balance,
    occurredAt: event.data.occurredAt,
  }),
});
