import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { z } from 'zod';

const product = z.object({ productId: z.string(), name: z.string(), price: z.int() });
const basket = z.object({
  at: z.string(),
  userId: z.string(),
  items: z.array(z.object({ productId: z.string(), quantity: z.int() })),
});
export type Product = z.infer<typeof product>;
export type Basket = z.infer<typeof basket>;

/** Where real baskets lie, and why not where they do not. */
export const basketsFolder = (): { readonly folder: string } | { readonly absent: string } => {
  const folder = process.env['BASKETS_DIR'];
  if (folder === undefined || folder === '') return { absent: 'BASKETS_DIR is not set' };
  if (!existsSync(join(folder, 'baskets.ndjson.gz'))) return { absent: `there is no baskets.ndjson.gz in BASKETS_DIR=${folder}` };
  return { folder };
};

const minute = 60_000;

const linesOf = <Line>(file: string, line: z.ZodType<Line>): Line[] =>
  gunzipSync(readFileSync(file))
    .toString()
    .split('\n')
    .filter((text) => text !== '')
    .map((text) => line.parse(JSON.parse(text)));

export const readBaskets = (folder: string) => ({
  products: linesOf(join(folder, 'products.ndjson.gz'), product),
  baskets: linesOf(join(folder, 'baskets.ndjson.gz'), basket),
});

/** Units of each product and won of each customer in these baskets: what they must have so that nothing is left, or get back. */
export const needsOf = (products: readonly Product[], baskets: readonly Basket[]) => {
  const prices = new Map(products.map(({ productId, price }) => [productId, price]));
  const stock = new Map<string, number>();
  const money = new Map<string, number>();
  for (const { userId, items } of baskets)
    for (const { productId, quantity } of items) {
      stock.set(productId, (stock.get(productId) ?? 0) + quantity);
      money.set(userId, (money.get(userId) ?? 0) + quantity * (prices.get(productId) ?? 0));
    }
  return { stock, money };
};

/** How a basket is bought, and when its order is cancelled: hours after the sale, undefined where it stands. */
export type Purchase = Basket & { readonly throughCart: boolean; readonly cancelledAfterHours: number | undefined };

/** Every fifth basket goes through the cart; every ninth order is cancelled: in the minute of its sale, or up to four days later. */
export const purchasesOf = (baskets: readonly Basket[]): Purchase[] =>
  baskets.map((basket, index) => ({
    ...basket,
    throughCart: index % 5 === 4,
    cancelledAfterHours: index % 9 === 8 ? 32 * (index % 4) : undefined,
  }));

export type Minute = { readonly bought: Purchase[]; readonly cancelled: Purchase[] };
const minuteOf = (instant: number): string => new Date(instant).toISOString().slice(0, 'yyyy-mm-ddThh:mm'.length);

/** What customers do in each minute, in order of time. */
export const agendaOf = (purchases: readonly Purchase[]): readonly (readonly [minute: string, Minute])[] => {
  const minutes = new Map<string, Minute>();
  const at = (instant: number): Minute => {
    const doings = minutes.get(minuteOf(instant)) ?? { bought: [], cancelled: [] };
    minutes.set(minuteOf(instant), doings);
    return doings;
  };
  for (const purchase of purchases) {
    const soldAt = Date.parse(purchase.at);
    at(soldAt).bought.push(purchase);
    if (purchase.cancelledAfterHours !== undefined) at(soldAt + purchase.cancelledAfterHours * 60 * minute).cancelled.push(purchase);
  }
  return [...minutes].sort(([one], [other]) => (one < other ? -1 : 1));
};

/** One line of a paid order, for counting by hand. */
export type Sale = { readonly at: number; readonly productId: string; readonly quantity: number; readonly revenue: number };

const windowMs = 72 * 60 * minute;

/** Best sellers by counting every sale: units, then revenue, then id. */
export const countedByHand = (sales: readonly Sale[], asOf: number) => {
  const from = Math.floor((asOf - windowMs) / minute) * minute;
  const until = Math.floor(asOf / minute) * minute + minute;
  const sums = new Map<string, { soldQuantity: number; revenue: number }>();
  for (const { at, productId, quantity, revenue } of sales) {
    if (at < from || at >= until) continue;
    const sum = sums.get(productId) ?? { soldQuantity: 0, revenue: 0 };
    sums.set(productId, { soldQuantity: sum.soldQuantity + quantity, revenue: sum.revenue + revenue });
  }
  return [...sums]
    .map(([productId, sum]) => ({ productId, ...sum }))
    .filter(({ soldQuantity }) => soldQuantity > 0)
    .sort(
      (one, other) => other.soldQuantity - one.soldQuantity || other.revenue - one.revenue || (one.productId < other.productId ? -1 : 1),
    )
    .slice(0, 5);
};
