import type { RecordedEvent } from '@shop/event-store';
import { eventMetadata, type OrderFeedEvent, type OrderLine, type ShopEvent } from '@shop/events';

const items = (lines: readonly OrderLine[]) =>
  lines.map(({ productId, name, unitPrice, quantity }) => ({ productId, name, unitPrice, quantity, subtotal: unitPrice * quantity }));

/**
 * What the data platform is told of an event, undefined where it is told nothing. Pure, and fields always come in this order:
 * an event that is sent again is the same, byte for byte.
 */
export const toFeedEvent = (source: string, recorded: RecordedEvent, event: ShopEvent): OrderFeedEvent | undefined => {
  if (event.type !== 'OrderPaid' && event.type !== 'OrderCancelled') return undefined;
  const { orderId, userId, lines, occurredAt } = event.data;
  const { traceparent } = eventMetadata.safeParse(recorded.metadata).data ?? {};
  const before = { specversion: '1.0', id: recorded.id } as const;
  const after = {
    source,
    subject: orderId,
    time: occurredAt,
    datacontenttype: 'application/json',
    sequence: recorded.position,
    ...(traceparent !== undefined && { traceparent }),
  } as const;
  const order = { orderId, userId, items: items(lines) };
  if (event.type === 'OrderPaid') {
    const { totalAmount } = event.data;
    return { ...before, type: 'order.paid.v1', ...after, data: { ...order, totalAmount, currency: 'KRW', paidAt: occurredAt } };
  }
  const { refundAmount, reason, paidAt } = event.data;
  const data = { ...order, refundAmount, currency: 'KRW', reason, paidAt, cancelledAt: occurredAt } as const;
  return { ...before, type: 'order.cancelled.v1', ...after, data };
};
