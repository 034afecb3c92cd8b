import { walletStream } from '@shop/events';
import type { getBalance, Handler } from '@shop/http';
import type { ExactReads } from '../freshness/index.js';

/** There is no sign-up: an unknown user has a balance of 0. */
export const getBalanceQuery =
  (reads: ExactReads): Handler<typeof getBalance> =>
  async (request) => {
    const { userId } = request.params;
    const balances = (await reads.open(request, 'balances'))('balances');
    const found = await balances.one(userId);
    return {
      body: { userId, balance: found?.document.balance ?? 0, currency: 'KRW' },
      asOf: balances.asOf({ touches: (stream) => stream === walletStream(userId), guard: found?.guard }),
    };
  };
