import type { Clock } from '@shop/clock';
import { EventStoreUnavailableError, type RecordedEvent } from '../event-store.js';
import { beginning, laterOf, type Position } from '../position.js';
import { NoAnswerError } from './call-failure.js';
import { liveTail, type LiveTail } from './live-tail.js';
import { slots } from './slots.js';
import type { Subscribe } from './subscription.js';

type LiveLogOptions = {
  readonly subscribe: Subscribe;
  /** Where the shop's last event stands, roughly now. */
  readonly lastPosition: () => Promise<Position>;
  readonly clock: Clock;
  readonly silenceMs: number;
  /** The live subscription was silent though the log has moved. */
  readonly onSilence: (error: NoAnswerError) => void;
};

const mostCatchingUp = 4;

type Live = {
  readonly started: Promise<LiveTail>;
  readonly stop: AbortController;
  followers: number;
  dropped?: Error;
  /** How far the log reaches, as others have seen. */
  due: Position;
  watched: boolean;
};

/** One live subscription for the whole process. Who is behind has one of its own until it has caught up, four of them at most. */
export const liveLog = ({ subscribe, lastPosition, clock, silenceMs, onSilence }: LiveLogOptions) => {
  const catchingUp = slots(mostCatchingUp);
  let live: Live | undefined;
  let tail: LiveTail | undefined;

  const drop = (dropped: Live, error: Error): void => {
    dropped.dropped ??= error;
    dropped.stop.abort();
    if (live !== dropped) return;
    live = undefined;
    tail?.wake();
    tail = undefined;
  };

  const follow = async (following: Live, started: LiveTail): Promise<void> => {
    try {
      for await (const page of subscribe(started.last(), following.stop.signal)) started.add(page);
      drop(following, new EventStoreUnavailableError('nobody follows the log any more'));
    } catch (error) {
      drop(following, error instanceof Error ? error : new Error(String(error)));
    }
  };

  const begin = (): Live => {
    const start = async (): Promise<LiveTail> => {
      const begun = liveTail(await lastPosition());
      if (live === begins) tail = begun;
      void follow(begins, begun);
      return begun;
    };
    const begins: Live = {
      started: Promise.resolve().then(start),
      stop: new AbortController(),
      followers: 0,
      due: beginning,
      watched: false,
    };
    begins.started.catch((error: unknown) => drop(begins, error instanceof Error ? error : new Error(String(error))));
    return begins;
  };

  const watch = async (watched: Live, shared: LiveTail): Promise<void> => {
    watched.watched = true;
    while (shared.last() < watched.due && !watched.stop.signal.aborted) {
      const { due } = watched;
      await clock.sleep(silenceMs, watched.stop.signal);
      if (shared.last() >= due || watched.stop.signal.aborted) continue;
      const error = new NoAnswerError(`the live subscription was silent for ${silenceMs} ms though the log has moved`);
      onSilence(error);
      drop(watched, new EventStoreUnavailableError(error.message, { cause: error }));
    }
    watched.watched = false;
  };

  /** Until the live log has what comes next. More must come: the live log stands further on. */
  const catchUp = async function* (after: Position, shared: LiveTail, signal: AbortSignal) {
    await catchingUp.take();
    const own = new AbortController();
    const stop = () => own.abort();
    signal.addEventListener('abort', stop, { once: true });
    const pages = subscribe(after, own.signal);
    try {
      for (let last = after; shared.after(last) === undefined && !signal.aborted;) {
        const page = await nextInTime(pages);
        if (!page) return;
        yield page;
        last = page.at(-1)?.position ?? last;
      }
    } finally {
      signal.removeEventListener('abort', stop);
      own.abort();
      catchingUp.give();
    }
  };
  const nextInTime = async (pages: ReturnType<Subscribe>): Promise<readonly RecordedEvent[] | undefined> => {
    const done = new AbortController();
    const silent = clock.sleep(silenceMs, done.signal).then(() => 'silent' as const);
    const next = pages.next();
    next.catch(() => undefined);
    const result = await Promise.race([next, silent]);
    done.abort();
    if (result !== 'silent') return result.done ? undefined : result.value;
    const error = new NoAnswerError(`a subscription that catches up was silent for ${silenceMs} ms`);
    onSilence(error);
    throw new EventStoreUnavailableError(error.message, { cause: error });
  };

  return {
    subscribe: async function* (after: Position, signal: AbortSignal): AsyncGenerator<readonly RecordedEvent[], void, undefined> {
      if (signal.aborted) return;
      const joined = (live ??= begin());
      joined.followers += 1;
      try {
        const shared = await joined.started.catch((error: unknown) => {
          if (signal.aborted) return undefined;
          throw error;
        });
        if (!shared) return;
        for (let last = after; !signal.aborted;) {
          const page = shared.after(last);
          if (page === undefined) {
            for await (const older of catchUp(last, shared, signal)) {
              last = older.at(-1)?.position ?? last;
              yield older;
              if (signal.aborted) return;
            }
          } else if (page.length > 0) {
            last = page.at(-1)?.position ?? last;
            yield page;
          } else if (joined.dropped) throw joined.dropped;
          else await shared.next(signal);
        }
      } finally {
        joined.followers -= 1;
        if (joined.followers === 0) drop(joined, new EventStoreUnavailableError('nobody follows the log any more'));
      }
    },
    /** The log reaches at least so far: a live subscription that does not show it in time is frozen. */
    reached: (position: Position): void => {
      if (!live || !tail || tail.last() >= position) return;
      live.due = laterOf(live.due, position);
      if (!live.watched) void watch(live, tail);
    },
    close: () => {
      if (live) drop(live, new EventStoreUnavailableError('the event store is closed'));
    },
  };
};
