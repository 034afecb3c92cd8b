import { z } from 'zod';
import { id, instant, quantity, won } from './values.js';

const item = z.object({ productId: id, name: z.string(), unitPrice: won, quantity, subtotal: won });
const order = { orderId: id, userId: id, items: z.array(item), currency: z.literal('KRW'), paidAt: instant };

/** Values of the public feed: a contract of its own, never the stored event. New optional fields stay v1. */
export const orderPaidV1 = z.object({ ...order, totalAmount: won });
export const orderCancelledV1 = z.object({ ...order, refundAmount: won, reason: z.string().nullable(), cancelledAt: instant });

const attributes = {
  specversion: z.literal('1.0'),
  /** The stored event's id: consumers drop a repeat by it. */
  id: z.string(),
  source: z.string(),
  /** The order's id; also the key of the message. */
  subject: id,
  /** When it happened. */
  time: instant,
  datacontenttype: z.literal('application/json'),
  /** Position of the event in the log: rising, not gapless. */
  sequence: z.string(),
  traceparent: z.string().optional(),
};

/** A CloudEvents 1.0 event of the feed, in structured form. */
export const orderFeedEvent = z.discriminatedUnion('type', [
  z.object({ ...attributes, type: z.literal('order.paid.v1'), data: orderPaidV1 }),
  z.object({ ...attributes, type: z.literal('order.cancelled.v1'), data: orderCancelledV1 }),
]);
export type OrderFeedEvent = z.infer<typeof orderFeedEvent>;
