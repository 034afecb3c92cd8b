import { backOff, type Clock, type Random } from '@shop/clock';
import { beginning, type Position } from '@shop/event-store';
import { streamKind, type OrderFeedEvent } from '@shop/events';
import { stateCollections, type Checkpoint, type ReadStore, type Stored } from '@shop/read-store';
import type { Logger } from 'pino';
import type { EventPages, EventPageSource } from '../engine/event-pages.js';
import type { LogEvent } from '../engine/log-event.js';
import type { OrderFeed } from './order-feed.js';
import { toFeedEvent } from './to-feed-event.js';

/** How the feed is doing, for metrics and operators. */
export type RelayState = {
  /** `retrying`: the feed, the log or the read store cannot be reached. `stopped`: an event cannot be sent, and none is ever skipped. */
  readonly status: 'starting' | 'following' | 'retrying' | 'stopped';
  /** Everything up to here was acknowledged by the feed. */
  readonly position: Position;
  /** Events sent and acknowledged since this process started. */
  readonly published: number;
  /** Events of the log that still wait, of whatever type; undefined where they are too many to tell. */
  readonly lag: number | undefined;
  /** Why it does not go on. */
  readonly reason: string | null;
};

export type OrderFeedRelay = {
  /** Follows the log until aborted or stopped by an event that cannot be sent; what was begun is finished first. Never rejects. */
  readonly run: (signal: AbortSignal) => Promise<void>;
  readonly state: () => RelayState;
};

export type OrderFeedRelayDependencies = {
  readonly pages: Pick<EventPageSource, 'reader' | 'eventsAfter'>;
  readonly feed: OrderFeed;
  readonly readStore: Pick<ReadStore, 'load' | 'write'>;
  /** `source` of every event: who speaks. */
  readonly source: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly retry: { readonly firstMs: number; readonly mostMs: number };
  readonly logger: Pick<Logger, 'info' | 'warn' | 'error'>;
};

/** Id of the relay's checkpoint in the collection of checkpoints. */
export const orderFeedCheckpoint = 'order-feed';

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error)).slice(0, 500);

type Batch = {
  readonly events: readonly OrderFeedEvent[];
  /** Everything up to here is in the batch or of no interest. */
  readonly through: Position;
  /** How many events of the log that is. */
  readonly passed: number;
  /** What comes next cannot be sent. */
  readonly obstacle: string | undefined;
};

/** The events of a page to be sent, up to the first that cannot be. An unknown one matters only where payments and cancellations are. */
export const batchOf = (page: readonly LogEvent[], after: Position, source: string): Batch => {
  const events: OrderFeedEvent[] = [];
  let through = after;
  let passed = 0;
  for (const { recorded, event, error } of page) {
    try {
      if (error && streamKind(recorded.stream) === 'wallet') throw error;
      const feedEvent = event && toFeedEvent(source, recorded, event);
      if (feedEvent) events.push(feedEvent);
    } catch (fault) {
      return { events, through, passed, obstacle: `${recorded.stream}/${recorded.revision}: ${reasonOf(fault)}` };
    }
    through = recorded.position;
    passed += 1;
  }
  return { events, through, passed, obstacle: undefined };
};

const checkpointAt = (eventsDone: number): Checkpoint => ({
  projection: orderFeedCheckpoint,
  version: 1,
  generation: 1,
  state: 'following',
  eventsDone,
  reason: null,
});

/** Sends paid and cancelled orders to the feed, in the order of the log: the log is the outbox, and only what was acknowledged is checked off. */
export const orderFeedRelay = (dependencies: OrderFeedRelayDependencies): OrderFeedRelay => {
  const { pages, feed, readStore, source, clock, random, retry, logger } = dependencies;
  let status: RelayState['status'] = 'starting';
  let reason: string | null = null;
  let published = 0;
  /** What stands in the read store; undefined until it was loaded, null where there is none yet. */
  let saved: Stored<Checkpoint> | null | undefined;
  let position = beginning;
  let eventsDone = 0;

  const load = async (): Promise<void> => {
    saved = (await readStore.load<Checkpoint>(stateCollections.checkpoints, [orderFeedCheckpoint])).get(orderFeedCheckpoint) ?? null;
    if (saved && saved.guard > position) {
      position = saved.guard;
      eventsDone = saved.document.eventsDone;
    }
  };
  /** Only after the feed has acknowledged. Never moves back: where another relay was faster, its checkpoint counts. */
  const save = async (): Promise<void> => {
    const checkpoint = { id: orderFeedCheckpoint, guard: position, document: checkpointAt(eventsDone) };
    const applied = await readStore.write(stateCollections.checkpoints, [{ ...checkpoint, from: saved?.guard ?? null }]);
    if (applied === 1) saved = checkpoint;
    else await load();
  };
  const isSaved = () => saved !== undefined && (saved?.guard ?? beginning) >= position;

  const step = async (reader: EventPages, signal: AbortSignal): Promise<void> => {
    if (saved === undefined) await load();
    while (!isSaved()) await save();
    const page = await reader.next(position, signal);
    const { events, through, passed, obstacle } = batchOf(page, position, source);
    if (events.length > 0) await feed.publish(events);
    published += events.length;
    position = through;
    eventsDone += passed;
    status = 'following';
    reason = null;
    if (!isSaved()) await save();
    if (obstacle === undefined) return;
    status = 'stopped';
    reason = obstacle;
    logger.error({ reason, position }, 'the order feed has stopped at an event that cannot be sent');
  };
  const isStopped = () => status === 'stopped';

  return {
    run: async (signal) => {
      const reader = pages.reader();
      for (let failures = 0; !signal.aborted && !isStopped();) {
        try {
          await step(reader, signal);
          failures = 0;
        } catch (error) {
          status = 'retrying';
          reason = reasonOf(error);
          if (failures === 0) logger.warn({ err: error, position }, 'the order feed waits');
          await clock.sleep(backOff(random, failures, retry), signal);
          failures += 1;
        }
      }
      reader.close();
    },
    state: () => ({ status, position, published, lag: pages.eventsAfter(position), reason }),
  };
};
