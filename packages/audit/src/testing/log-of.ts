import { toPosition, type RecordedEvent } from '@shop/event-store';
import { cartStream, productStream, walletStream, type ShopEvent } from '@shop/events';

type Of<Type extends ShopEvent['type']> = Extract<ShopEvent, { readonly type: Type }>['data'];

const requestHash = '0'.repeat(64);
/** The n-th minute of a day. */
export const at = (minute: number): string => new Date(Date.UTC(2026, 0, 5, 0, minute)).toISOString();

const streamOf = ({ type, data }: ShopEvent): string => {
  if (type.startsWith('Cart')) return cartStream('userId' in data ? data.userId : '');
  if ('productId' in data && !('balance' in data)) return productStream(data.productId);
  return walletStream('userId' in data ? data.userId : '');
};

/** Stored events of facts, in the order given: each in its stream at the next revision. */
export const logOf = (facts: readonly ShopEvent[]): RecordedEvent[] => {
  const revisions = new Map<string, number>();
  return facts.map((fact, index) => {
    const stream = streamOf(fact);
    const revision = revisions.get(stream) ?? 0;
    revisions.set(stream, revision + 1);
    const metadata = { version: 1, correlationId: `request-${index}`, causationId: `command-${index}` };
    return { stream, revision, position: toPosition(index + 1), id: `event-${index}`, type: fact.type, data: fact.data, metadata };
  });
};

export async function* pagesOf(events: readonly RecordedEvent[], size = 3): AsyncGenerator<readonly RecordedEvent[]> {
  for (let start = 0; start < events.length; start += size) yield events.slice(start, start + size);
}

const occurredAt = at(0);
export const registered = (
  productId: string,
  price: number,
  available: number,
  more: Partial<Of<'ProductRegistered'>> = {},
): ShopEvent => ({
  type: 'ProductRegistered',
  data: { productId, revision: 1, registrationId: `reg-${productId}`, requestHash, name: productId, price, available, occurredAt, ...more },
});
export const repriced = (productId: string, price: number, revision: number): ShopEvent => ({
  type: 'ProductRepriced',
  data: { productId, price, revision, occurredAt },
});
export const renamed = (productId: string, name: string, revision: number): ShopEvent => ({
  type: 'ProductRenamed',
  data: { productId, name, revision, occurredAt },
});
export const archived = (productId: string, revision: number): ShopEvent => ({
  type: 'ProductArchived',
  data: { productId, revision, occurredAt },
});
export const adjusted = (productId: string, adjustmentId: string, delta: number, available: number): ShopEvent => ({
  type: 'StockAdjusted',
  data: { productId, adjustmentId, requestHash, delta, available, reason: 'counted', occurredAt },
});

/** A checkout of an order: `order o1` is paid by `checkout c1` of `user u1`. */
export type Checkout = { readonly orderId: string; readonly checkoutId: string; readonly userId: string };
const reservation = (checkout: Checkout, productId: string, quantity: number, available: number) => ({
  productId,
  reservationId: `${checkout.checkoutId}:${productId}`,
  ...checkout,
  quantity,
  available,
  occurredAt,
});
export const reserved = (
  checkout: Checkout,
  productId: string,
  quantity: number,
  unitPrice: number,
  available: number,
  more: Partial<Of<'StockReserved'>> = {},
): ShopEvent => ({
  type: 'StockReserved',
  data: { ...reservation(checkout, productId, quantity, available), name: productId, unitPrice, ...more },
});
export const released = (checkout: Checkout, productId: string, quantity: number, available: number): ShopEvent => ({
  type: 'StockReleased',
  data: reservation(checkout, productId, quantity, available),
});
export const returned = (checkout: Checkout, productId: string, quantity: number, available: number): ShopEvent => ({
  type: 'StockReturned',
  data: reservation(checkout, productId, quantity, available),
});
export const sold = (productId: string, available: number, ...sales: readonly [Checkout, number][]): ShopEvent => ({
  type: 'StockSold',
  data: {
    productId,
    reservations: sales.map(([{ checkoutId, orderId }, quantity]) => ({ reservationId: `${checkoutId}:${productId}`, orderId, quantity })),
    available,
    occurredAt,
  },
});

export const charged = (userId: string, chargeId: string, amount: number, balance: number): ShopEvent => ({
  type: 'WalletCharged',
  data: { userId, chargeId, requestHash, amount, balance, occurredAt },
});
export type Line = readonly [productId: string, quantity: number, unitPrice: number];
const linesOf = (lines: readonly Line[]) =>
  lines.map(([productId, quantity, unitPrice]) => ({ productId, name: productId, unitPrice, quantity }));
const totalOf = (lines: readonly Line[]) => lines.reduce((sum, [, quantity, unitPrice]) => sum + quantity * unitPrice, 0);
export const paid = (checkout: Checkout, lines: readonly Line[], balance: number, more: Partial<Of<'OrderPaid'>> = {}): ShopEvent => ({
  type: 'OrderPaid',
  data: { ...checkout, requestHash, lines: linesOf(lines), totalAmount: totalOf(lines), balance, occurredAt, ...more },
});
export const cancelled = (
  checkout: Checkout,
  lines: readonly Line[],
  balance: number,
  more: Partial<Of<'OrderCancelled'>> = {},
): ShopEvent => ({
  type: 'OrderCancelled',
  data: {
    ...checkout,
    refundId: `refund-${checkout.orderId}`,
    lines: linesOf(lines),
    refundAmount: totalOf(lines),
    reason: null,
    paidAt: occurredAt,
    balance,
    occurredAt: at(60),
    ...more,
  },
});
export const voidedCheckout = (checkout: Checkout): ShopEvent => ({ type: 'CheckoutVoided', data: { ...checkout, occurredAt } });

export const added = (
  userId: string,
  itemId: string,
  productId: string,
  quantity: number,
  lineQuantity: number,
  more: Partial<Of<'CartItemAdded'>> = {},
): ShopEvent => ({
  type: 'CartItemAdded',
  data: {
    userId,
    itemId,
    productId,
    additionId: `addition-${itemId}-${lineQuantity}`,
    requestHash,
    name: productId,
    addedPrice: 10,
    quantity,
    lineQuantity,
    occurredAt,
    ...more,
  },
});
export const changed = (userId: string, itemId: string, productId: string, lineQuantity: number): ShopEvent => ({
  type: 'CartItemQuantityChanged',
  data: { userId, itemId, productId, lineQuantity, occurredAt },
});
export const removed = (userId: string, itemId: string, productId: string): ShopEvent => ({
  type: 'CartItemRemoved',
  data: { userId, itemId, productId, occurredAt },
});
export const takenOut = (
  userId: string,
  orderId: string,
  ...lines: readonly [itemId: string, quantity: number, lineQuantity: number][]
): ShopEvent => ({
  type: 'CartCheckedOut',
  data: { userId, orderId, lines: lines.map(([itemId, quantity, lineQuantity]) => ({ itemId, quantity, lineQuantity })), occurredAt },
});
