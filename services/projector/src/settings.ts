import { readVariables, wholeNumber, type Environment } from '@shop/http';
import { z } from 'zod';

const milliseconds = (standard: number) => wholeNumber(0).default(standard);
const count = (standard: number) => wholeNumber(1).default(standard);

const variables = z.object({
  /** How long a page of events may grow while nobody waits for it. */
  PROJECTOR_LINGER_MS: milliseconds(20),
  /** Most events of a page: also the most that one checkpoint passes at a time. */
  PROJECTOR_PAGE_EVENTS: count(1_000),
  /** Recent events kept for all projections of the process; who is further behind reads from the event store. */
  PROJECTOR_RECENT_EVENTS: count(20_000),
  /** Silence after which the subscription is compared with the head. */
  PROJECTOR_WATCHDOG_MS: milliseconds(2_000),
  /** Tries of an event that cannot be applied, before its stream is parked. */
  PROJECTOR_POISON_TRIES: count(3),
  /** Load, fold and write of one batch again where another writer was faster. */
  PROJECTOR_WRITE_ROUNDS: count(8),
  /** Waits after failures: any wait up to the first, doubled with each failure up to the second. */
  PROJECTOR_RETRY_FIRST_MS: milliseconds(50),
  PROJECTOR_RETRY_MOST_MS: milliseconds(5_000),
  /** How often to look which generations serve, and whether someone else went on where we stopped. */
  PROJECTOR_LOOK_MS: milliseconds(1_000),
  /** Events folded in memory before a rebuild writes them, and documents it keeps in memory. */
  REBUILD_BATCH_EVENTS: count(50_000),
  REBUILD_DOCUMENTS_IN_MEMORY: count(200_000),
  /** How long a switch waits for the generation to come to catch up with the serving one. */
  REBUILD_SWITCH_WAIT_MS: milliseconds(30_000),
  /** `source` of the events in the order feed: who speaks. */
  ORDER_FEED_SOURCE: z.string().min(1).default('/orders'),
});

export type Settings = {
  readonly lingerMs: number;
  readonly pageEvents: number;
  readonly recentEvents: number;
  readonly watchdogMs: number;
  readonly poisonTries: number;
  readonly writeRounds: number;
  readonly retry: { readonly firstMs: number; readonly mostMs: number };
  readonly lookMs: number;
  readonly rebuildBatchEvents: number;
  readonly rebuildDocumentsInMemory: number;
  readonly switchWaitMs: number;
  readonly orderFeedSource: string;
};

/** Settings by the environment; what is not there has its default. @throws SettingsError naming every variable that does not fit */
export const readSettings = (environment: Environment = {}): Settings => {
  const found = readVariables(variables, environment);
  return {
    lingerMs: found.PROJECTOR_LINGER_MS,
    pageEvents: found.PROJECTOR_PAGE_EVENTS,
    recentEvents: found.PROJECTOR_RECENT_EVENTS,
    watchdogMs: found.PROJECTOR_WATCHDOG_MS,
    poisonTries: found.PROJECTOR_POISON_TRIES,
    writeRounds: found.PROJECTOR_WRITE_ROUNDS,
    retry: { firstMs: found.PROJECTOR_RETRY_FIRST_MS, mostMs: found.PROJECTOR_RETRY_MOST_MS },
    lookMs: found.PROJECTOR_LOOK_MS,
    rebuildBatchEvents: found.REBUILD_BATCH_EVENTS,
    rebuildDocumentsInMemory: found.REBUILD_DOCUMENTS_IN_MEMORY,
    switchWaitMs: found.REBUILD_SWITCH_WAIT_MS,
    orderFeedSource: found.ORDER_FEED_SOURCE,
  };
};
