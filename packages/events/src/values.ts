import { z } from 'zod';

const maxSafe = Number.MAX_SAFE_INTEGER;

/** A name given by the shop or a client: user, product, order, checkout, item. Case-sensitive. */
export const id = z.string().min(1).max(300);
/** SHA-256 of the validated request, in lower-case hex: tells a repeat from another request under the same key. */
export const hash = z.string().regex(/^[0-9a-f]{64}$/);
/** RFC 3339 in UTC with milliseconds. */
export const instant = z.string().regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/);
/** Whole won (KRW). */
export const won = z.int().min(0).max(maxSafe);
/** Units of a product on one line; a stock level is `stock`. */
export const quantity = z.int().min(1).max(maxSafe);
/** Units a customer can still buy: on hand minus reserved. */
export const stock = z.int().min(0).max(maxSafe);
/** Number of catalogue events (Registered, Renamed, Repriced, Archived) of a product, this one included. */
export const catalogueRevision = z.int().min(1).max(maxSafe);

export const orderLine = z.object({ productId: id, name: z.string(), unitPrice: won, quantity });
export type OrderLine = z.infer<typeof orderLine>;

/**
 * What a cart order takes out of the cart. `after` is the last order taken out of the cart as it was read (null: none yet);
 * the wallet refuses unless that is also the last cart order it paid.
 */
export const takenOut = z.object({
  after: id.nullable(),
  lines: z.array(z.object({ itemId: id, productId: id, quantity })).min(1),
});
export type TakenOut = z.infer<typeof takenOut>;
