import { z } from 'zod';
import type { Route } from '../route.js';
import { order, orderItem } from './order-answers.js';
import {
  amount,
  currency,
  cursorListOf,
  cursorPage,
  expectedTotal,
  id,
  limits,
  orderId,
  productId,
  quantity,
  queryBoolean,
  queryTime,
  text,
  time,
  userId,
} from './values.js';

const params = z.strictObject({ orderId });

/** One product may stand on several lines: what counts is their sum. */
const orderLines = z
  .array(z.strictObject({ productId, quantity }))
  .min(1)
  .max(limits.orderLines)
  .check(({ value, issues }) => {
    if (value.length < 2) return;
    const sums = new Map<string, number>();
    value.forEach((line, index) => {
      const sum = (sums.get(line.productId) ?? 0) + line.quantity;
      sums.set(line.productId, sum);
      if (sum > limits.quantity && sum - line.quantity <= limits.quantity)
        issues.push({ code: 'too_big', origin: 'number', maximum: limits.quantity, input: sum, path: [index, 'quantity'] });
    });
  });

export const placeOrder = {
  method: 'post',
  path: '/orders',
  service: 'command-api',
  access: { kind: 'self' },
  summary: 'Order and pay from the balance',
  query: z.strictObject({ dryRun: queryBoolean.optional() }),
  body: z
    .strictObject({ userId: userId.optional(), items: orderLines, expectedTotal: expectedTotal.optional() })
    .meta({ id: 'PlaceOrder', example: { userId: 'u1', items: [{ productId: 'mug', quantity: 2 }] } }),
  success: { status: 201, body: order },
  otherwise: {
    query: 'dryRun',
    status: 200,
    body: z
      .strictObject({ dryRun: z.literal(true), items: z.array(orderItem), totalAmount: amount, currency, balanceAfter: amount })
      .meta({ id: 'DryRun' }),
  },
  problems: ['PRODUCT_NOT_FOUND', 'PRODUCT_ARCHIVED', 'INSUFFICIENT_STOCK', 'PRICE_CHANGED', 'INSUFFICIENT_BALANCE', 'CHECKOUT_VOIDED'],
  idempotency: 'honoured',
} satisfies Route;

export const listOrders = {
  method: 'get',
  path: '/orders',
  service: 'query-api',
  access: { kind: 'self', reach: 'users:read' },
  summary: "List a user's orders, newest first",
  query: z.strictObject({
    userId: userId.optional(),
    status: z.enum(['PAID', 'CANCELLED']).optional(),
    from: queryTime.optional(),
    to: queryTime.optional(),
    ...cursorPage,
  }),
  success: { status: 200, body: cursorListOf(order).meta({ id: 'Orders' }) },
  problems: [],
} satisfies Route;

export const getOrder = {
  method: 'get',
  path: '/orders/:orderId',
  service: 'query-api',
  access: { kind: 'self', reach: 'users:read' },
  summary: "Read an order; another user's looks like none",
  params,
  query: z.strictObject({ userId: userId.optional() }),
  success: { status: 200, body: order },
  problems: ['ORDER_NOT_FOUND'],
} satisfies Route;

export const cancelOrder = {
  method: 'post',
  path: '/orders/:orderId/cancel',
  service: 'command-api',
  access: { kind: 'self', reach: 'orders:manage' },
  summary: 'Cancel a whole order: the money comes back, then the stock',
  params,
  body: z
    .strictObject({ userId: userId.optional(), reason: text.optional() })
    .meta({ id: 'CancelOrder', example: { userId: 'u1', reason: 'changed my mind' } }),
  success: {
    status: 200,
    body: z
      .strictObject({
        orderId: id,
        status: z.literal('CANCELLED'),
        refund: z.strictObject({ transactionId: id, amount, balanceAfter: amount }),
        cancelledAt: time,
      })
      .meta({ id: 'CancelledOrder' }),
  },
  problems: ['ORDER_NOT_FOUND', 'ORDER_NOT_CANCELLABLE'],
  idempotency: 'checked',
} satisfies Route;
