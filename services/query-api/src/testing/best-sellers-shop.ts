import type { BestSellerDocument, ProductDocument } from '@shop/read-store';
import { productDocument } from './product-document.js';
import { openQueryShop } from './query-shop.js';

export type Sale = { readonly productId: string; readonly at: string; readonly units: number; readonly revenue: number };
type Placed = { readonly id: string; readonly position: number; readonly document: BestSellerDocument };

/** The documents that these sales come to, each with the position of the last sale in it. The n-th sale has position `first + n`. */
export const documentsOf = (sales: readonly Sale[], first = 1): Placed[] => {
  const documents = new Map<string, Placed>();
  sales.forEach(({ productId, at, units, revenue }, index) => {
    const position = first + index;
    const day = at.slice(0, 10);
    const hour = at.slice(0, 13);
    const minute = Number(at.slice(14, 16));
    const dayId = `day:${day}:${productId}`;
    const hourId = `hour:${hour}:${productId}`;
    const dayBefore = documents.get(dayId)?.document;
    const sum = (before: { units: number; revenue: number } | undefined) => ({
      units: (before?.units ?? 0) + units,
      revenue: (before?.revenue ?? 0) + revenue,
    });
    documents.set(dayId, { id: dayId, position, document: { kind: 'day', productId, day, ...sum(dayBefore) } });
    const hourBefore = documents.get(hourId)?.document;
    const minutes = hourBefore?.kind === 'hour' ? hourBefore.minutes : [];
    const known = minutes.find((one) => one.minute === minute);
    documents.set(hourId, {
      id: hourId,
      position,
      document: {
        kind: 'hour',
        productId,
        hour,
        ...sum(hourBefore),
        minutes: [...minutes.filter((one) => one !== known), { minute, ...sum(known) }],
      },
    });
  });
  return [...documents.values()];
};

export type BestSellersShop = Awaited<ReturnType<typeof openBestSellers>>;

export const openBestSellers = async () => {
  const shop = await openQueryShop();
  const sales: Sale[] = [];
  let reached = 1;
  return {
    ...shop,
    register: (productId: string, product: Partial<ProductDocument> = {}): Promise<void> =>
      shop.write('products', [{ id: productId, position: 1, document: productDocument(productId, product) }]),
    /** Negative units: an order of that minute was cancelled. */
    sell: async (productId: string, at: string, units: number, revenue = units * 1_000): Promise<void> => {
      sales.push({ productId, at, units, revenue });
    },
    /** Writes what was sold, then the checkpoints. Answers the position reached. */
    project: async (): Promise<number> => {
      reached = sales.length + 1;
      await shop.write('best-sellers', documentsOf(sales, 2));
      await shop.reaches(reached);
      return reached;
    },
  };
};
