import { opened, projection } from '../projection.js';

/** Every order: there once it is paid, and either paid or cancelled. */
export const orders = projection({
  name: 'orders',
  version: 1,
  handles: ['OrderPaid', 'OrderCancelled'],
  mixesStreams: false,
  documentIds: ({ data }) => [data.orderId],
  evolve: (before, event, _, id) => {
    if (event.type === 'OrderCancelled')
      return { ...opened(before, event, id), status: 'CANCELLED', cancelledAt: event.data.occurredAt, cancelReason: event.data.reason };
    const { orderId, userId, lines, totalAmount, balance, occurredAt } = event.data;
    return {
      orderId,
      userId,
      status: 'PAID',
      lines,
      totalAmount,
      balanceAfter: balance,
      paidAt: occurredAt,
      cancelledAt: null,
      cancelReason: null,
    };
  },
});
