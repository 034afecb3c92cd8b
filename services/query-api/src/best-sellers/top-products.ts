import { earlierOf } from '@shop/event-store';
import { productStream } from '@shop/events';
import { invalidInput, type Handler, type topProducts } from '@shop/http';
import type { ProductDocument } from '@shop/read-store';
import type { ExactReads, ReadView } from '../freshness/index.js';
import { hourDocumentId, salesWithin } from './sales.js';
import { salesWindow, type SalesWindow } from './sales-window.js';
import { topByThreshold, type DayEntry, type Seller } from './threshold-walk.js';

type BestSeller = Seller & { readonly product: ProductDocument };
type Views = { readonly sales: ReadView<'best-sellers'>; readonly products: ReadView<'products'> };

async function* entriesOfDay(sales: ReadView<'best-sellers'>, day: string): AsyncGenerator<DayEntry> {
  const order = [
    { field: 'units', direction: 'descending' },
    { field: 'productId', direction: 'ascending' },
  ] as const;
  for await (const { document } of sales.scan({ where: [{ field: 'day', is: '=', value: day }], order })) yield document;
}

const changedOnDay = async (sales: ReadView<'best-sellers'>, day: string): Promise<string[]> => {
  const productIds: string[] = [];
  const where = [
    { field: 'day', is: '=', value: day },
    { field: 'guard', is: '>', value: sales.position },
  ] as const;
  for await (const { document } of sales.scan({ where, order: [{ field: 'guard', direction: 'ascending' }] }))
    productIds.push(document.productId);
  return productIds;
};

const openProducts = async ({ sales, products }: Views, window: SalesWindow, productIds: readonly string[]): Promise<BestSeller[]> => {
  const hourIds = productIds.flatMap((productId) => window.hours.map(({ hour }) => hourDocumentId(hour, productId)));
  const [hours, found] = await Promise.all([sales.load(hourIds), products.load(productIds)]);
  return productIds.flatMap((productId) => {
    const product = found.get(productId)?.document;
    if (product?.status !== 'ACTIVE') return [];
    return { productId, product, ...salesWithin(window, productId, (id) => hours.get(id)?.document) };
  });
};

/** The best sellers of a window, and every product that was opened to find them. */
export const bestSellersWithin = async (views: Views, window: SalesWindow, limit: number) => {
  const opened = new Set<string>();
  const best = await topByThreshold({
    limit,
    lists: window.days.map((day) => entriesOfDay(views.sales, day)),
    open: (productIds) => {
      productIds.forEach((productId) => opened.add(productId));
      return openProducts(views, window, productIds);
    },
    changed: async () => (await Promise.all(window.days.map((day) => changedOnDay(views.sales, day)))).flat(),
  });
  return { best, opened };
};

const itemOf = ({ productId, product, units, revenue }: BestSeller, index: number) => ({
  rank: index + 1,
  productId,
  name: product.name,
  price: product.price,
  stock: product.stock,
  soldQuantity: units,
  revenue,
});

const notInTheFuture = (asOf: string, now: string): void => {
  if (asOf <= now) return;
  throw invalidInput({ in: 'query', path: ['asOf'], code: 'too_big' });
};

export const topProductsQuery =
  (reads: ExactReads): Handler<typeof topProducts> =>
  async (request) => {
    const receivedAt = request.receivedAt.toISOString();
    const asOf = request.query.asOf ?? receivedAt;
    notInTheFuture(asOf, receivedAt);
    const view = await reads.open(request, 'best-sellers', 'products');
    const views = { sales: view('best-sellers'), products: view('products') };
    const window = salesWindow(asOf);
    const { best, opened } = await bestSellersWithin(views, window, request.query.limit);
    const streams = new Set<string>([...opened].map(productStream));
    return {
      body: { items: best.map(itemOf), window: { from: window.from, to: window.to } },
      asOf: earlierOf(views.sales.asOf({ touches: () => true }), views.products.asOf({ touches: (stream) => streams.has(stream) })),
    };
  };
