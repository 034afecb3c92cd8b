import type { Random } from '@shop/clock';

export const below = (random: Random, bound: number): number => Math.floor(random() * bound);

/** Each order equally likely. */
export const shuffled = <Item>(items: readonly Item[], random: Random): Item[] => {
  const left = [...items];
  const drawn: Item[] = [];
  while (left.length > 0) drawn.push(...left.splice(below(random, left.length), 1));
  return drawn;
};
