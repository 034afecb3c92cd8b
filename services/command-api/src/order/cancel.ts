import { instantOf, type Clock } from '@shop/clock';
import type { Position } from '@shop/event-store';
import { walletStream, type WalletFact } from '@shop/events';
import { shifted } from '../instants.js';
import type { Refusal } from '../refusals.js';
import type { Wallets } from '../shop.js';
import type { CommandContext } from '../writing/execute.js';
import type { PaymentOf } from './order-facts.js';
import type { Settlement } from './settlement.js';

export type CancelDependencies = {
  readonly wallets: Wallets;
  readonly paymentOf: PaymentOf;
  readonly settlement: Settlement;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly windowHours: number;
};

export type CancelRequest = { readonly userId: string; readonly orderId: string; readonly reason: string | null };
export type CancelAnswer =
  | {
      readonly outcome: 'accepted' | 'repeated';
      readonly cancelled: WalletFact<'OrderCancelled'>['data'];
      readonly position: Position;
    }
  | { readonly outcome: 'refused'; readonly refusal: Refusal };

/** Cancels a whole order: the refund commits it, then the stock comes back. */
export type Cancel = (request: CancelRequest, context: CommandContext) => Promise<CancelAnswer>;

const hourMs = 3_600_000;

export const cancel =
  ({ wallets, paymentOf, settlement, clock, newId, windowHours }: CancelDependencies): Cancel =>
  async ({ userId, orderId, reason }, context) => {
    const { state } = await wallets.readFresh(walletStream(userId), context.deadline);
    const order = state.orders.get(orderId);
    if (!order) return { outcome: 'refused', refusal: { type: 'OrderNotFound' } };
    const { lines } = await paymentOf(userId, order.revision, context.footing);
    const cancellableUntil = shifted(order.paidAt, windowHours * hourMs);
    const occurredAt = instantOf(clock);
    const result = await wallets.execute(
      walletStream(userId),
      { type: 'CancelOrder', userId, orderId, refundId: newId(), lines, cancellableUntil, reason, occurredAt },
      context,
    );
    if (result.outcome === 'refused') return result;
    const fact = result.events.find((event) => event.type === 'OrderCancelled');
    if (!fact) throw new Error(`cancelling ${orderId} came to nothing`);
    if (result.outcome === 'accepted') settlement.giveBack(fact.data, context);
    return { outcome: result.outcome, cancelled: fact.data, position: result.position };
  };
