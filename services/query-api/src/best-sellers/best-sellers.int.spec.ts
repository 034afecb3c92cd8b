import { describe, expect, it } from '@jest/globals';
import { manualClock } from '@shop/clock';
import { readModelIndexes, type ProductDocument, type ReadStore, type ServingModel } from '@shop/read-store';
import { openEmbeddedReadStore } from '@shop/read-store/embedded';
import fc from 'fast-check';
import { readView } from '../freshness/read-view.js';
import { documentsOf, type Sale } from '../testing/best-sellers-shop.js';
import { productDocument } from '../testing/product-document.js';
import { at } from '../testing/query-shop.js';
import { salesWithin } from './sales.js';
import { salesWindow } from './sales-window.js';
import { bySales, topByThreshold, type DayEntry, type Seller } from './threshold-walk.js';
import { bestSellersWithin } from './top-products.js';

const asOf = '2026-01-05T03:04:05.678Z';
const window = salesWindow(asOf);
const isIn = (sale: Sale) => sale.at >= window.from && sale.at.slice(0, 16) <= asOf.slice(0, 16);

/** Every sale looked at, one by one: slow, and plainly right. */
const bruteForce = (sales: readonly Sale[], mayBeListed: (productId: string) => boolean): Seller[] => {
  const totals = new Map<string, Seller>();
  for (const { productId, units, revenue } of sales.filter(isIn)) {
    const before = totals.get(productId) ?? { productId, units: 0, revenue: 0 };
    totals.set(productId, { productId, units: before.units + units, revenue: before.revenue + revenue });
  }
  return [...totals.values()].filter(({ productId, units }) => units > 0 && mayBeListed(productId)).sort(bySales);
};
const figures = (sellers: readonly Seller[]): Seller[] => sellers.map(({ productId, units, revenue }) => ({ productId, units, revenue }));

const moments = fc.oneof(
  // Edges of window, day and hour come up far more often than chance would have it.
  fc.constantFrom(
    '2026-01-02T03:03:59.999Z',
    '2026-01-02T03:04:00.000Z',
    '2026-01-02T03:59:59.999Z',
    '2026-01-02T04:00:00.000Z',
    '2026-01-02T23:59:59.999Z',
    '2026-01-03T00:00:00.000Z',
    '2026-01-05T02:59:59.999Z',
    '2026-01-05T03:00:00.000Z',
    '2026-01-05T03:04:59.999Z',
    '2026-01-05T03:05:00.000Z',
  ),
  fc
    .integer({ min: Date.parse('2026-01-01T20:00:00.000Z'), max: Date.parse('2026-01-05T10:00:00.000Z') })
    .map((milliseconds) => new Date(milliseconds).toISOString()),
);
const order = fc.record({
  productId: fc.integer({ min: 1, max: 30 }).map((number) => `p${number}`),
  at: moments,
  units: fc.integer({ min: 1, max: 4 }),
  price: fc.integer({ min: 0, max: 2 }),
  cancelled: fc.boolean(),
});
const orders = (most: number) =>
  fc.array(order, { maxLength: most }).map((placed) => {
    const sold = placed.map(({ productId, at: time, units, price }): Sale => ({ productId, at: time, units, revenue: units * price }));
    const returned = sold
      .filter((_, index) => placed[index]?.cancelled)
      .map((sale) => ({ ...sale, units: -sale.units, revenue: -sale.revenue }));
    return [...sold, ...returned];
  });
const archivedProducts = fc.uniqueArray(
  fc.integer({ min: 1, max: 30 }).map((number) => `p${number}`),
  { maxLength: 8 },
);
const productIds = Array.from({ length: 30 }, (_, index) => `p${index + 1}`);

const product = (productId: string, archived: readonly string[]): ProductDocument =>
  productDocument(productId, { status: archived.includes(productId) ? 'ARCHIVED' : 'ACTIVE' });

const project = async (store: ReadStore, sales: readonly Sale[]): Promise<void> => {
  const placed = documentsOf(sales);
  const before = await store.load(
    'sales',
    placed.map(({ id }) => id),
  );
  const changed = placed.filter(({ id, position }) => before.get(id)?.guard !== at(position));
  await store.write(
    'sales',
    changed.map(({ id, position, document }) => ({ id, guard: at(position), from: before.get(id)?.guard ?? null, document })),
  );
};

/** `during` runs each time the walk has read another entry. */
const ask = async (store: ReadStore, checkpoint: number, limit: number, during: () => Promise<void>) => {
  const observed: ReadStore = {
    ...store,
    scan: async function* (collection, query) {
      for await (const stored of store.scan<never>(collection, query)) {
        yield stored;
        await during();
      }
    },
  };
  const serving = (projection: string, collection: string): ServingModel => ({
    generation: { projection, version: 1, generation: 1 },
    collection,
    position: at(checkpoint),
    state: 'following',
    parked: [],
  });
  const sales = readView('best-sellers', { readStore: observed, model: serving('best-sellers', 'sales'), exact: true });
  const products = readView('products', { readStore: store, model: serving('products', 'products'), exact: true });
  return bestSellersWithin({ sales, products }, window, limit);
};

