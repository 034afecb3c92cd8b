import type { OrderLine } from '@shop/events';
import { digest } from '../fingerprints.js';

/** What a cancellation repeats of the payment that it undoes. */
export const orderTerms = (userId: string, checkoutId: string, paidAt: string, lines: readonly OrderLine[]): number => {
  let text = `${userId}\n${checkoutId}\n${paidAt}`;
  for (const { productId, name, unitPrice, quantity } of lines) text += `\n${productId}\n${name}\n${unitPrice}\n${quantity}`;
  return digest(text);
};
