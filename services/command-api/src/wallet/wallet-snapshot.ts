import { hash, id, instant, takenOut, won } from '@shop/events';
import { z } from 'zod';
import type { StateCodec } from '../decider.js';
import { keyed, keyedEntries } from '../keyed.js';
import type { Wallet } from './wallet.js';

const revision = z.int().min(0);
const snapshot = z.object({
  balance: won,
  charges: keyedEntries(z.object({ requestHash: hash, amount: won, balance: won, occurredAt: instant })),
  orders: keyedEntries(
    z.object({
      checkoutId: id,
      requestHash: hash,
      totalAmount: won,
      balance: won,
      paidAt: instant,
      fromCart: z.boolean(),
      revision,
      cancelled: z.object({ revision, refundId: id, balance: won, reason: z.string().nullable(), occurredAt: instant }).nullable(),
    }),
  ),
  voided: keyedEntries(instant),
  lastCartOrder: z.object({ orderId: id, lines: takenOut.shape.lines }).nullable(),
});

/** Everything the wallet remembers: forgetting a charge, an order or a voided checkout would let it happen twice. */
export const walletSnapshot: StateCodec<Wallet> = {
  version: 1,
  worthAfter: ({ charges, orders, voided }) => (charges.size + orders.size + voided.size) / 2,
  toJson: ({ charges, orders, voided, ...state }): z.infer<typeof snapshot> => ({
    ...state,
    charges: [...charges],
    orders: [...orders],
    voided: [...voided],
  }),
  fromJson: (json) => {
    const { charges, orders, voided, ...state } = snapshot.parse(json);
    return { ...state, charges: keyed(charges), orders: keyed(orders), voided: keyed(voided) };
  },
};
