import { z } from 'zod';
import { hash, id, instant, quantity, won } from './values.js';

const line = { userId: id, itemId: id, productId: id, occurredAt: instant };

/** Events of `cart-{userId}`. A line opened anew has a new `itemId`; `lineQuantity` is the quantity of the line after the event. */
export const cartEvent = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('CartItemAdded'),
    data: z.object({ ...line, additionId: id, requestHash: hash, name: z.string(), addedPrice: won, quantity, lineQuantity: quantity }),
  }),
  z.object({ type: z.literal('CartItemQuantityChanged'), data: z.object({ ...line, lineQuantity: quantity }) }),
  z.object({ type: z.literal('CartItemRemoved'), data: z.object(line) }),
  z.object({
    type: z.literal('CartCheckedOut'),
    data: z.object({
      userId: id,
      orderId: id,
      /** Of each line still there: how much the order took (the smaller of bought and left), and what is left. May be empty. */
      lines: z.array(z.object({ itemId: id, quantity, lineQuantity: z.int().min(0) })),
      occurredAt: instant,
    }),
  }),
]);
export type CartEvent = z.infer<typeof cartEvent>;
export type CartFact<Type extends CartEvent['type']> = Extract<CartEvent, { type: Type }>;

export const cartStream = (userId: string) => `cart-${userId}` as const;
