import { orderCancelledV1, orderPaidV1 } from '@shop/events';
import { z } from 'zod';

const attribute = (description: string, rest: Readonly<Record<string, unknown>> = {}) => ({ type: 'string', description, ...rest });

/** CloudEvents 1.0 in the Kafka binding's binary mode: attributes are headers. */
const headersOf = (type: string) => ({
  type: 'object',
  required: ['ce_specversion', 'ce_id', 'ce_type', 'ce_source', 'ce_subject', 'ce_time', 'ce_sequence', 'content-type'],
  properties: {
    ce_specversion: attribute('Version of CloudEvents', { const: '1.0' }),
    ce_id: attribute('Id of the event: a repeat has the same one, drop it by this'),
    ce_type: attribute('What happened', { const: type }),
    ce_source: attribute('Which shop', { default: '/orders' }),
    ce_subject: attribute('The order id'),
    ce_time: attribute('When it happened', { format: 'date-time' }),
    ce_sequence: attribute('Place in the log: rising, not gapless'),
    ce_traceparent: attribute('W3C trace context of the request, if known'),
    'content-type': attribute('Of the value', { const: 'application/json' }),
  },
});

const message = (type: string, title: string, payload: z.ZodType, example: Readonly<Record<string, unknown>>) => ({
  name: type,
  title,
  contentType: 'application/json',
  headers: headersOf(type),
  payload: { schemaFormat: 'application/schema+json;version=draft-2020-12', schema: z.toJSONSchema(payload) },
  bindings: { kafka: { key: attribute('The order id') } },
  examples: [{ name: title, payload: example }],
});

const exampleOrder = {
  orderId: '0b54f5f6-6f0e-5d3c-9c39-0a4e2b6f4e11',
  userId: 'u1',
  items: [{ productId: 'p1', name: '머그컵', unitPrice: 12_000, quantity: 2, subtotal: 24_000 }],
  currency: 'KRW',
  paidAt: '2026-01-05T03:04:05.678Z',
} as const;

export const feedExamples = {
  OrderPaid: { ...exampleOrder, totalAmount: 24_000 },
  OrderCancelled: { ...exampleOrder, refundAmount: 24_000, reason: null, cancelledAt: '2026-01-06T09:00:00.000Z' },
} as const;

/** AsyncAPI 3 of the order feed, from the very schemas that its values are made by. */
export const asyncApiDocument = () => ({
  asyncapi: '3.0.0',
  info: {
    title: 'Shop order feed',
    version: '1.0.0',
    description:
      'Every paid and every cancelled order, in the order of the log, per order the payment first. Delivered at least once: consumers drop repeats by ce_id. New optional fields stay v1; anything else is a new type.',
  },
  defaultContentType: 'application/json',
  channels: {
    orders: {
      address: 'commerce.orders.v1',
      messages: {
        OrderPaid: { $ref: '#/components/messages/OrderPaid' },
        OrderCancelled: { $ref: '#/components/messages/OrderCancelled' },
      },
      bindings: { kafka: { topic: 'commerce.orders.v1' } },
    },
  },
  operations: {
    publishOrders: {
      action: 'send',
      channel: { $ref: '#/channels/orders' },
      messages: [{ $ref: '#/channels/orders/messages/OrderPaid' }, { $ref: '#/channels/orders/messages/OrderCancelled' }],
    },
  },
  components: {
    messages: {
      OrderPaid: message('order.paid.v1', 'An order was paid', orderPaidV1, feedExamples.OrderPaid),
      OrderCancelled: message('order.cancelled.v1', 'An order was cancelled', orderCancelledV1, feedExamples.OrderCancelled),
    },
  },
});
