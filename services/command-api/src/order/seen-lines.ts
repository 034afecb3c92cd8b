import { productStream } from '@shop/events';
import { allOf, andThen, type Now } from '../writing/at-once.js';
import type { Products } from '../shop.js';
import type { SeenLine } from './judge.js';
import type { BasketLine } from './order-request.js';

/** Each line with its product as it is now. */
export const seenLines = (products: Products, lines: readonly BasketLine[], deadline: number): Now<SeenLine[]> =>
  allOf(
    lines.map((line) => andThen(products.readFresh(productStream(line.productId), deadline), ({ state }) => ({ line, product: state }))),
  );

/** Each line with its product as this process saw it last; undefined where one of them is not in memory. */
export const lastSeenLines = (products: Pick<Products, 'lastSeen'>, lines: readonly BasketLine[]): SeenLine[] | undefined => {
  const seen: SeenLine[] = [];
  for (const line of lines) {
    const product = products.lastSeen(productStream(line.productId))?.state;
    if (!product) return undefined;
    seen.push({ line, product });
  }
  return seen;
};
