import { customerId, productIdAt, readBaskets, readCatalogue, type Workload } from '../load/workload.js';
import { forEach, post } from './client.js';

type Registration = { readonly productId: string; readonly name: string; readonly price: number; readonly stock: number };
type Charge = { readonly userId: string; readonly amount: number };
export type Needs = { readonly products: readonly Registration[]; readonly charges: readonly Charge[] };

const plenty = { stock: 1_000_000_000, amount: 1_000_000_000_000, price: 1_000 };

const add = (sums: Map<string, number>, key: string, value: number) => sums.set(key, (sums.get(key) ?? 0) + value);

/** Exactly what the real baskets take, so that at the end no product has stock and no customer has money left. */
const needsOfBaskets = (folder: string): Needs => {
  const catalogue = readCatalogue(folder);
  const prices = new Map(catalogue.map(({ productId, price }) => [productId, price]));
  const stocks = new Map<string, number>();
  const totals = new Map<string, number>();
  for (const { userId, items } of readBaskets(folder))
    for (const { productId, quantity } of items) {
      add(stocks, productId, quantity);
      add(totals, userId, quantity * (prices.get(productId) ?? NaN));
    }
  return {
    products: catalogue.map((product) => ({ ...product, stock: stocks.get(product.productId) ?? 0 })),
    charges: [...totals].flatMap(([userId, amount]) => (amount > 0 ? [{ userId, amount }] : [])),
  };
};

export const needsOf = (work: Workload): Needs =>
  work.kind === 'baskets'
    ? needsOfBaskets(work.folder)
    : {
        products: Array.from({ length: work.products }, (_, index) => ({
          productId: productIdAt(index),
          name: `Product ${index}`,
          price: plenty.price,
          stock: plenty.stock,
        })),
        charges: Array.from({ length: work.customers }, (_, index) => ({ userId: customerId(index), amount: plenty.amount })),
      };

/** Registers the products and charges the customers over HTTP, as anybody would. */
export const fillShop = async (url: string, { products, charges }: Needs): Promise<void> => {
  await forEach(products, (product) => post(url, '/products', product));
  await forEach(charges, (charge) => post(url, '/balance/charge', charge));
};
