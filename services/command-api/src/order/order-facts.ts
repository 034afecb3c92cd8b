import type { EventStore } from '@shop/event-store';
import { parseStored, walletStream, type ShopEvent, type WalletFact } from '@shop/events';
import { Problem } from '@shop/http';
import { storeProblem } from '../faults.js';
import type { Footing, Ground } from '../writing/ground.js';
import { wallet, type Wallet } from '../wallet/wallet.js';

/** The payment of an order, as its wallet recorded it. @throws Problem `EVENT_STORE_UNAVAILABLE` where the footing no longer holds: it may have been lost */
export type PaymentOf = (userId: string, revision: number, footing: Footing | undefined) => Promise<WalletFact<'OrderPaid'>['data']>;

const eventAt = async (store: EventStore, stream: string, revision: number): Promise<ShopEvent | undefined> => {
  for await (const [first] of store.readStream(stream, revision)) if (first) return parseStored(first);
  return undefined;
};

/** Wallets remember where an order's payment stands, not what was bought: that is read again where it is asked for. */
export const paymentsIn =
  (store: EventStore, { staging, holds }: Ground): PaymentOf =>
  async (userId, revision, footing) => {
    try {
      await staging?.settled(); // the wallet may know of it before the log does
      const event = await eventAt(store, walletStream(userId), revision);
      if (event?.type === 'OrderPaid') return event.data;
    } catch (fault) {
      throw storeProblem(fault);
    }
    if (!holds(footing)) throw new Problem('EVENT_STORE_UNAVAILABLE');
    throw new Error(`no payment stands at revision ${revision} of its wallet`);
  };

/** The orders of a wallet, and the last one that was taken out of a cart. */
export type OrdersOfWallet = Readonly<Pick<Wallet, 'orders' | 'lastCartOrder'>>;

/**
 * The orders that the newest events of a wallet name, `most` of them. What is found is so: a wallet pays an order once, and whatever came
 * after it was read too. Of an order that is not found nothing is known.
 */
export type RecentOrdersOf = (userId: string, most: number) => Promise<OrdersOfWallet>;

export const recentOrdersIn =
  (store: Pick<EventStore, 'readStreamBackwards'>): RecentOrdersOf =>
  async (userId, most) => {
    const recent = wallet.initialState();
    const newestFirst = await store.readStreamBackwards(walletStream(userId), 'end', most);
    for (const stored of [...newestFirst].reverse()) {
      const event = parseStored(stored);
      if (event.type === 'OrderPaid' || event.type === 'OrderCancelled') wallet.evolve(recent, event, stored.revision);
    }
    return recent;
  };
