import type { EventStore } from '@shop/event-store';
import { parseStored, walletStream, type ShopEvent, type WalletFact } from '@shop/events';
import { storeProblem } from '../faults.js';

/** The payment of an order, as its wallet recorded it. */
export type PaymentOf = (userId: string, revision: number) => Promise<WalletFact<'OrderPaid'>['data']>;

const eventAt = async (store: EventStore, stream: string, revision: number): Promise<ShopEvent | undefined> => {
  for await (const [first] of store.readStream(stream, revision)) if (first) return parseStored(first);
  return undefined;
};

/** Wallets remember where an order's payment stands, not what was bought: that is read again where it is asked for. */
export const paymentsIn =
  (store: EventStore): PaymentOf =>
  async (userId, revision) => {
    try {
      const event = await eventAt(store, walletStream(userId), revision);
      if (event?.type === 'OrderPaid') return event.data;
    } catch (fault) {
      throw storeProblem(fault);
    }
    throw new Error(`no payment stands at revision ${revision} of its wallet`);
  };
