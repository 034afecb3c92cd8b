import type { Clock, Random } from '@shop/clock';
import type { EventStore, Position, RecordedEvent, Staging } from '@shop/event-store';
import {
  parseStored,
  UnknownEventError,
  type CartEvent,
  type ProductEvent,
  type ShopEvent,
  type StreamKind,
  type WalletEvent,
} from '@shop/events';
import type { BoundRoute } from '@shop/http';
import type { ReadStore } from '@shop/read-store';
import { Container, type ServiceIdentifier } from 'inversify';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import { answeringOn } from './answering.js';
import { cartSnapshot } from './cart/cart-snapshot.js';
import { cart } from './cart/cart.js';
import { cartRoutes } from './cart/routes.js';
import { storeProblem } from './faults.js';
import { cancel } from './order/cancel.js';
import { checkout } from './order/checkout.js';
import { dryRun } from './order/dry-run.js';
import { finishing, type Finishing } from './order/finishing.js';
import { followUps, type FollowUps } from './order/follow-ups.js';
import { paymentsIn, recentOrdersIn, type PaymentOf, type RecentOrdersOf } from './order/order-facts.js';
import { readingAhead } from './order/reading-ahead.js';
import { recovery } from './order/recovery.js';
import { orderRoutes } from './order/routes.js';
import { settlement, type Settlement } from './order/settlement.js';
import { sweeper, type Sweeper } from './order/sweeper.js';
import { productSnapshot } from './product/product-snapshot.js';
import { product } from './product/product.js';
import { productRoutes } from './product/routes.js';
import type { Settings } from './settings.js';
import type { Carts, Products, Shop, Wallets } from './shop.js';
import { walletRoutes } from './wallet/routes.js';
import { walletSnapshot } from './wallet/wallet-snapshot.js';
import { wallet } from './wallet/wallet.js';
import { writingMetrics } from './writing-metrics.js';
import { createAggregates, type AggregatesOptions } from './writing/aggregates.js';
import { ground, headOf, type Ground } from './writing/ground.js';
import type { WritingMetrics } from './writing/metrics.js';
import type { Fact } from './writing/stream-writer.js';

export type CommandApiDependencies = {
  readonly eventStore: EventStore;
  /** Of the event store, where it has one and nothing stands before it. */
  readonly staging?: Staging | undefined;
  readonly readStore: ReadStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly newId: () => string;
  readonly logger: Logger;
  readonly settings: Settings;
  readonly registry: Registry;
};

const token = <Type>(name: string): ServiceIdentifier<Type> => Symbol(name);

export const T = {
  EventStore: token<EventStore>('EventStore'),
  Ground: token<Ground>('Ground'),
  ReadStore: token<ReadStore>('ReadStore'),
  Clock: token<Clock>('Clock'),
  Random: token<Random>('Random'),
  NewId: token<() => string>('NewId'),
  Logger: token<Logger>('Logger'),
  Settings: token<Settings>('Settings'),
  Head: token<() => Promise<Position>>('Head'),
  WritingMetrics: token<WritingMetrics>('WritingMetrics'),
  Products: token<Products>('Products'),
  Wallets: token<Wallets>('Wallets'),
  Carts: token<Carts>('Carts'),
  Shop: token<Shop>('Shop'),
  PaymentOf: token<PaymentOf>('PaymentOf'),
  RecentOrdersOf: token<RecentOrdersOf>('RecentOrdersOf'),
  Finishing: token<Finishing>('Finishing'),
  FollowUps: token<FollowUps>('FollowUps'),
  Settlement: token<Settlement>('Settlement'),
  Sweeper: token<Sweeper>('Sweeper'),
  Routes: token<readonly BoundRoute[]>('Routes'),
} as const;

/** Stored events of one kind of stream; what a stream of another kind would hold is as unknown as a new type. */
const eventsOf =
  <Event extends ShopEvent>(kind: StreamKind, types: Readonly<Record<Event['type'], true>>) =>
  (stored: RecordedEvent): Event => {
    const event = parseStored(stored);
    const isOne = (candidate: ShopEvent): candidate is Event => Object.hasOwn(types, candidate.type);
    if (isOne(event)) return event;
    throw new UnknownEventError(`${event.type} does not belong to a ${kind}`);
  };

