import { instantOf, type Clock } from '@shop/clock';
import { productStream, reservationId, walletStream, type WalletFact } from '@shop/events';
import type { Shop } from '../shop.js';
import { allOf } from '../writing/at-once.js';
import type { CommandContext } from '../writing/execute.js';
import type { Ground } from '../writing/ground.js';
import type { Finishing } from './finishing.js';
import type { FollowUps } from './follow-ups.js';
import { inParallel } from './in-parallel.js';
import { cartOrderToTakeOut, takeOut } from './taking-out.js';

export type SettlementDependencies = {
  readonly shop: Shop;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly ground: Ground;
  readonly finishing: Finishing;
  readonly followUps: FollowUps;
  /** Sales are gathered for so long. */
  readonly settleEveryMs: number;
};

/** What happens to the stock of an order after its answer is out. What fails here is left to the sweeper. */
export type Settlement = {
  /**
   * Closes the reservations of a paid order together with those of other orders: with the next reservation of the product once they have
   * waited for their time, by an append of their own where nobody buys it, at once where nobody buys anything.
   */
  readonly sell: (order: Pick<WalletFact<'OrderPaid'>['data'], 'orderId' | 'checkoutId' | 'lines'>) => void;
  /** A customer is at the till, and has left it. As long as one is, somebody buys. */
  readonly checkoutBegan: () => void;
  readonly checkoutEnded: () => void;
  /** A reservation of the product has just been asked for: sales that have waited for their time go into the same append. */
  readonly takeAlong: (productId: string) => void;
  /** Gives back the stock of a cancelled order at once. */
  readonly giveBack: (cancelled: WalletFact<'OrderCancelled'>['data'], request: CommandContext) => void;
  /** Sells what is waiting and resolves when all is done. */
  readonly stop: () => Promise<void>;
};

/** Orders of which a product's reservations wait to be sold, by reservation, and since when. */
type Sales = { readonly since: number; readonly orders: Map<string, string> };

/** Appends of one flush that are under way at a time: a burst must not hold up the orders that come in meanwhile. */
const productsAtOnce = 64;
/** As long as this without anybody who buys, and what has been sold is settled. */
const quietMs = 50;
/** Sales that nobody takes along wait so many times as long, which is far less than the sweeper leaves them. */
const longestWait = 5;
/** A product that sells so many does not wait for the others: more gain nothing, and what is open is looked through again and again. */
const salesPerAppend = 500;

export const settlement = ({ shop, clock, newId, ground, finishing, followUps, settleEveryMs }: SettlementDependencies): Settlement => {
  const waiting = new Map<string, Sales>();
  let armed = false;
  let lastSale = -Infinity;
  let checkouts = 0;
  const stopping = new AbortController();
  // Whether they were paid nobody knows now: the sweeper asks their wallets.
  ground.staging?.onLoss(() => waiting.clear());

  /** A wallet pays an order once, so whatever else is open for it (of a twin that gave up or died) can go. */
  const releaseTwins = async (productId: string, { orders }: Sales, context: CommandContext): Promise<void> => {
    // As of the sale, which has just been acknowledged; whatever comes later is let go of by its own execution.
    const { state } =
      shop.products.lastSeen(productStream(productId)) ?? (await shop.products.readFresh(productStream(productId), context.deadline));
    const sold = new Set(orders.values());
    const left: string[] = [];
    for (const [id, { orderId }] of state.open) if (sold.has(orderId) && !orders.has(id)) left.push(id);
    if (left.length === 0) return;
    const occurredAt = instantOf(clock);
    await allOf(
      left.map((id) =>
        shop.products.execute(productStream(productId), { type: 'ReleaseStock', productId, reservationId: id, occurredAt }, context),
      ),
    );
  };

  const settleProduct = async (productId: string, sales: Sales, context: CommandContext): Promise<void> => {
    const reservationIds = [...sales.orders.keys()];
    const occurredAt = instantOf(clock);
    await shop.products.execute(productStream(productId), { type: 'SellStock', productId, reservationIds, occurredAt }, context);
    await releaseTwins(productId, sales, context);
  };

  const settleAll = async (due: readonly (readonly [string, Sales])[]): Promise<void> => {
    const batchId = newId();
    const footing = finishing.stand();
    await inParallel(due, productsAtOnce, ([productId, sales]) =>
      followUps.run('selling reserved stock', () =>
        settleProduct(productId, sales, finishing.as('system:settlement', batchId, batchId, footing)),
      ),
    );
  };
  const settleNow = (productId: string, sales: Sales): void => {
    waiting.delete(productId);
    void settleAll([[productId, sales]]);
  };

  const salesOf = (productId: string): Sales => {
    const known = waiting.get(productId);
    if (known) return known;
    const sales: Sales = { since: clock.monotonic(), orders: new Map() };
    waiting.set(productId, sales);
    return sales;
  };

  const take = (isDue: (sales: Sales) => boolean): (readonly [string, Sales])[] => {
    const due = [...waiting].filter(([, sales]) => isDue(sales));
    for (const [productId] of due) waiting.delete(productId);
    return due;
  };

  /** The longer sales are gathered, the fewer appends they take; while nobody buys there is nothing to gather. */
  const gather = async (): Promise<(readonly [string, Sales])[]> => {
    const until = clock.monotonic() + settleEveryMs;
    for (let left = settleEveryMs; left > 0 && !stopping.signal.aborted; left = until - clock.monotonic()) {
      const before = lastSale;
      await clock.sleep(Math.min(left, quietMs), stopping.signal);
      if (lastSale === before && checkouts === 0) return take(() => true);
    }
    const overdue = clock.monotonic() - settleEveryMs * longestWait;
    return take(({ since }) => since <= overdue || stopping.signal.aborted);
  };

  const arm = (): void => {
    if (armed) return;
    armed = true;
    void followUps.run('settling', async () => {
      const due = await gather();
      armed = false;
      if (waiting.size > 0) arm();
      await settleAll(due);
    });
  };

  const returnStock = async (cancelled: WalletFact<'OrderCancelled'>['data'], context: CommandContext): Promise<void> => {
    const { userId, orderId, checkoutId, lines } = cancelled;
    const { state } = await shop.wallets.readFresh(walletStream(userId), context.deadline);
    const cartOrder = cartOrderToTakeOut(state, orderId);
    if (cartOrder) await takeOut(shop, clock, userId, cartOrder, context);
    const occurredAt = instantOf(clock);
    await allOf(
      lines.map(({ productId, quantity }) => {
        const reservation = { reservationId: reservationId(checkoutId, productId), checkoutId, orderId, userId, quantity };
        return shop.products.execute(productStream(productId), { type: 'ReturnStock', productId, ...reservation, occurredAt }, context);
      }),
    );
  };

  return {
    sell: ({ checkoutId, orderId, lines }) => {
      for (const { productId } of lines) {
        const sales = salesOf(productId);
        sales.orders.set(reservationId(checkoutId, productId), orderId);
        if (sales.orders.size >= salesPerAppend) settleNow(productId, sales);
      }
      lastSale = clock.monotonic();
      arm();
    },
    checkoutBegan: () => {
      checkouts += 1;
    },
    checkoutEnded: () => {
      checkouts -= 1;
    },
    takeAlong: (productId) => {
      const sales = waiting.get(productId);
      if (sales && clock.monotonic() - sales.since >= settleEveryMs) settleNow(productId, sales);
    },
    giveBack: (cancelled, request) => {
      void followUps.run('returning stock', () => returnStock(cancelled, finishing.after(request)));
    },
    stop: async () => {
      stopping.abort();
      await followUps.idle();
    },
  };
};
