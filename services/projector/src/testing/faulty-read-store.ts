import type { ReadStore } from '@shop/read-store';

export type WritePoint = { readonly collection: string; readonly when: 'before' | 'after' };

/** A read store whose writes and deletes pass a gate before and after: it may throw (down, or applied without an answer) or never settle (a process that died). */
export const gated = (store: ReadStore, gate: (point: WritePoint) => Promise<void> | void): ReadStore => ({
  ...store,
  write: async (collection, writes) => {
    await gate({ collection, when: 'before' });
    const applied = await store.write(collection, writes);
    await gate({ collection, when: 'after' });
    return applied;
  },
  remove: async (collection, id, guard) => {
    await gate({ collection, when: 'before' });
    const removed = await store.remove(collection, id, guard);
    await gate({ collection, when: 'after' });
    return removed;
  },
});

/** What a killed process waits for. */
export const forever = (): Promise<never> => new Promise(() => undefined);