const productEvents = eventsOf<ProductEvent>('product', {
  ProductRegistered: true,
  ProductRepriced: true,
  ProductRenamed: true,
  ProductArchived: true,
  StockAdjusted: true,
  StockReserved: true,
  StockReleased: true,
  StockSold: true,
  StockReturned: true,
});
const walletEvents = eventsOf<WalletEvent>('wallet', { WalletCharged: true, OrderPaid: true, OrderCancelled: true, CheckoutVoided: true });
const cartEvents = eventsOf<CartEvent>('cart', {
  CartItemAdded: true,
  CartItemQuantityChanged: true,
  CartItemRemoved: true,
  CartCheckedOut: true,
});

type WritingTools = Pick<CommandApiDependencies, 'eventStore' | 'clock' | 'random' | 'newId' | 'logger' | 'settings'> & {
  readonly ground: Ground;
  readonly metrics: WritingMetrics;
};

const aggregates = <State, Command, Event extends Fact, Refusal>(
  { settings, ...tools }: WritingTools,
  slice: Pick<AggregatesOptions<State, Command, Event, Refusal>, 'kind' | 'decider' | 'codec' | 'parse'>,
  snapshotEvery = settings.SNAPSHOT_EVERY,
) => {
  const { QUEUE_LIMIT: queueLimit, CACHED_STREAMS: cachedStreams } = settings;
  return createAggregates({ ...tools, ...slice, settings: { queueLimit, cachedStreams, snapshotEvery } });
};

/**
 * A snapshot of a wallet holds all its orders, so it costs about as much for each event as the event itself, and few customers ever order
 * more often than is read in a moment without one.
 */
const walletSnapshotEvery = ({ SNAPSHOT_EVERY: snapshotEvery }: Settings): number => 2 * snapshotEvery;

const bindPorts = (container: Container, { registry, ...ports }: CommandApiDependencies): void => {
  container.bind(T.EventStore).toConstantValue(ports.eventStore);
  container.bind(T.Ground).toConstantValue(ground(ports.staging));
  container.bind(T.ReadStore).toConstantValue(ports.readStore);
  container.bind(T.Clock).toConstantValue(ports.clock);
  container.bind(T.Random).toConstantValue(ports.random);
  container.bind(T.NewId).toConstantValue(ports.newId);
  container.bind(T.Logger).toConstantValue(ports.logger);
  container.bind(T.Settings).toConstantValue(ports.settings);
  container.bind(T.WritingMetrics).toConstantValue(writingMetrics(registry));
};

const writingPorts = [T.EventStore, T.Ground, T.Clock, T.Random, T.NewId, T.Logger, T.Settings, T.WritingMetrics] as const;
const writingTools = (
  eventStore: EventStore,
  ground: Ground,
  clock: Clock,
  random: Random,
  newId: () => string,
  logger: Logger,
  settings: Settings,
  metrics: WritingMetrics,
): WritingTools => ({ eventStore, ground, clock, random, newId, logger, settings, metrics });
type WritingPorts = Parameters<typeof writingTools>;

const bindShop = (container: Container): void => {
  container
    .bind(T.Head)
    .toResolvedValue(
      (eventStore: EventStore, stood: Ground) => {
        const head = headOf(eventStore, stood);
        return () =>
          head().catch((fault: unknown) => {
            throw storeProblem(fault);
          });
      },
      [T.EventStore, T.Ground],
    )
    .inSingletonScope();
  container
    .bind(T.Products)
    .toResolvedValue(
      (...ports: WritingPorts) =>
        aggregates(writingTools(...ports), { kind: 'product', decider: product, codec: productSnapshot, parse: productEvents }),
      [...writingPorts],
    )
    .inSingletonScope();
  container
    .bind(T.Wallets)
    .toResolvedValue(
      (...ports: WritingPorts) => {
        const tools = writingTools(...ports);
        const slice = { kind: 'wallet', decider: wallet, codec: walletSnapshot, parse: walletEvents } as const;
        return aggregates(tools, slice, walletSnapshotEvery(tools.settings));
      },
      [...writingPorts],
    )
    .inSingletonScope();
  container
    .bind(T.Carts)
    .toResolvedValue(
      (...ports: WritingPorts) =>
        aggregates(writingTools(...ports), { kind: 'cart', decider: cart, codec: cartSnapshot, parse: cartEvents }),
      [...writingPorts],
    )
    .inSingletonScope();
  container
    .bind(T.Shop)
    .toResolvedValue(
      (products: Products, wallets: Wallets, carts: Carts): Shop => ({ products, wallets, carts }),
      [T.Products, T.Wallets, T.Carts],
    )
    .inSingletonScope();
};

