import { backOff, type Clock, type Random } from '@shop/clock';
import type { Position } from '@shop/event-store';
import type { WalletFact } from '@shop/events';
import type { Refusal } from '../refusals.js';
import type { Shop } from '../shop.js';
import type { Now } from '../writing/at-once.js';
import type { CommandContext } from '../writing/execute.js';
import { executions, type Execution, type Next } from './execution.js';
import type { Finishing } from './finishing.js';
import type { FollowUps } from './follow-ups.js';
import type { PaymentOf } from './order-facts.js';
import type { OrderRequest } from './order-request.js';
import type { Settlement } from './settlement.js';

export type CheckoutDependencies = {
  readonly shop: Shop;
  readonly paymentOf: PaymentOf;
  readonly head: () => Promise<Position>;
  readonly settlement: Settlement;
  readonly followUps: FollowUps;
  readonly finishing: Finishing;
  readonly clock: Clock;
  readonly random: Random;
  readonly newId: () => string;
  /** Kept back from the request's deadline for letting go of stock and answering. */
  readonly releaseMs: number;
  /** How long the answer to a cart order waits until its lines have left the cart. */
  readonly cartAnswerWaitMs: number;
};

export type OrderAnswer =
  /** `repeated`: paid by an earlier or a concurrent execution of the same request. */
  | { readonly outcome: 'paid' | 'repeated'; readonly order: WalletFact<'OrderPaid'>['data']; readonly position: Position }
  | { readonly outcome: 'refused'; readonly refusal: Refusal };

/**
 * Buys a basket: reserves everything, then pays by one append to the buyer's wallet, which alone decides that the order exists.
 * Whatever ends otherwise is let go of again.
 * @throws Problem `WRITE_CONTENTION`, `IDEMPOTENCY_KEY_IN_USE`, `OVERLOADED`, `EVENT_STORE_UNAVAILABLE` (no effect) or `OUTCOME_UNKNOWN`
 */
export type Checkout = (request: OrderRequest, context: CommandContext) => Now<OrderAnswer>;

const retryBounds = { firstMs: 10, mostMs: 250 };
/** Between the last moment to give up waiting and the deadline, for the answer's way out. */
const answerMs = 100;

export const checkout = (dependencies: CheckoutDependencies): Checkout => {
  const { clock, random, releaseMs, settlement } = dependencies;
  const { begin, attempt, giveUp } = executions(dependencies);

  const goOn = async (execution: Execution, first: Now<Next>): Promise<OrderAnswer> => {
    const workUntil = execution.context.deadline;
    settlement.checkoutBegan();
    try {
      let next = await first;
      for (let count = 0; next.next === 'again'; count += 1) {
        const wait = next.pause ? backOff(random, count, retryBounds) : 0;
        if (clock.monotonic() + wait >= workUntil) return await giveUp(execution);
        if (wait > 0) await clock.sleep(wait);
        next = await attempt(execution, next);
      }
      return next.answer;
    } finally {
      settlement.checkoutEnded();
    }
  };

  return (request, context) => {
    const execution = begin(request, { ...context, deadline: context.deadline - releaseMs }, context.deadline - answerMs);
    const first = attempt(execution, undefined);
    return first instanceof Promise || first.next === 'again' ? goOn(execution, first) : first.answer;
  };
};
