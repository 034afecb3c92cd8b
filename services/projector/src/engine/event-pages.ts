import { backOff, pacing, type Clock, type Random } from '@shop/clock';
import { laterOf, type EventStore, type Position } from '@shop/event-store';
import type { Logger } from 'pino';
import type { Settings } from '../settings.js';
import { history } from './history.js';
import { toLogEvent, type LogEvent, type ParseEvent } from './log-event.js';
import { recentEvents } from './recent-events.js';
import { untilAborted } from './until-aborted.js';

/** The log as pages of parsed events, for one reader. */
export type EventPages = {
  /**
   * The next events after a position, in log order; waits for one. None only when the signal is aborted.
   * Events may come again after a redelivery elsewhere, but never with a gap.
   * @throws EventStoreUnavailableError while the reader is behind and the store cannot be read
   */
  readonly next: (after: Position, signal: AbortSignal) => Promise<readonly LogEvent[]>;
  /** No page is kept in memory for this reader any longer. */
  readonly close: () => void;
};

/** What the process that owns the pages does with them: one subscription, whatever the number of readers. */
export type EventPageSource = {
  /** Pages stay in memory, as far as there is room, until every reader has asked for what comes after them. */
  readonly reader: () => EventPages;
  /** Somebody waits: pages start at once instead of growing, up to a position, or the next one where none is named. */
  readonly hurry: (until?: Position) => void;
  /** Whether `next` would answer without waiting for a new event. */
  readonly ready: (after: Position) => boolean;
  /** Events known after a position; undefined where it is too old to tell. */
  readonly eventsAfter: (position: Position) => number | undefined;
  /** How far the subscription has come; undefined until it stands. */
  readonly position: () => Position | undefined;
  /** Resolves when the subscription stands for the first time, or when `signal` is aborted. */
  readonly stands: (signal: AbortSignal) => Promise<void>;
  /** Follows the log until aborted. */
  readonly follow: (signal: AbortSignal) => Promise<void>;
};

export type EventPagesDependencies = {
  readonly eventStore: Pick<EventStore, 'readAll' | 'subscribe' | 'head'>;
  readonly parse: ParseEvent;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly settings: Settings;
};

export const eventPages = ({ eventStore, parse, clock, random, logger, settings }: EventPagesDependencies): EventPageSource => {
  const recent = recentEvents(settings.recentEvents);
  const older = history(eventStore, parse, settings.pageEvents);
  const readers = new Set<{ after: Position | undefined }>();
  const waiting = new Set<() => void>();
  let released: Position | undefined;
  let lingering = false;
  const nextAfter = pacing(clock, { quietMs: settings.lingerMs, busyMs: settings.busyLingerMs });
  let sinceRelease = 0; // events
  let lingerMs = settings.lingerMs;
  let hurryUntil: Position | undefined;
  let nextAtOnce = false;
  let dropSubscription: () => void = () => undefined;

  const release = () => {
    lingerMs = nextAfter(sinceRelease);
    sinceRelease = 0;
    released = recent.end();
    const woken = [...waiting];
    waiting.clear();
    for (const wake of woken) wake();
  };
  const nextRelease = (signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const wake = () => {
        waiting.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      waiting.add(wake);
      signal.addEventListener('abort', wake, { once: true });
    });

  const isHurried = (before: Position | undefined) => nextAtOnce || (hurryUntil !== undefined && (before ?? '') < hurryUntil);
  const arrived = (page: readonly LogEvent[], signal: AbortSignal) => {
    const before = recent.end();
    const added = recent.add(page);
    if (added === 0) return;
    sinceRelease += added;
    if (settings.lingerMs === 0 || isHurried(before)) {
      nextAtOnce = false;
      release();
    } else if (!lingering) {
      lingering = true;
      void clock.sleep(lingerMs, signal).then(() => {
        lingering = false;
        release();
      });
    }
  };

  const subscribe = async (signal: AbortSignal) => {
    if (recent.start() === undefined) {
      recent.begin(await eventStore.head());
      release();
    }
    for await (const page of untilAborted(eventStore.subscribe(recent.end() ?? '', signal), signal)) {
      arrived(
        page.map((recorded) => toLogEvent(parse, recorded)),
        signal,
      );
    }
  };
  /** However a subscription ends, it was dropped: the next one goes on after the last event that came. */
  const resubscribe = async (signal: AbortSignal) => {
    for (let failures = 0; !signal.aborted; failures += 1) {
      const subscription = new AbortController();
      const stop = () => subscription.abort();
      signal.addEventListener('abort', stop, { once: true });
      dropSubscription = stop;
      const from = recent.end();
      try {
        await subscribe(subscription.signal);
      } catch (error) {
        logger.warn({ err: error, position: recent.end() }, 'the subscription to the log was dropped');
      } finally {
        signal.removeEventListener('abort', stop);
        subscription.abort();
      }
      if (recent.end() !== from) failures = 0;
      await clock.sleep(backOff(random, failures, settings.retry), signal);
    }
  };
  /** A subscription may freeze without an error: silent for a while though the head is further, it is dropped. */
  const watch = async (signal: AbortSignal) => {
    while (!signal.aborted) {
      const seen = recent.end();
      await clock.sleep(settings.watchdogMs, signal);
      if (signal.aborted || seen === undefined || recent.end() !== seen) continue;
      try {
        const head = await eventStore.head();
        if (head <= seen || recent.end() !== seen) continue;
        logger.warn({ position: seen, head }, 'the subscription to the log is silent though the log has moved');
        dropSubscription();
      } catch (error) {
        logger.warn({ err: error }, 'the head of the log cannot be read');
      }
    }
  };

  const dropRead = () => {
    let upTo: Position | undefined;
    for (const { after } of readers) {
      if (after === undefined) return;
      if (upTo === undefined || after < upTo) upTo = after;
    }
    if (upTo !== undefined) recent.drop(upTo);
  };
  const next = async (from: Position, signal: AbortSignal): Promise<readonly LogEvent[]> => {
    while (!signal.aborted) {
      const start = recent.start();
      if (start !== undefined && from >= start) {
        const page = recent.take(from, released ?? start, settings.pageEvents);
        if (page.length > 0) return page;
        await nextRelease(signal);
        continue;
      }
      const page = await older.page(from);
      if (page.length > 0) return page;
      if (start === undefined) await nextRelease(signal);
      // An event stands at the start of the recent ones: a read that ends before it comes from a node of the store that is behind.
      else await clock.sleep(settings.retry.firstMs, signal);
    }
    return [];
  };

  return {
    reader: () => {
      const reader: { after: Position | undefined } = { after: undefined };
      readers.add(reader);
      return {
        next: (from, signal) => {
          reader.after = from;
          dropRead();
          return next(from, signal);
        },
        close: () => {
          readers.delete(reader);
          dropRead();
        },
      };
    },
    hurry: (until) => {
      if (until === undefined) nextAtOnce = true;
      else hurryUntil = hurryUntil === undefined ? until : laterOf(hurryUntil, until);
      if (recent.end() === released) return;
      nextAtOnce = false;
      release();
    },
    ready: (after) => released !== undefined && after < released,
    eventsAfter: (position) => {
      const start = recent.start();
      return start === undefined || position < start ? undefined : recent.countAfter(position);
    },
    position: recent.end,
    stands: async (signal) => {
      while (recent.start() === undefined && !signal.aborted) await nextRelease(signal);
    },
    follow: async (signal) => {
      await Promise.all([resubscribe(signal), watch(signal)]);
      await older.close();
    },
  };
};
