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
  const sums = new Map<string, number>();
  for (const { productId, quantity } of lines) sums.set(productId, (sums.get(productId) ?? 0) + quantity);
  return [...sums].map(([productId, quantity]) => ({ productId, quantity }));
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
