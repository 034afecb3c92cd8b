import { hash, id, instant, quantity, won } from '@shop/events';
import { z } from 'zod';
import type { StateCodec } from '../decider.js';
import { keyed, keyedEntries } from '../keyed.js';
import type { Cart } from './cart.js';

const snapshot = z.object({
  revision: z.int().min(0),
  lines: keyedEntries(z.object({ productId: id, name: z.string(), quantity, addedPrice: won, addedAt: instant })),
  additions: keyedEntries(z.object({ requestHash: hash, occurredAt: instant })),
  removed: keyedEntries(instant),
  takenOut: keyedEntries(instant),
  lastTakenOut: id.nullable(),
});

export const cartSnapshot: StateCodec<Cart> = {
  version: 1,
  worthAfter: ({ lines, additions, removed, takenOut }) => lines.size + (additions.size + removed.size + takenOut.size) / 2,
  toJson: ({ lines, additions, removed, takenOut, ...state }): z.infer<typeof snapshot> => ({
    ...state,
    lines: [...lines],
    additions: [...additions],
    removed: [...removed],
    takenOut: [...takenOut],
  }),
  fromJson: (json) => {
    const { lines, additions, removed, takenOut, ...state } = snapshot.parse(json);
    return { ...state, lines: keyed(lines), additions: keyed(additions), removed: keyed(removed), takenOut: keyed(takenOut) };
  },
};