const withStore = async (archived: readonly string[], use: (store: ReadStore) => Promise<void>): Promise<void> => {
  const store = await openEmbeddedReadStore({ inMemory: true, clock: manualClock() });
  try {
    await store.ensureCollection('sales', readModelIndexes['best-sellers']);
    await store.write(
      'products',
      productIds.map((productId) => ({ id: productId, guard: at(1), from: null, document: product(productId, archived) })),
    );
    await use(store);
  } finally {
    await store.close();
  }
};

describe('best sellers from documents', () => {
  it('are those that counting every sale finds, whatever was sold, cancelled and archived', async () => {
    await fc.assert(
      fc.asyncProperty(orders(60), archivedProducts, fc.integer({ min: 1, max: 20 }), async (sales, archived, limit) => {
        await withStore(archived, async (store) => {
          await project(store, sales);
          const { best } = await ask(store, sales.length, limit, async () => undefined);
          expect(figures(best)).toEqual(bruteForce(sales, (productId) => !archived.includes(productId)).slice(0, limit));
        });
      }),
      { numRuns: 80 },
    );
  });

  it('never miss a product because others sell and are cancelled while they are counted', async () => {
    await fc.assert(
      fc.asyncProperty(orders(60), orders(30), fc.integer({ min: 1, max: 6 }), async (before, meanwhile, limit) => {
        await withStore([], async (store) => {
          await project(store, before);
          const states = [bruteForce(before, () => true)];
          const { best } = await ask(store, before.length, limit, async () => {
            const done = states.length - 1;
            if (done >= meanwhile.length) return;
            const sales = [...before, ...meanwhile.slice(0, done + 1)];
            await project(store, sales);
            states.push(bruteForce(sales, () => true));
          });
          const unitsOf = (productId: string) => states.map((state) => state.find((seller) => seller.productId === productId)?.units ?? 0);
          for (const { productId, units } of best) expect(unitsOf(productId)).toContain(units);
          const listed = new Set(best.map(({ productId }) => productId));
          const last = best.length < limit ? 0 : (best.at(-1)?.units ?? 0);
          for (const productId of productIds.filter((candidate) => !listed.has(candidate)))
            expect(Math.min(...unitsOf(productId))).toBeLessThanOrEqual(last);
        });
      }),
      { numRuns: 80 },
    );
  });
});

it('opens a product that jumped past the walk in every list, as it was among the best before', async () => {
  const monday = '2026-01-03T10:00:00.000Z';
  const tuesday = '2026-01-04T10:00:00.000Z';
  const sale = (productId: string, time: string, units: number): Sale => ({ productId, at: time, units, revenue: units });
  // Lists longer than the store reads at once, so that the jump lands in a part that has been read.
  const crowd = Array.from({ length: 25 }, (_, index) => [sale(`m${index}`, monday, 10), sale(`t${index}`, tuesday, 9)]).flat();
  const before = [...crowd, sale('p1', monday, 6), sale('p1', tuesday, 6)];
  await withStore([], async (store) => {
    await store.write(
      'products',
      crowd.map(({ productId }) => ({ id: productId, guard: at(1), from: null, document: product(productId, []) })),
    );
    await project(store, before);
    let jumped = false;
    const { best } = await ask(store, before.length, 1, async () => {
      if (jumped) return;
      jumped = true;
      await project(store, [...before, sale('p1', monday, 50), sale('p1', tuesday, 50)]);
    });
    expect(figures(best)).toEqual([{ productId: 'p1', units: 112, revenue: 112 }]);
  });
});

/** Few products sell much and many sell little, as in every shop; the figures come from a fixed sequence. */
const skewedSales = (products: number): Sale[] => {
  let state = 1;
  const next = (below: number): number => (state = (state * 48_271) % 2_147_483_647) % below;
  return Array.from({ length: products }, (_, rank) =>
    Array.from({ length: 4 }, (__, day): Sale => {
      const time = `2026-01-0${2 + day}T0${next(3)}:${String(10 + next(50))}:00.000Z`;
      const units = 1 + next(Math.ceil(20_000 / (rank + 1)));
      return { productId: `p${rank}`, at: time, units, revenue: units * 10 };
    }),
  ).flat();
};

async function* listOf(entries: readonly DayEntry[]): AsyncGenerator<DayEntry> {
  yield* entries;
}

it('looks at a few dozen of 10,000 products to find the five best', async () => {
  const sales = skewedSales(10_000);
  const documents = new Map(documentsOf(sales).map(({ id, document }) => [id, document]));
  const dayList = (day: string): DayEntry[] =>
    [...documents.values()]
      .flatMap((document) => (document.kind === 'day' && document.day === day ? [document] : []))
      .sort((one, other) => other.units - one.units);
  let opened = 0;
  const best = await topByThreshold({
    limit: 5,
    lists: window.days.map((day) => listOf(dayList(day))),
    open: async (ids) => {
      opened += ids.length;
      return ids.map((productId): Seller => ({ productId, ...salesWithin(window, productId, (id) => documents.get(id)) }));
    },
    changed: async () => [],
  });
  expect(figures(best)).toEqual(bruteForce(sales, () => true).slice(0, 5));
  expect(opened).toBeLessThan(40);
});
