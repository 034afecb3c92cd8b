import type { RecordedEvent } from '@shop/event-store';
import type { OrderFeedEvent, OrderLine, ShopEvent } from '@shop/events';

const items = (lines: readonly OrderLine[]) =>
  lines.map(({ productId, name, unitPrice, quantity }) => ({ productId, name, unitPrice, quantity, subtotal: unitPrice * quantity }));

/** By hand, not by a schema: it runs once per order. */
const traceparentOf = (metadata: unknown): string | undefined =>
  typeof metadata === 'object' && metadata !== null && 'traceparent' in metadata && typeof metadata.traceparent === 'string'
    ? metadata.traceparent
    : undefined;

/** The attributes of an event, in the order of its text; one that has no trace leaves it out. */
const envelope = <Type extends string, Data>(
  source: string,
  { id, position, metadata }: RecordedEvent,
  { type, subject, time, data }: { readonly type: Type; readonly subject: string; readonly time: string; readonly data: Data },
) => {
  const traceparent = traceparentOf(metadata);
  const [specversion, datacontenttype, sequence] = ['1.0', 'application/json', position] as const;
  return traceparent === undefined
    ? { specversion, id, type, source, subject, time, datacontenttype, sequence, data }
    : { specversion, id, type, source, subject, time, datacontenttype, sequence, traceparent, data };
};

/**
 * What the data platform is told of an event, undefined where it is told nothing. Pure, and fields always come in this order:
 * an event that is sent again is the same, byte for byte.
 */
export const toFeedEvent = (source: string, recorded: RecordedEvent, event: ShopEvent): OrderFeedEvent | undefined => {
  if (event.type !== 'OrderPaid' && event.type !== 'OrderCancelled') return undefined;
  const { orderId, userId, lines, occurredAt } = event.data;
  if (event.type === 'OrderPaid') {
    const { totalAmount } = event.data;
    const data = { orderId, userId, items: items(lines), totalAmount, currency: 'KRW', paidAt: occurredAt } as const;
    return envelope(source, recorded, { type: 'order.paid.v1', subject: orderId, time: occurredAt, data });
  }
  const { refundAmount, reason, paidAt } = event.data;
  const data = { orderId, userId, items: items(lines), refundAmount, currency: 'KRW', reason, paidAt, cancelledAt: occurredAt } as const;
  return envelope(source, recorded, { type: 'order.cancelled.v1', subject: orderId, time: occurredAt, data });
};
