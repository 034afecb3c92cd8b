import type { OrderDocument } from '@shop/read-store';

/** The order as it is now; a cancelled one adds when and why. */
export const orderObject = ({ lines, cancelledAt, cancelReason, ...order }: OrderDocument) => ({
  orderId: order.orderId,
  userId: order.userId,
  status: order.status,
  items: lines.map(({ productId, name, unitPrice, quantity }) => ({
    productId,
    name,
    unitPrice,
    quantity,
    subtotal: unitPrice * quantity,
  })),
  totalAmount: order.totalAmount,
  currency: 'KRW' as const,
  balanceAfter: order.balanceAfter,
  paidAt: order.paidAt,
  ...(cancelledAt === null ? {} : { cancelledAt, cancelReason }),
});
