import { z } from 'zod';
import { amount, currency, id, name, time } from './values.js';

export const orderItem = z
  .strictObject({ productId: id, name, unitPrice: amount, quantity: z.int().min(1), subtotal: amount })
  .meta({ id: 'OrderItem' });

/** An order exists once it is paid. A cancelled one adds when and why. */
export const order = z
  .strictObject({
    orderId: id,
    userId: id,
    status: z.enum(['PAID', 'CANCELLED']),
    items: z.array(orderItem),
    totalAmount: amount,
    currency,
    balanceAfter: amount,
    paidAt: time,
    cancelledAt: time.optional(),
    cancelReason: z.string().nullable().optional(),
  })
  .meta({ id: 'Order' });
