import type { Clock, Random } from '@shop/clock';
import type { EventStore, Staging } from '@shop/event-store';
import { parseStored, type ShopEvent } from '@shop/events';
import type { ReadStore, ToDoEntry } from '@shop/read-store';
import { openEmbeddedReadStore } from '@shop/read-store/embedded';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import type { CartCommand } from '../cart/cart.js';
import { buildContainer, T } from '../container.js';
import { hashOf, orderIdFor } from '../idempotency.js';
import { cancel } from '../order/cancel.js';
import { checkout } from '../order/checkout.js';
import { orderRequestHash, sumLines, type BasketLine, type OrderRequest } from '../order/order-request.js';
import { recovery, type DueEntry } from '../order/recovery.js';
import { settlement } from '../order/settlement.js';
import { byProduct, byWallet } from '../order/to-do-list.js';
import type { ProductCommand } from '../product/product.js';
import { readSettings } from '../settings.js';
import type { Shop } from '../shop.js';
import type { WalletCommand } from '../wallet/wallet.js';
import type { Aggregates, CommandContext } from '../writing/execute.js';

export type ShopCommand = ProductCommand | WalletCommand | CartCommand;
export type Recorded = { readonly stream: string; readonly command: ShopCommand };
/** Runs before a command is taken: to change the shop just then, or to throw what the command should come to. */
export type Interruption = (recorded: Recorded) => Promise<void> | void;

export type ProcessOptions = {
  readonly eventStore: EventStore;
  readonly staging?: Staging | undefined;
  readonly clock: Clock;
  readonly random?: Random;
  readonly name?: string;
  readonly readStore?: ReadStore;
  readonly before?: Interruption;
  readonly after?: Interruption;
  readonly settings?: Readonly<Record<string, string>>;
};

/** Ids that say who made them, in order. */
export const countingIds = (name: string): (() => string) => {
  let made = 0;
  return () => `${name}-${(made += 1)}`;
};

/** Records what is asked of the streams of one kind. */
const recording = <State, Command extends ShopCommand, Event, Refusal>(
  aggregates: Aggregates<State, Command, Event, Refusal>,
  { before, after }: Pick<ProcessOptions, 'before' | 'after'>,
  recorded: Recorded[],
): Aggregates<State, Command, Event, Refusal> => ({
  ...aggregates,
  execute: async (stream, command, context) => {
    recorded.push({ stream, command });
    await before?.({ stream, command });
    const result = await aggregates.execute(stream, command, context);
    await after?.({ stream, command });
    return result;
  },
});

export type PlaceOptions = { readonly key?: string; readonly expectedTotal?: number; readonly withinMs?: number };

