import type { OrderFeedEvent } from '@shop/events';

const paidAt = '2026-01-05T03:04:05.678Z';
const order = (orderId: string) => ({ orderId, userId: 'u1', items: [], currency: 'KRW' as const, paidAt });
const attributes = (id: string, orderId: string) =>
  ({
    specversion: '1.0',
    id,
    source: '/orders',
    subject: orderId,
    time: paidAt,
    datacontenttype: 'application/json',
    sequence: id,
  }) as const;

export const paidOrder = (id: string, orderId = id, userId = 'u1'): OrderFeedEvent => ({
  ...attributes(id, orderId),
  type: 'order.paid.v1',
  data: { ...order(orderId), userId, totalAmount: 0 },
});
export const cancelledOrder = (id: string, orderId: string): OrderFeedEvent => ({
  ...attributes(id, orderId),
  type: 'order.cancelled.v1',
  data: { ...order(orderId), refundAmount: 0, reason: null, cancelledAt: paidAt },
});
