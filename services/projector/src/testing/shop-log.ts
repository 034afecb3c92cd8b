import { noStream, type EventStore, type NewEvent, type Position } from '@shop/event-store';
import { openEmbeddedEventStore } from '@shop/event-store/embedded';
import { cartStream, productStream, reservationId, walletStream } from '@shop/events';

const hash = 'a'.repeat(64);
const occurredAt = '2026-01-05T03:04:05.678Z';

export type ShopLog = {
  readonly eventStore: EventStore;
  /** Any event of any shape, known or not; answers where it stands. */
  readonly write: (stream: string, type: string, data: object, version?: number) => Promise<Position>;
  readonly charged: (userId: string, balance: number) => Promise<Position>;
  readonly paid: (userId: string, orderId: string, productId: string, quantity: number, balance: number) => Promise<Position>;
  readonly registered: (productId: string, available: number) => Promise<Position>;
  readonly reserved: (productId: string, orderId: string, quantity: number, available: number) => Promise<Position>;
  readonly removedFromCart: (userId: string) => Promise<Position>;
};

/** A log in memory, written as the shop would write it, in fixed data. */
export const openShopLog = async (): Promise<ShopLog> => {
  const eventStore = await openEmbeddedEventStore({ inMemory: true });
  const revisions = new Map<string, number>();
  const write: ShopLog['write'] = async (stream, type, data, version = 1) => {
    const revision = revisions.get(stream) ?? noStream;
    const metadata = { version, correlationId: 'test', causationId: 'test' };
    const event: NewEvent = { id: `${stream}-${revision + 1}`, type, data, metadata };
    const result = await eventStore.append(stream, revision, [event]);
    if (result.outcome !== 'ok') throw new Error(`the test's log is not as the test thinks: ${result.outcome}`);
    revisions.set(stream, result.revision);
    return result.position;
  };
  const checkoutOf = (orderId: string) => `checkout-${orderId}`;
  return {
    eventStore,
    write,
    charged: (userId, balance) =>
      write(walletStream(userId), 'WalletCharged', {
        userId,
        chargeId: `charge-${balance}`,
        requestHash: hash,
        amount: 1_000,
        balance,
        occurredAt,
      }),
    paid: (userId, orderId, productId, quantity, balance) =>
      write(walletStream(userId), 'OrderPaid', {
        userId,
        orderId,
        checkoutId: checkoutOf(orderId),
        requestHash: hash,
        lines: [{ productId, name: 'Mug', unitPrice: 500, quantity }],
        totalAmount: 500 * quantity,
        balance,
        occurredAt,
      }),
    registered: (productId, available) =>
      write(productStream(productId), 'ProductRegistered', {
        productId,
        registrationId: `registration-${productId}`,
        requestHash: hash,
        revision: 1,
        name: 'Mug',
        price: 500,
        available,
        occurredAt,
      }),
    reserved: (productId, orderId, quantity, available) =>
      write(productStream(productId), 'StockReserved', {
        productId,
        reservationId: reservationId(checkoutOf(orderId), productId),
        checkoutId: checkoutOf(orderId),
        orderId,
        userId: 'kim',
        name: 'Mug',
        unitPrice: 500,
        quantity,
        available,
        occurredAt,
      }),
    removedFromCart: (userId) => write(cartStream(userId), 'CartItemRemoved', { userId, itemId: 'item-1', productId: 'mug', occurredAt }),
  };
};
