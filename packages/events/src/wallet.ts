import { z } from 'zod';
import { hash, id, instant, orderLine, takenOut, won } from './values.js';

const order = { userId: id, orderId: id, checkoutId: id, lines: z.array(orderLine).min(1), balance: won, occurredAt: instant };

/** Events of `wallet-{userId}`. `balance` is always the balance after the event. */
export const walletEvent = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('WalletCharged'),
    data: z.object({ userId: id, chargeId: id, requestHash: hash, amount: won.min(1), balance: won, occurredAt: instant }),
  }),
  z.object({
    type: z.literal('OrderPaid'),
    data: z.object({ ...order, requestHash: hash, totalAmount: won, cart: takenOut.optional() }),
  }),
  z.object({
    type: z.literal('OrderCancelled'),
    data: z.object({ ...order, refundId: id, refundAmount: won, reason: z.string().nullable(), paidAt: instant }),
  }),
  z.object({
    type: z.literal('CheckoutVoided'),
    data: z.object({ userId: id, orderId: id, checkoutId: id, occurredAt: instant }),
  }),
]);
export type WalletEvent = z.infer<typeof walletEvent>;
export type WalletFact<Type extends WalletEvent['type']> = Extract<WalletEvent, { type: Type }>;

export const walletStream = (userId: string) => `wallet-${userId}` as const;
