import type { OrderFeedEvent } from '@shop/events';

/** The way to the data platform. Every adapter passes `orderFeedContract`. */
export type OrderFeed = {
  /**
   * Sends events in this order, after all that were sent before; one call at a time. Resolves when all of them are stored.
   * A rejection says nothing about any of them: send them again, as they are. Whoever reads the feed drops repeats by `id`.
   */
  readonly publish: (events: readonly OrderFeedEvent[]) => Promise<void>;
  readonly close: () => Promise<void>;
};
