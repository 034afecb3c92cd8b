import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Random } from '@shop/clock';
import { z } from 'zod';
import { seededRandom } from '@shop/clock';
import { below } from '../random-order.js';

/** What customers order: some products of many, or the real baskets of a folder, each once. */
export const workload = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('random'), products: z.int().min(1), customers: z.int().min(1), linesPerOrder: z.int().min(1) }),
  z.object({ kind: z.literal('baskets'), folder: z.string() }),
]);
export type Workload = z.infer<typeof workload>;
export type RandomWorkload = Extract<Workload, { kind: 'random' }>;

export type Order = {
  readonly userId: string;
  readonly items: readonly { readonly productId: string; readonly quantity: number }[];
};

export const customerId = (index: number): string => `customer-${index}`;
export const productIdAt = (index: number): string => `product-${index}`;

const differentProducts = ({ products, linesPerOrder }: RandomWorkload, random: Random): readonly number[] => {
  const chosen = new Set<number>();
  while (chosen.size < Math.min(linesPerOrder, products)) chosen.add(below(random, products));
  return [...chosen];
};

/** One unit each of different products, for one of the customers. */
export const randomOrder = (work: RandomWorkload, random: Random): Order => ({
  userId: customerId(below(random, work.customers)),
  items: differentProducts(work, random).map((index) => ({ productId: productIdAt(index), quantity: 1 })),
});

const basket = z.object({ userId: z.string(), items: z.array(z.object({ productId: z.string(), quantity: z.int() })) });
const product = z.object({ productId: z.string(), name: z.string(), price: z.int() });

const linesOf = (file: string): unknown[] =>
  gunzipSync(readFileSync(file))
    .toString()
    .split('\n')
    .filter((line) => line !== '')
    .map((line): unknown => JSON.parse(line));

export const readBaskets = (folder: string): readonly Order[] => z.array(basket).parse(linesOf(join(folder, 'baskets.ndjson.gz')));
export const readCatalogue = (folder: string): readonly z.infer<typeof product>[] =>
  z.array(product).parse(linesOf(join(folder, 'products.ndjson.gz')));

export type KeyedBody = { readonly key: string; readonly body: string };

const keyed = (phase: string, connection: number, index: number, order: Order): KeyedBody => ({
  key: `${phase}-${connection}-${index}`,
  body: JSON.stringify(order),
});

/** What one connection sends, one after the other. A key is never used twice in one phase, so every answer is a new order. */
export const bodiesOfConnection = (
  work: Workload,
  connection: number,
  {
    phase,
    seed,
    connections,
    count,
  }: { readonly phase: string; readonly seed: number; readonly connections: number; readonly count: number },
): readonly KeyedBody[] => {
  if (work.kind === 'baskets')
    return readBaskets(work.folder)
      .filter((_, index) => index % connections === connection)
      .map((order, index) => keyed(phase, connection, index, order));
  const random = seededRandom(seed + connection);
  return Array.from({ length: count }, (_, index) => keyed(phase, connection, index, randomOrder(work, random)));
};
