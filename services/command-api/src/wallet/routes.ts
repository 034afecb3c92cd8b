import { instantOf, type Clock } from '@shop/clock';
import { walletStream, type WalletFact } from '@shop/events';
import { chargeBalance, type BoundRoute } from '@shop/http';
import type { BindCommand } from '../answering.js';
import { hashOf, operationIdFor } from '../idempotency.js';
import { refusalProblem } from '../refusals.js';
import { contextOf } from '../request-context.js';
import type { Wallets } from '../shop.js';

const receipt = ({ userId, chargeId, amount, balance, occurredAt }: WalletFact<'WalletCharged'>['data']) => ({
  userId,
  balance,
  currency: 'KRW' as const,
  transaction: { transactionId: chargeId, type: 'CHARGE' as const, amount, balanceAfter: balance, occurredAt },
});

export const walletRoutes = (bind: BindCommand, wallets: Wallets, clock: Clock, newId: () => string): readonly BoundRoute[] => [
  bind(chargeBalance, async (request, footing) => {
    const { userId, body } = request;
    const { amount } = body;
    const chargeId = operationIdFor(request, 'charge', userId, newId);
    const requestHash = hashOf('charge', amount);
    const occurredAt = instantOf(clock);
    const result = await wallets.execute(
      walletStream(userId),
      { type: 'ChargeWallet', userId, chargeId, requestHash, amount, occurredAt },
      contextOf(request, chargeId, footing),
    );
    if (result.outcome === 'refused') throw refusalProblem(result.refusal);
    const charged = result.events.find((event) => event.type === 'WalletCharged');
    if (!charged) throw new Error(`charging ${chargeId} came to nothing`);
    return { body: receipt(charged.data), token: result.position, replayed: result.outcome === 'repeated' };
  }),
];
