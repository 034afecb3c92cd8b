import type { TakenOut } from '@shop/events';
import type { Cart } from '../cart/cart.js';
import type { Refusal } from '../refusals.js';
import { sumLines, type BasketLine, type CartSource } from './order-request.js';

/** What is to be bought. `cart` says what to take out of it, and as of which earlier order it was read. */
export type Basket = { readonly lines: readonly BasketLine[]; readonly cart?: TakenOut };

/** A cart as a checkout sees it. `after`: the last order taken out of it. */
export type CartReading = { readonly after: string | null } & (
  { readonly refusal: Refusal } | { readonly refusal?: undefined; readonly basket: Basket }
);

/** Picks from a cart what a request wants to buy. The state changes under its reader's feet, so everything is taken from it at once. */
export const readBasket = (
  { lines, revision, lastTakenOut: after }: Readonly<Cart>,
  { itemIds, ifMatch }: Omit<CartSource, 'from'>,
): CartReading => {
  if (ifMatch !== undefined && ifMatch !== '*' && ifMatch !== revision)
    return { after, refusal: { type: 'RevisionMismatch', currentRevision: revision } };
  const wanted = itemIds && new Set(itemIds);
  if (wanted && [...wanted].some((itemId) => !lines.has(itemId))) return { after, refusal: { type: 'CartItemNotFound' } };
  const taken = [...lines]
    .filter(([itemId]) => !wanted || wanted.has(itemId))
    .map(([itemId, { productId, quantity }]) => ({ itemId, productId, quantity }));
  if (taken.length === 0) return { after, refusal: { type: 'CartEmpty' } };
  return { after, basket: { lines: sumLines(taken), cart: { after, lines: taken } } };
};
