import type { Random } from '@shop/clock';

/** What a seeded generator is asked for. */
export type Chance = {
  readonly below: (bound: number) => number;
  readonly of: <Item>(items: readonly [Item, ...Item[]] | readonly Item[]) => Item;
  readonly happens: (share: number) => boolean;
};

export const chanceBy = (random: Random): Chance => {
  const below = (bound: number): number => Math.floor(random() * bound);
  return {
    below,
    of: (items) => {
      const chosen = items[below(items.length)];
      if (chosen === undefined) throw new Error('nothing to choose from');
      return chosen;
    },
    happens: (share) => random() < share,
  };
};
