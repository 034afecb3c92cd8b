import { productStream } from '@shop/events';
import type { Products } from '../shop.js';
import type { SeenLine } from './judge.js';
import type { BasketLine } from './order-request.js';

/** As `Promise.all`, but values that are all there cost no wait. */
const allOf = <Value>(values: readonly (Value | Promise<Value>)[]): Value[] | Promise<Value[]> => {
  const there: Value[] = [];
  for (const value of values) {
    if (value instanceof Promise) return Promise.all(values);
    there.push(value);
  }
  return there;
};

/** Each line with its product as it is now. */
export const seenLines = (products: Products, lines: readonly BasketLine[], deadline: number): SeenLine[] | Promise<SeenLine[]> =>
  allOf(
    lines.map((line) => {
      const read = products.readFresh(productStream(line.productId), deadline);
      return read instanceof Promise ? read.then(({ state }) => ({ line, product: state })) : { line, product: read.state };
    }),
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
