import type { OrderLine } from '@shop/events';
import type { Product, ShortItem } from '../product/product.js';
import type { Refusal } from '../refusals.js';
import type { BasketLine } from './order-request.js';

/** A line and its product as it was just read. */
export type SeenLine = { readonly line: BasketLine; readonly product: Readonly<Product> };

export type Terms = { readonly orderId: string; readonly expectedTotal?: number | undefined };

export type Verdict =
  | { readonly verdict: 'fine'; readonly lines: readonly OrderLine[]; readonly totalAmount: number }
  /** `twin`: an open reservation of this very order holds stock that is missing, so "out of stock" would be a lie. */
  | { readonly verdict: 'refused'; readonly refusal: Refusal; readonly twin: boolean };

const refused = (refusal: Refusal, twin = false): Verdict => ({ verdict: 'refused', refusal, twin });

export const totalOf = (lines: readonly OrderLine[]): number =>
  lines.reduce((sum, { unitPrice, quantity }) => sum + unitPrice * quantity, 0);

const idsOf = (seen: readonly SeenLine[]): string[] => seen.map(({ line }) => line.productId);

const holdsStockOf = (orderId: string, { open }: Readonly<Product>): boolean => {
  for (const [, reservation] of open) if (reservation.orderId === orderId) return true;
  return false;
};

/** The buyer expected another sum than these prices come to. */
export const priceObstacle = (lines: readonly OrderLine[], { expectedTotal }: Terms): Refusal | undefined => {
  if (expectedTotal === undefined) return undefined;
  const actualTotal = totalOf(lines);
  if (expectedTotal === actualTotal) return undefined;
  const items = lines.map(({ productId, unitPrice, quantity }) => ({ productId, unitPrice, quantity }));
  return { type: 'PriceChanged', expectedTotal, actualTotal, items };
};

/** What the shop would say to this basket as things stand, whoever buys it. The first obstacle counts and names every product that it concerns. */
export const judgeBasket = (seen: readonly SeenLine[], terms: Terms): Verdict => {
  const unknown = seen.filter(({ product }) => !product.registration);
  if (unknown.length > 0) return refused({ type: 'ProductNotFound', productIds: idsOf(unknown) });

  const archived = seen.filter(({ product }) => product.archived);
  if (archived.length > 0) return refused({ type: 'ProductArchived', productIds: idsOf(archived) });

  const short = seen.filter(({ line, product }) => line.quantity > product.available);
  if (short.length > 0) {
    const items = short.map(({ line, product }): ShortItem => {
      return { productId: line.productId, requested: line.quantity, stock: product.available };
    });
    return refused(
      { type: 'InsufficientStock', items },
      short.some(({ product }) => holdsStockOf(terms.orderId, product)),
    );
  }

  const lines = seen.map(({ line: { productId, quantity }, product: { name, price } }): OrderLine => {
    return { productId, name, unitPrice: price, quantity };
  });
  const dearer = priceObstacle(lines, terms);
  if (dearer) return refused(dearer);

  return { verdict: 'fine', lines, totalAmount: totalOf(lines) };
};

/** What it would say to a buyer with this balance. */
export const judgeBalance = (basket: Verdict, balance: number): Verdict =>
  basket.verdict === 'fine' && basket.totalAmount > balance
    ? refused({ type: 'InsufficientBalance', required: basket.totalAmount, balance })
    : basket;

export const judge = (seen: readonly SeenLine[], balance: number, terms: Terms): Verdict => judgeBalance(judgeBasket(seen, terms), balance);
