import { instantOf, type Clock } from '@shop/clock';
import { productStream, walletStream } from '@shop/events';
import type { ToDoEntry } from '@shop/read-store';
import { refusalProblem } from '../refusals.js';
import type { Shop } from '../shop.js';
import type { PaidOrder } from '../wallet/wallet.js';
import type { CommandContext } from '../writing/execute.js';
import type { OrdersOfWallet, RecentOrdersOf } from './order-facts.js';
import { cartOrderToTakeOut, takeOut } from './taking-out.js';

export type DueEntry = ToDoEntry & { readonly productId: string };
/** What one checkout left undone. */
export type UnfinishedCheckout = {
  readonly userId: string;
  readonly orderId: string;
  readonly checkoutId: string;
  readonly entries: readonly DueEntry[];
};
/** Checkouts that one customer left undone. */
export type UnfinishedWallet = { readonly userId: string; readonly checkouts: readonly UnfinishedCheckout[] };
/** Reservations of one product that were paid for, of many checkouts. */
export type UnbookedSale = { readonly productId: string; readonly entries: readonly DueEntry[] };

/** What is due to a reservation of a checkout, by what the wallet knows of its order. */
export const remedyFor = (order: PaidOrder | undefined, checkoutId: string): 'sell' | 'give back' | 'release' | 'void, then release' => {
  if (!order) return 'void, then release';
  if (order.checkoutId !== checkoutId) return 'release'; // a wallet pays an order once: this checkout never will be
  return order.cancelled ? 'give back' : 'sell';
};

/** How many events more than the payments that are looked for: a cancellation as a rule, then what a customer who orders again and again has paid since. */
const looksBack = [1, 8];

export type RecoveryDependencies = { readonly shop: Shop; readonly clock: Clock; readonly recentOrdersOf: RecentOrdersOf };

export type Recovery = {
  /** What the wallet knows of the orders of these checkouts. One look serves them all: what is paid stays paid, and a void is decided anew. */
  readonly lookAt: (wallet: UnfinishedWallet, context: CommandContext) => Promise<OrdersOfWallet>;
  /**
   * Finishes what is left of a checkout, whoever began it, but for what it has sold: that it answers, to be closed by `sell` together with
   * what others have sold of the same products. Doing it again, or at the same time as others, changes nothing.
   */
  readonly recover: (checkout: UnfinishedCheckout, orders: OrdersOfWallet, context: CommandContext) => Promise<readonly DueEntry[]>;
  readonly sell: (sale: UnbookedSale, context: CommandContext) => Promise<void>;
};

export const recovery = ({ shop, clock, recentOrdersOf }: RecoveryDependencies): Recovery => {
  const { products, wallets } = shop;

  const close = async (remedy: 'give back' | 'release', entry: DueEntry, context: CommandContext): Promise<void> => {
    const { productId, reservationId, checkoutId, orderId, userId, quantity } = entry;
    const occurredAt = instantOf(clock);
    const stream = productStream(productId);
    switch (remedy) {
      case 'release':
        await products.execute(stream, { type: 'ReleaseStock', productId, reservationId, occurredAt }, context);
        return;
      case 'give back': {
        const reservation = { reservationId, checkoutId, orderId, userId, quantity };
        await products.execute(stream, { type: 'ReturnStock', productId, ...reservation, occurredAt }, context);
      }
    }
  };

  /** From here on the wallet refuses to pay this checkout. True where it was paid just before. */
  const voidUnlessPaid = async ({ userId, orderId, checkoutId }: UnfinishedCheckout, context: CommandContext): Promise<boolean> => {
    const occurredAt = instantOf(clock);
    const command = { type: 'VoidCheckout', userId, orderId, checkoutId, occurredAt } as const;
    const result = await wallets.execute(walletStream(userId), command, context);
    if (result.outcome !== 'refused') return false;
    if (result.refusal.type === 'CheckoutPaid') return true;
    throw refusalProblem(result.refusal);
  };

  const wholeWallet = async (userId: string, { deadline }: CommandContext): Promise<OrdersOfWallet> =>
    (await wallets.readFresh(walletStream(userId), deadline)).state;

  /**
   * After a kill most of what is open was paid just before, by wallets that are not in memory. As a rule their last events are those payments,
   * or a cancellation: they tell, without the events of years.
   */
  const lookAt = async ({ userId, checkouts }: UnfinishedWallet, context: CommandContext): Promise<OrdersOfWallet> => {
    if (wallets.lastSeen(walletStream(userId))) return wholeWallet(userId, context);
    for (const more of looksBack) {
      const recent = await recentOrdersOf(userId, checkouts.length + more).catch(() => undefined); // reading all of it tells why
      if (recent && checkouts.every(({ orderId }) => recent.orders.has(orderId))) return recent;
    }
    return wholeWallet(userId, context);
  };

  const recover: Recovery['recover'] = async (checkout, wallet, context) => {
    const { userId, orderId, checkoutId, entries } = checkout;
    const remedy = remedyFor(wallet.orders.get(orderId), checkoutId);
    const cartOrder = cartOrderToTakeOut(wallet, orderId);
    if (remedy === 'void, then release') {
      if (await voidUnlessPaid(checkout, context)) return recover(checkout, await wholeWallet(userId, context), context);
      await Promise.all(entries.map((entry) => close('release', entry, context)));
      return [];
    }
    if (cartOrder && remedy !== 'release') await takeOut(shop, clock, userId, cartOrder, context);
    if (remedy === 'sell') return entries;
    await Promise.all(entries.map((entry) => close(remedy, entry, context)));
    return [];
  };

  return {
    lookAt,
    recover,
    sell: async ({ productId, entries }, context) => {
      const reservationIds = entries.map(({ reservationId }) => reservationId);
      const occurredAt = instantOf(clock);
      await products.execute(productStream(productId), { type: 'SellStock', productId, reservationIds, occurredAt }, context);
    },
  };
};