const bindOrders = (container: Container): void => {
  container.bind(T.PaymentOf).toResolvedValue(paymentsIn, [T.EventStore, T.Ground]).inSingletonScope();
  container.bind(T.RecentOrdersOf).toResolvedValue(recentOrdersIn, [T.EventStore]).inSingletonScope();
  container
    .bind(T.Finishing)
    .toResolvedValue(
      (clock: Clock, stood: Ground, settings: Settings) => finishing(clock, stood, settings.RECOVERY_DEADLINE_MS),
      [T.Clock, T.Ground, T.Settings],
    )
    .inSingletonScope();
  container.bind(T.FollowUps).toResolvedValue(followUps, [T.Logger]).inSingletonScope();
  container
    .bind(T.Settlement)
    .toResolvedValue(
      (shop: Shop, clock: Clock, newId: () => string, stood: Ground, finish: Finishing, after: FollowUps, settings: Settings) =>
        settlement({ shop, clock, newId, ground: stood, finishing: finish, followUps: after, settleEveryMs: settings.SETTLE_EVERY_MS }),
      [T.Shop, T.Clock, T.NewId, T.Ground, T.Finishing, T.FollowUps, T.Settings],
    )
    .inSingletonScope();
  container
    .bind(T.Sweeper)
    .toResolvedValue(
      (
        eventStore: EventStore,
        readStore: ReadStore,
        shop: Shop,
        recentOrdersOf: RecentOrdersOf,
        finish: Finishing,
        clock: Clock,
        newId: () => string,
        logger: Logger,
        settings: Settings,
      ) =>
        sweeper({
          eventStore,
          readStore,
          recovery: recovery({ shop, clock, recentOrdersOf }),
          finishing: finish,
          readAhead: readingAhead(eventStore, shop.products, clock),
          clock,
          newId,
          logger,
          sweepAfterMs: settings.SWEEP_AFTER_MS,
          sweepEveryMs: settings.SWEEP_EVERY_MS,
          retryMs: settings.SWEEP_RETRY_MS,
          startWaitMs: settings.SWEEP_START_WAIT_MS,
        }),
      [T.EventStore, T.ReadStore, T.Shop, T.RecentOrdersOf, T.Finishing, T.Clock, T.NewId, T.Logger, T.Settings],
    )
    .inSingletonScope();
};

const bindRoutes = (container: Container): void => {
  container
    .bind(T.Routes)
    .toResolvedValue(
      (
        stood: Ground,
        shop: Shop,
        clock: Clock,
        random: Random,
        newId: () => string,
        head: () => Promise<Position>,
        paymentOf: PaymentOf,
        settle: Settlement,
        finish: Finishing,
        after: FollowUps,
        settings: Settings,
      ) => {
        const bind = answeringOn(stood);
        const ports = { shop, clock, random, newId, head, paymentOf, settlement: settle, finishing: finish, followUps: after };
        return [
          ...walletRoutes(bind, shop.wallets, clock, newId),
          ...productRoutes(bind, shop.products, clock, newId),
          ...orderRoutes({
            bind,
            checkout: checkout({ ...ports, releaseMs: settings.CHECKOUT_RELEASE_MS, cartAnswerWaitMs: settings.CART_ANSWER_WAIT_MS }),
            cancel: cancel({ ...ports, wallets: shop.wallets, windowHours: settings.CANCEL_WINDOW_HOURS }),
            dryRun: dryRun(shop, head, newId),
            newId,
          }),
          ...cartRoutes({ bind, shop, head, clock, newId }),
        ];
      },
      [T.Ground, T.Shop, T.Clock, T.Random, T.NewId, T.Head, T.PaymentOf, T.Settlement, T.Finishing, T.FollowUps, T.Settings],
    )
    .inSingletonScope();
};

/** The one place where the parts of this service meet. */
export const buildContainer = (dependencies: CommandApiDependencies): Container => {
  const container = new Container();
  bindPorts(container, dependencies);
  bindShop(container);
  bindOrders(container);
  bindRoutes(container);
  return container;
};
