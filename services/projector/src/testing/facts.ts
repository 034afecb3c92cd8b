import { reservationId, type CartFact, type OrderLine, type ProductFact, type WalletFact } from '@shop/events';

/** A minute of the fixed day that specs play on. */
export const at = (hour: number, minute = 0, day = 5): string =>
  `2026-01-${String(day).padStart(2, '0')}T${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}:00.000Z`;

const requestHash = 'a'.repeat(64);
type Data<Event extends { readonly data: object }> = Partial<Event['data']>;

export const line = (productId: string, quantity: number, unitPrice = 1_000): OrderLine => ({
  productId,
  name: `name of ${productId}`,
  unitPrice,
  quantity,
});
const totalOf = (lines: readonly OrderLine[]) => lines.reduce((sum, { unitPrice, quantity }) => sum + unitPrice * quantity, 0);

export const charged = (data: Data<WalletFact<'WalletCharged'>> = {}): WalletFact<'WalletCharged'> => ({
  type: 'WalletCharged',
  data: { userId: 'u1', chargeId: 'charge-1', requestHash, amount: 10_000, balance: 10_000, occurredAt: at(1), ...data },
});
export const paid = (orderId: string, lines: OrderLine[], data: Data<WalletFact<'OrderPaid'>> = {}): WalletFact<'OrderPaid'> => ({
  type: 'OrderPaid',
  data: {
    userId: 'u1',
    orderId,
    checkoutId: `checkout-of-${orderId}`,
    requestHash,
    lines,
    totalAmount: totalOf(lines),
    balance: 5_000,
    occurredAt: at(2),
    ...data,
  },
});
export const cancelled = (
  { data: order }: WalletFact<'OrderPaid'>,
  data: Data<WalletFact<'OrderCancelled'>> = {},
): WalletFact<'OrderCancelled'> => ({
  type: 'OrderCancelled',
  data: {
    userId: order.userId,
    orderId: order.orderId,
    checkoutId: order.checkoutId,
    lines: order.lines,
    refundId: `refund-of-${order.orderId}`,
    refundAmount: order.totalAmount,
    balance: order.balance + order.totalAmount,
    reason: null,
    paidAt: order.occurredAt,
    occurredAt: at(5),
    ...data,
  },
});

export const registered = (productId: string, data: Data<ProductFact<'ProductRegistered'>> = {}): ProductFact<'ProductRegistered'> => ({
  type: 'ProductRegistered',
  data: {
    productId,
    registrationId: `registration-of-${productId}`,
    requestHash,
    revision: 1,
    name: '머그컵',
    price: 12_000,
    available: 10,
    occurredAt: at(0),
    ...data,
  },
});
export const adjusted = (
  productId: string,
  delta: number,
  available: number,
  data: Data<ProductFact<'StockAdjusted'>> = {},
): ProductFact<'StockAdjusted'> => ({
  type: 'StockAdjusted',
  data: { productId, adjustmentId: 'adjustment-1', requestHash, delta, available, reason: 'counted', occurredAt: at(1), ...data },
});

/** A part of an order's stock: `orderId` and `productId` say which reservation. */
export type Part = { readonly orderId: string; readonly productId: string; readonly quantity: number; readonly available: number };
const reservation = ({ orderId, productId, quantity, available }: Part, occurredAt: string) => ({
  productId,
  reservationId: reservationId(`checkout-of-${orderId}`, productId),
  checkoutId: `checkout-of-${orderId}`,
  orderId,
  userId: 'u1',
  quantity,
  available,
  occurredAt,
});
export const reserved = (part: Part, occurredAt = at(2)): ProductFact<'StockReserved'> => ({
  type: 'StockReserved',
  data: { ...reservation(part, occurredAt), name: '머그컵', unitPrice: 12_000 },
});
export const released = (part: Part, occurredAt = at(3)): ProductFact<'StockReleased'> => ({
  type: 'StockReleased',
  data: reservation(part, occurredAt),
});
export const returned = (part: Part, occurredAt = at(4)): ProductFact<'StockReturned'> => ({
  type: 'StockReturned',
  data: reservation(part, occurredAt),
});
export const sold = (
  productId: string,
  available: number,
  ...orders: readonly { readonly orderId: string; readonly quantity: number }[]
): ProductFact<'StockSold'> => ({
  type: 'StockSold',
  data: {
    productId,
    reservations: orders.map(({ orderId, quantity }) => ({
      reservationId: reservationId(`checkout-of-${orderId}`, productId),
      orderId,
      quantity,
    })),
    available,
    occurredAt: at(3),
  },
});

export const itemAdded = (itemId: string, productId: string, data: Data<CartFact<'CartItemAdded'>> = {}): CartFact<'CartItemAdded'> => ({
  type: 'CartItemAdded',
  data: {
    userId: 'u1',
    itemId,
    productId,
    additionId: `addition-of-${itemId}`,
    requestHash,
    name: '머그컵',
    addedPrice: 12_000,
    quantity: 1,
    lineQuantity: 1,
    occurredAt: at(1),
    ...data,
  },
});
