import { hash, id, instant, quantity, stock, won } from '@shop/events';
import { z } from 'zod';
import type { StateCodec } from '../decider.js';
import { keyed, keyedEntries } from '../keyed.js';
import type { Product } from './product.js';

const snapshot = z.object({
  registration: z
    .object({ registrationId: id, requestHash: hash, name: z.string(), price: won, available: stock, occurredAt: instant })
    .nullable(),
  name: z.string(),
  price: won,
  revision: z.int().min(0),
  archived: z.boolean(),
  available: stock,
  adjustments: keyedEntries(z.object({ requestHash: hash, delta: z.int(), available: stock, occurredAt: instant })),
  open: keyedEntries(
    z.object({
      checkoutId: id,
      orderId: id,
      userId: id,
      quantity,
      name: z.string(),
      unitPrice: won,
      available: stock,
      occurredAt: instant,
    }),
  ),
  returned: keyedEntries(instant),
});

export const productSnapshot: StateCodec<Product> = {
  version: 1,
  worthAfter: ({ adjustments, open, returned }) => 4 * open.size + (adjustments.size + returned.size) / 2,
  toJson: ({ adjustments, open, returned, ...state }): z.infer<typeof snapshot> => ({
    ...state,
    adjustments: [...adjustments],
    open: [...open],
    returned: [...returned],
  }),
  fromJson: (json) => {
    const { adjustments, open, returned, ...state } = snapshot.parse(json);
    return { ...state, adjustments: keyed(adjustments), open: keyed(open), returned: keyed(returned) };
  },
};
