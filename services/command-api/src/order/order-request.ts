import { hashOf } from '../idempotency.js';

export type BasketLine = { readonly productId: string; readonly quantity: number };

/** What a client wants to buy. `userId` is the buyer. */
export type OrderRequest = {
  readonly userId: string;
  /** From the Idempotency-Key, or new. */
  readonly orderId: string;
  readonly requestHash: string;
  /** Refuse unless the order comes to this. */
  readonly expectedTotal?: number | undefined;
  readonly source: LinesSource | CartSource;
};
/** One line per product. */
export type LinesSource = { readonly from: 'lines'; readonly lines: readonly BasketLine[] };
/** `itemIds` undefined: the whole cart. `ifMatch` is judged where the cart is read. */
export type CartSource = {
  readonly from: 'cart';
  readonly itemIds?: readonly string[] | undefined;
  readonly ifMatch?: '*' | number | undefined;
};

/** One line per product, in the order of their first appearance: a product on two lines must not pass twice. */
export const sumLines = (lines: readonly BasketLine[]): BasketLine[] => {
  const sums: { readonly productId: string; quantity: number }[] = [];
  for (const { productId, quantity } of lines) {
    const sum = sums.find((one) => one.productId === productId); // of a hundred lines at most
    if (sum) sum.quantity += quantity;
    else sums.push({ productId, quantity });
  }
  return sums;
};

const byCodeUnit = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);
export const byProductId = (one: BasketLine, other: BasketLine): number => byCodeUnit(one.productId, other.productId);

/** Two requests under one key are the same if this is: neither the order of lines nor `If-Match` counts. */
export const orderRequestHash = (source: LinesSource | CartSource, expectedTotal: number | undefined): string => {
  const total = expectedTotal ?? null;
  if (source.from === 'lines')
    return hashOf(
      'order',
      [...source.lines].sort(byProductId).map(({ productId, quantity }) => [productId, quantity]),
      total,
    );
  return hashOf('cart-checkout', source.itemIds ? [...new Set(source.itemIds)].sort(byCodeUnit) : 'whole cart', total);
};