/** One command-api without HTTP, on a store it may share with others. What it asks of the streams is recorded. */
export const shopProcess = async (options: ProcessOptions) => {
  const { eventStore, clock, random = () => 0.5, name = 'id', before, after } = options;
  const newId = countingIds(name);
  const readStore = options.readStore ?? (await openEmbeddedReadStore({ inMemory: true, clock }));
  const settings = readSettings(options.settings ?? {});
  const container = buildContainer({
    eventStore,
    staging: options.staging,
    readStore,
    clock,
    random,
    newId,
    settings,
    logger: pino({ level: 'silent' }),
    registry: new Registry(),
  });
  const recorded: Recorded[] = [];
  const plain = container.get(T.Shop);
  const hooks = { ...(before && { before }), ...(after && { after }) };
  const shop: Shop = {
    products: recording(plain.products, hooks, recorded),
    wallets: recording(plain.wallets, hooks, recorded),
    carts: recording(plain.carts, hooks, recorded),
  };
  const finishing = container.get(T.Finishing);
  const followUps = container.get(T.FollowUps);
  const ground = container.get(T.Ground);
  const paymentOf = container.get(T.PaymentOf);
  const settle = settlement({ shop, clock, newId, ground, finishing, followUps, settleEveryMs: settings.SETTLE_EVERY_MS });
  const ports = { shop, clock, random, newId, paymentOf, finishing, followUps, settlement: settle, head: container.get(T.Head) };
  const checkOut = checkout({ ...ports, releaseMs: settings.CHECKOUT_RELEASE_MS, cartAnswerWaitMs: settings.CART_ANSWER_WAIT_MS });
  const cancelOrder = cancel({ ...ports, wallets: shop.wallets, windowHours: settings.CANCEL_WINDOW_HOURS });
  const recovering = recovery({ shop, clock, recentOrdersOf: container.get(T.RecentOrdersOf) });

  const context = (withinMs = 10_000): CommandContext => ({
    correlationId: `${name}-request`,
    causationId: `${name}-request`,
    actor: 'test',
    deadline: clock.monotonic() + withinMs,
    origin: 'client',
    footing: ground.stand(),
  });
  const occurredAt = () => clock.now().toISOString();

  const place = async (userId: string, source: OrderRequest['source'], { key, expectedTotal, withinMs }: PlaceOptions) => {
    const orderId = orderIdFor({ userId, caller: userId, ...(key !== undefined && { idempotencyKey: key }) }, newId);
    const requestHash = orderRequestHash(source, expectedTotal);
    return checkOut({ userId, orderId, requestHash, expectedTotal, source }, context(withinMs));
  };

  return {
    shop,
    recorded,
    clock,
    sweeper: container.get(T.Sweeper),
    register: async (productId: string, { price = 1_000, stock = 10 } = {}) =>
      plain.products.execute(
        `product-${productId}`,
        {
          type: 'RegisterProduct',
          productId,
          registrationId: `registration of ${productId}`,
          requestHash: hashOf(productId),
          name: `Product ${productId}`,
          price,
          stock,
          occurredAt: occurredAt(),
        },
        context(),
      ),
    charge: async (userId: string, amount: number) =>
      plain.wallets.execute(
        `wallet-${userId}`,
        { type: 'ChargeWallet', userId, chargeId: newId(), requestHash: hashOf(amount), amount, occurredAt: occurredAt() },
        context(),
      ),
    addToCart: async (userId: string, productId: string, quantity = 1) =>
      plain.carts.execute(
        `cart-${userId}`,
        {
          type: 'AddCartItem',
          userId,
          additionId: newId(),
          requestHash: hashOf(productId, quantity),
          itemId: newId(),
          productId,
          name: `Product ${productId}`,
          price: 1_000,
          quantity,
          occurredAt: occurredAt(),
        },
        context(),
      ),
    tell: {
      product: async (productId: string, command: ProductCommand) => plain.products.execute(`product-${productId}`, command, context()),
      wallet: async (userId: string, command: WalletCommand) => plain.wallets.execute(`wallet-${userId}`, command, context()),
      cart: async (userId: string, command: CartCommand) => plain.carts.execute(`cart-${userId}`, command, context()),
    },
    placeOrder: (userId: string, lines: readonly BasketLine[], given: PlaceOptions = {}) =>
      place(userId, { from: 'lines', lines: sumLines(lines) }, given),
    checkOutCart: (
      userId: string,
      { itemIds, ifMatch, ...given }: PlaceOptions & { readonly itemIds?: readonly string[]; readonly ifMatch?: number } = {},
    ) => place(userId, { from: 'cart', itemIds, ifMatch }, given),
    cancelOrder: (userId: string, orderId: string, reason: string | null = null) => cancelOrder({ userId, orderId, reason }, context()),
    /** Everything that goes on after the answers. */
    settled: async () => {
      await settle.stop();
      await ground.staging?.settled();
    },
    /** What the sweeper does with these entries. */
    recover: async (entries: readonly DueEntry[]) => {
      const footing = finishing.stand();
      const sweeping = () => finishing.as('system:sweeper', `${name}-sweep`, name, footing);
      for (const wallet of byWallet(entries)) {
        const orders = await recovering.lookAt(wallet, sweeping());
        for (const checkout of wallet.checkouts)
          for (const sale of byProduct(await recovering.recover(checkout, orders, sweeping()))) await recovering.sell(sale, sweeping());
      }
    },
    stock: async (productId: string) => (await plain.products.readFresh(`product-${productId}`, Infinity)).state.available,
    openReservations: async (productId: string) =>
      [...(await plain.products.readFresh(`product-${productId}`, Infinity)).state.open].length,
    balance: async (userId: string) => (await plain.wallets.readFresh(`wallet-${userId}`, Infinity)).state.balance,
    cartLines: async (userId: string) =>
      [...(await plain.carts.readFresh(`cart-${userId}`, Infinity)).state.lines].map(([, { productId, quantity }]) => [
        productId,
        quantity,
      ]),
  };
};
export type ShopProcess = Awaited<ReturnType<typeof shopProcess>>;

export const eventsIn = async (eventStore: EventStore, isWanted: (event: ShopEvent) => boolean = () => true): Promise<ShopEvent[]> => {
  const events: ShopEvent[] = [];
  for await (const page of eventStore.readAll('0'.repeat(16))) events.push(...page.map((stored) => parseStored(stored)).filter(isWanted));
  return events;
};

const openedBy = (event: ShopEvent): DueEntry[] => {
  if (event.type === 'StockReserved') {
    const { productId, reservationId, checkoutId, orderId, userId, quantity, occurredAt: since } = event.data;
    return [{ kind: 'open-reservation', productId, reservationId, checkoutId, orderId, userId, quantity, since }];
  }
  if (event.type !== 'OrderCancelled') return [];
  const { checkoutId, orderId, userId, lines, occurredAt: since } = event.data;
  return lines.map(({ productId, quantity }) => {
    const reservationId = `${checkoutId}:${productId}`;
    return { kind: 'return-due', productId, reservationId, checkoutId, orderId, userId, quantity, since };
  });
};
const closedBy = (event: ShopEvent): readonly { readonly kind: ToDoEntry['kind']; readonly reservationId: string }[] => {
  if (event.type === 'StockSold') return event.data.reservations.map(({ reservationId }) => ({ kind: 'open-reservation', reservationId }));
  if (event.type !== 'StockReleased' && event.type !== 'StockReturned') return [];
  const { reservationId } = event.data;
  const open = { kind: 'open-reservation', reservationId } as const;
  return event.type === 'StockReleased' ? [open] : [open, { kind: 'return-due', reservationId }];
};

/** What is still to be done, by the log itself: open reservations, and lines of cancelled orders that did not come back. */
export const toDoIn = async (eventStore: EventStore): Promise<readonly DueEntry[]> => {
  const due = new Map<string, DueEntry>();
  for (const event of await eventsIn(eventStore)) {
    for (const entry of openedBy(event)) due.set(`${entry.kind} ${entry.reservationId}`, entry);
    for (const { kind, reservationId } of closedBy(event)) due.delete(`${kind} ${reservationId}`);
  }
  return [...due.values()];
};
