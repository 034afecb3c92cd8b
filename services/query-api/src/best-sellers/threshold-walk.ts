import type { Sales } from './sales.js';

/** A row of one day's list: more units than that the product cannot have sold within that day's part of the window. */
export type DayEntry = { readonly productId: string; readonly units: number };
export type Seller = Sales & { readonly productId: string };

export type ThresholdWalk<Found extends Seller> = {
  readonly limit: number;
  /** One list per day, units descending; neither a snapshot nor complete where entries change meanwhile. */
  readonly lists: readonly AsyncIterable<DayEntry>[];
  /** Exact sales of the products that may be listed; others are left out. */
  readonly open: (productIds: readonly string[]) => Promise<readonly Found[]>;
  /** Products whose entries may have moved since before the walk began. */
  readonly changed: () => Promise<readonly string[]>;
};

/** More units first, then more revenue, then the product's id. */
export const bySales = (one: Seller, other: Seller): number =>
  other.units - one.units || other.revenue - one.revenue || (one.productId < other.productId ? -1 : 1);

type Lane = { readonly entries: AsyncIterator<DayEntry>; current: number };

const readEntries = async (lane: Lane, count: number): Promise<string[]> => {
  const met: string[] = [];
  while (met.length < count) {
    const next = await lane.entries.next();
    lane.current = next.done ? 0 : next.value.units;
    if (lane.current <= 0) return met; // what follows has 0 units too
    if (!next.done) met.push(next.value.productId);
  }
  return met;
};

/**
 * The best `limit` sellers without looking at every product (Fagin's threshold algorithm). The lists are walked side by side and
 * each product met is opened. One not met yet sold at most the sum of the lists' current units, so the walk stops when the last
 * seat is above that: not equal, as ties are settled by revenue. An entry that moves while the lists are read can jump past the
 * walk; those are opened at the end.
 */
export const topByThreshold = async <Found extends Seller>({ limit, lists, open, changed }: ThresholdWalk<Found>): Promise<Found[]> => {
  const lanes: Lane[] = lists.map((list) => ({ entries: list[Symbol.asyncIterator](), current: Number.POSITIVE_INFINITY }));
  const opened = new Set<string>();
  let best: Found[] = [];
  const openNew = async (productIds: readonly string[]): Promise<void> => {
    const unopened = [...new Set(productIds)].filter((productId) => !opened.has(productId));
    if (unopened.length === 0) return;
    unopened.forEach((productId) => opened.add(productId));
    const found = (await open(unopened)).filter(({ units }) => units > 0);
    best = [...best, ...found].sort(bySales).slice(0, limit);
  };
  const bound = (): number => lanes.reduce((sum, { current }) => sum + current, 0);
  try {
    while (bound() > 0 && (best[limit - 1]?.units ?? 0) <= bound())
      await openNew((await Promise.all(lanes.filter(({ current }) => current > 0).map((lane) => readEntries(lane, limit)))).flat());
  } finally {
    for (const { entries } of lanes) await entries.return?.();
  }
  await openNew(await changed());
  return best;
};
