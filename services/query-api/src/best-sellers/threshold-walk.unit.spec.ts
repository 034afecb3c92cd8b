import { describe, expect, it } from '@jest/globals';
import { bySales, topByThreshold, type DayEntry, type Seller } from './threshold-walk.js';

async function* listOf(entries: readonly DayEntry[], read?: (entry: DayEntry) => void): AsyncGenerator<DayEntry> {
  for (const entry of entries) {
    read?.(entry);
    yield entry;
  }
}
const entry = (productId: string, units: number): DayEntry => ({ productId, units });
const seller = (productId: string, units: number, revenue = units): Seller => ({ productId, units, revenue });

/** Lists and exact sales of a few products; remembers what was opened. */
const walk = async (
  sellers: readonly Seller[],
  lists: readonly (readonly DayEntry[])[],
  { limit = 2, changed = [] }: { readonly limit?: number; readonly changed?: readonly string[] } = {},
) => {
  const opened: string[] = [];
  const best = await topByThreshold({
    limit,
    lists: lists.map((list) => listOf(list)),
    open: async (productIds) => {
      opened.push(...productIds);
      return sellers.filter(({ productId }) => productIds.includes(productId));
    },
    changed: async () => changed,
  });
  return { best: best.map(({ productId }) => productId), opened };
};

describe('best sellers', () => {
  it('are ordered by units, then revenue, then id', () => {
    const sellers = [seller('b', 5, 10), seller('a', 5, 10), seller('c', 5, 20), seller('d', 9, 1)];
    expect([...sellers].sort(bySales).map(({ productId }) => productId)).toEqual(['d', 'c', 'a', 'b']);
  });

  it('are found without opening what cannot be among them', async () => {
    const sellers = [seller('a', 100), seller('b', 80), seller('c', 3), seller('d', 2), seller('e', 1)];
    const { best, opened } = await walk(sellers, [sellers.map(({ productId, units }) => entry(productId, units))]);
    expect(best).toEqual(['a', 'b']);
    expect(opened).toEqual(['a', 'b', 'c', 'd']);
  });

  it('add up over days: what is first on no day can be first of all', async () => {
    const sellers = [seller('steady', 12), seller('monday', 10), seller('tuesday', 9), seller('small', 1)];
    const monday = [entry('monday', 10), entry('steady', 6), entry('small', 1)];
    const tuesday = [entry('tuesday', 9), entry('steady', 6)];
    expect((await walk(sellers, [monday, tuesday], { limit: 1 })).best).toEqual(['steady']);
  });

  it('look at all that could tie for the last place, as revenue decides', async () => {
    const sellers = [seller('a', 9, 9), seller('b', 5, 5), seller('c', 5, 5), seller('d', 5, 5), seller('z', 5, 99)];
    const { best } = await walk(sellers, [sellers.map(({ productId, units }) => entry(productId, units))]);
    expect(best).toEqual(['a', 'z']);
  });

  it('leave out what came back as a whole', async () => {
    const { best } = await walk([seller('a', 3), seller('b', 0)], [[entry('a', 3), entry('b', 0)]]);
    expect(best).toEqual(['a']);
  });

  it('are fewer where fewer were sold, and none where nothing was', async () => {
    expect((await walk([seller('a', 3)], [[entry('a', 3)], []], { limit: 5 })).best).toEqual(['a']);
    expect((await walk([], [[], [], [], []], { limit: 5 })).best).toEqual([]);
  });

  it('go on past those that may not be listed', async () => {
    const listed = [seller('c', 7), seller('d', 6)];
    const list = [entry('archived1', 10), entry('archived2', 9), entry('archived3', 8), entry('c', 7), entry('d', 6)];
    expect((await walk(listed, [list])).best).toEqual(['c', 'd']);
  });

  it('include one that jumped past the walk while it was read', async () => {
    const sellers = [seller('a', 100), seller('b', 80), seller('jumped', 500)];
    const list = [entry('a', 100), entry('b', 80), entry('c', 1)];
    expect((await walk(sellers, [list], { changed: ['jumped', 'a'] })).best).toEqual(['jumped', 'a']);
    expect((await walk(sellers, [list], { changed: ['jumped', 'a'] })).opened.filter((productId) => productId === 'a')).toHaveLength(1);
  });

  it('close every list, also when opening fails', async () => {
    const closed: number[] = [];
    async function* watched(index: number): AsyncGenerator<DayEntry> {
      try {
        for (let units = 100; units > 0; units -= 1) yield entry(`p${units}`, units);
      } finally {
        closed.push(index);
      }
    }
    const failing = topByThreshold<Seller>({
      limit: 5,
      lists: [watched(0), watched(1)],
      open: () => Promise.reject(new Error('down')),
      changed: async () => [],
    });
    await expect(failing).rejects.toThrow('down');
    expect(closed).toEqual([0, 1]);
  });
});
