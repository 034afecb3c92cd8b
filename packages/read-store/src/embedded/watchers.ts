export type Watchers = {
  readonly watch: (collection: string, changed: () => void) => () => void;
  /** Tells the watchers of a collection after the code now running; several changes until then are told once. */
  readonly tell: (collection: string) => void;
};

export const watchers = (): Watchers => {
  const watching = new Map<string, Set<() => void>>();
  const due = new Set<string>();
  const tellNow = (collection: string): void => {
    due.delete(collection);
    for (const changed of [...(watching.get(collection) ?? [])]) changed();
  };
  return {
    watch: (collection, changed) => {
      const told = () => changed(); // the same function may watch twice
      const all = watching.get(collection) ?? new Set();
      watching.set(collection, all.add(told));
      return () => void all.delete(told);
    },
    tell: (collection) => {
      if (due.has(collection) || !watching.get(collection)?.size) return;
      due.add(collection);
      queueMicrotask(() => tellNow(collection));
    },
  };
};
