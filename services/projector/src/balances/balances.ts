import { projection } from '../projection.js';

/** What each user can spend: the balance after the last event of the wallet. */
export const balances = projection({
  name: 'balances',
  version: 1,
  handles: ['WalletCharged', 'OrderPaid', 'OrderCancelled'],
  mixesStreams: false,
  documentIds: ({ data }) => [data.userId],
  evolve: (_, { data: { userId, balance } }) => ({ userId, balance }),
});
