import { readVariables, wholeNumber, type Environment } from '@shop/http';
import { z } from 'zod';

const milliseconds = (standard: number) => wholeNumber(0).default(standard);
const count = (standard: number) => wholeNumber(1).default(standard);

/** Names are those of the environment. Milliseconds, where a name says so. */
export const projectorVariables = z.object({
  PROJECTOR_LINGER_MS: milliseconds(20).describe('how long a page of events grows while nobody waits for it'),
  PROJECTOR_BUSY_LINGER_MS: milliseconds(100).describe('the same where more than a thousand events a second come'),
  PROJECTOR_PAGE_EVENTS: count(5_000).describe('most events of a page'),
  PROJECTOR_RECENT_EVENTS: count(20_000).describe('recent events kept in memory for all read models'),
  PROJECTOR_WATCHDOG_MS: milliseconds(2_000).describe("silence after which the subscription is checked against the log's end"),
  PROJECTOR_POISON_TRIES: count(3).describe('tries of an event that cannot be applied before its stream is parked'),
  PROJECTOR_WRITE_ROUNDS: count(8).describe('tries of a batch where another writer was faster'),
  PROJECTOR_RETRY_FIRST_MS: milliseconds(50).describe('first wait after a failure'),
  PROJECTOR_RETRY_MOST_MS: milliseconds(5_000).describe('longest wait after failures'),
  PROJECTOR_LOOK_MS: milliseconds(1_000).describe('how often to look which generations serve'),
  REBUILD_BATCH_EVENTS: count(50_000).describe('events folded in memory before a rebuild writes'),
  REBUILD_DOCUMENTS_IN_MEMORY: count(200_000).describe('documents that a rebuild keeps in memory'),
  REBUILD_SWITCH_WAIT_MS: milliseconds(30_000).describe('how long a switch waits until the new generation has caught up'),
  ORDER_FEED_SOURCE: z.string().min(1).default('/orders').describe('source of the events in the feed'),
});

export type Settings = {
  readonly lingerMs: number;
  readonly busyLingerMs: number;
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
  const found = readVariables(projectorVariables, environment);
  return {
    lingerMs: found.PROJECTOR_LINGER_MS,
    busyLingerMs: found.PROJECTOR_BUSY_LINGER_MS,
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
