import type { Chance } from './chance.js';

/** What requests may name so that they meet something: fixed ids, and what answers have told. */
export type KnownWorld = {
  readonly users: readonly string[];
  /** Never archived. */
  readonly products: readonly string[];
  /** Registered meanwhile; whatever is archived is one of these. */
  readonly passingProducts: string[];
  readonly orders: { readonly orderId: string; readonly userId: string }[];
  readonly items: { readonly itemId: string; readonly userId: string }[];
  /** The last one of each list, by its path and whose it is. */
  readonly cursors: Map<string, string>;
  readonly tokens: string[];
};

export const newWorld = (): KnownWorld => ({
  users: ['u1', 'u2', 'u3', 'u4', 'ann@example.com'],
  products: ['f1', 'f2', 'f3', 'f4'],
  passingProducts: ['x0'],
  orders: [{ orderId: 'never', userId: 'u1' }],
  items: [{ itemId: 'never', userId: 'u1' }],
  cursors: new Map(),
  tokens: ['0'.repeat(16)],
});

const mostRemembered = 200;
/** The newest are remembered, in the place of any. */
export const remember = <Item>(items: Item[], item: Item, { below }: Chance): void => {
  if (items.length < mostRemembered) items.push(item);
  else items[below(items.length)] = item;
};
