import { z } from 'zod';
import { catalogueRevision, hash, id, instant, quantity, stock, won } from './values.js';

const name = z.string().min(1);
const catalogue = { productId: id, revision: catalogueRevision, occurredAt: instant };
const reservation = {
  productId: id,
  reservationId: id,
  checkoutId: id,
  orderId: id,
  userId: id,
  quantity,
  available: stock,
  occurredAt: instant,
};

/** Events of `product-{productId}`. `available` is always the stock that can still be bought after the event. */
export const productEvent = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('ProductRegistered'),
    data: z.object({ ...catalogue, registrationId: id, requestHash: hash, name, price: won, available: stock }),
  }),
  z.object({ type: z.literal('ProductRepriced'), data: z.object({ ...catalogue, price: won }) }),
  z.object({ type: z.literal('ProductRenamed'), data: z.object({ ...catalogue, name }) }),
  z.object({ type: z.literal('ProductArchived'), data: z.object(catalogue) }),
  z.object({
    type: z.literal('StockAdjusted'),
    data: z.object({
      productId: id,
      adjustmentId: id,
      requestHash: hash,
      delta: z.int(),
      available: stock,
      reason: z.string(),
      reference: z.string().optional(),
      occurredAt: instant,
    }),
  }),
  z.object({ type: z.literal('StockReserved'), data: z.object({ ...reservation, name, unitPrice: won }) }),
  z.object({ type: z.literal('StockReleased'), data: z.object(reservation) }),
  z.object({
    type: z.literal('StockSold'),
    data: z.object({
      productId: id,
      reservations: z.array(z.object({ reservationId: id, orderId: id, quantity })).min(1),
      available: stock,
      occurredAt: instant,
    }),
  }),
  z.object({ type: z.literal('StockReturned'), data: z.object(reservation) }),
]);
export type ProductEvent = z.infer<typeof productEvent>;
export type ProductFact<Type extends ProductEvent['type']> = Extract<ProductEvent, { type: Type }>;

export const productStream = (productId: string) => `product-${productId}` as const;

/** One reservation per checkout and product, so a repeated reserve is recognised by its id. */
export const reservationId = (checkoutId: string, productId: string) => `${checkoutId}:${productId}` as const;
