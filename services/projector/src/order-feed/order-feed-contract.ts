import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { OrderFeedEvent } from '@shop/events';
import type { OrderFeed } from './order-feed.js';

export type OpenedOrderFeed = {
  readonly feed: OrderFeed;
  /** What a reader of the feed gets from its beginning, in order. */
  readonly received: () => Promise<readonly OrderFeedEvent[]>;
  /** The same feed after a restart of the process that sends. */
  readonly reopen: () => Promise<OrderFeed>;
  readonly close: () => Promise<void>;
};
export type OrderFeedUnderTest = {
  /** An empty feed. */
  readonly open: () => Promise<OpenedOrderFeed>;
  /** Why it cannot run here. */
  readonly absent?: string | undefined;
};

const item = { productId: 'p1', name: '머그컵 "큰" ☕\n', unitPrice: 12_000, quantity: 2, subtotal: 24_000 };
const paidAt = '2026-01-05T03:04:05.678Z';

const attributes = (number: number, orderId: string) =>
  ({
    specversion: '1.0',
    id: `event-${number}`,
    source: '/orders',
    subject: orderId,
    time: paidAt,
    datacontenttype: 'application/json',
    sequence: String(number).padStart(16, '0'),
  }) as const;
const order = (orderId: string) => ({ orderId, userId: 'u1', items: [item], currency: 'KRW' as const, paidAt });
const paid = (number: number, orderId = `order-${number}`): OrderFeedEvent => ({
  ...attributes(number, orderId),
  type: 'order.paid.v1',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  data: { ...order(orderId), totalAmount: 24_000 },
});
const cancelled = (number: number, orderId: string): OrderFeedEvent => ({
  ...attributes(number, orderId),
  type: 'order.cancelled.v1',
  data: { ...order(orderId), refundAmount: 24_000, reason: null, cancelledAt: paidAt },
});

/** What every way to the data platform does. */
export const orderFeedContract = (name: string, { open, absent }: OrderFeedUnderTest): void => {
  if (absent !== undefined) {
    describe.skip(`${name} feeds the data platform (SKIPPED: ${absent})`, () => it('is not here', () => undefined));
    return;
  }
  describe(`${name} feeds the data platform`, () => {
    let opened: OpenedOrderFeed;
    beforeEach(async () => {
      opened = await open();
    });
    afterEach(() => opened.close());

    it('has every event whole once it is acknowledged, in the order sent', async () => {
      const events = [paid(1), paid(2), cancelled(3, 'order-1'), paid(4)];
      await opened.feed.publish(events);
      expect(await opened.received()).toEqual(events);
    });

    it('keeps the order of batches, and of the events of one order', async () => {
      await opened.feed.publish([paid(1, 'a'), paid(2, 'b')]);
      await opened.feed.publish([cancelled(3, 'b')]);
      await opened.feed.publish([paid(4, 'c'), cancelled(5, 'a')]);
      const received = await opened.received();
      expect(received.map(({ id }) => id)).toEqual(['event-1', 'event-2', 'event-3', 'event-4', 'event-5']);
      expect(received.filter(({ subject }) => subject === 'b').map(({ type }) => type)).toEqual(['order.paid.v1', 'order.cancelled.v1']);
    });

    it('takes a repeat as it is, so that readers know it by its id', async () => {
      await opened.feed.publish([paid(1), paid(2)]);
      await opened.feed.publish([paid(1), paid(2)]);
      const received = await opened.received();
      expect(new Map(received.map((event) => [event.id, event]))).toEqual(new Map([paid(1), paid(2)].map((event) => [event.id, event])));
    });

    it('sends nothing for nothing', async () => {
      await opened.feed.publish([]);
      expect(await opened.received()).toEqual([]);
    });

    it('goes on after a restart behind what was there', async () => {
      await opened.feed.publish([paid(1)]);
      await opened.feed.close();
      const again = await opened.reopen();
      await again.publish([cancelled(2, 'order-1')]);
      expect(await opened.received()).toEqual([paid(1), cancelled(2, 'order-1')]);
      await again.close();
    });

    it('takes large batches whole', async () => {
      const events = Array.from({ length: 1_000 }, (_, index) => paid(index));
      await opened.feed.publish(events);
      expect(await opened.received()).toEqual(events);
    });

    it('acknowledges nothing after it was closed', async () => {
      await opened.feed.close();
      await expect(opened.feed.publish([paid(1)])).rejects.toThrow();
      expect(await opened.received()).toEqual([]);
    });
  });
};
