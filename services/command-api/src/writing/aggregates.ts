import { backOff } from '@shop/clock';
import { EventStoreUnavailableError } from '@shop/event-store';
import { Problem } from '@shop/http';
import { committedState, type Committed } from './committed-state.js';
import { deadlineWatch, type Waiting } from './deadline-watch.js';
import type { Aggregates } from './execute.js';
import { oneAtATime } from './one-at-a-time.js';
import { streamWriter, type Fact, type WriterTools } from './stream-writer.js';

export type WritingSettings = {
  /** Clients' commands that may wait for one stream. */
  readonly queueLimit: number;
  /** Streams whose state is kept in memory while nobody uses them. */
  readonly cachedStreams: number;
  /** Events between two snapshots of a stream. */
  readonly snapshotEvery: number;
  /** Least time between two alarms about an event of one stream that cannot be understood. */
  readonly alarmEveryMs: number;
};

export const writingDefaults: WritingSettings = { queueLimit: 4_096, cachedStreams: 50_000, snapshotEvery: 256, alarmEveryMs: 60_000 };

export type AggregatesOptions<State, Command, Event, Refusal> = Omit<
  WriterTools<State, Command, Event, Refusal>,
  'settings' | 'watch' | 'head' | 'forgetAll' | 'unavailable' | 'busy' | 'idle'
> & { readonly settings?: Partial<WritingSettings> };

const readPatience = { firstMs: 10, mostMs: 500 };

/** The door to all streams of a kind: their writers, and one cache of their states. */
export const createAggregates = <State, Command, Event extends Fact, Refusal>(
  options: AggregatesOptions<State, Command, Event, Refusal>,
): Aggregates<State, Command, Event, Refusal> => {
  const { eventStore, clock, random, logger } = options;
  const settings = { ...writingDefaults, ...options.settings };
  const watch = deadlineWatch(clock);
  let stopping = false;
  let quietUntil = -Infinity;
  let working = 0;
  let whenIdle: (() => void)[] = [];

  const tools: WriterTools<State, Command, Event, Refusal> = {
    ...options,
    settings,
    watch,
    head: oneAtATime(() => eventStore.head()),
    forgetAll: () => {
      for (const { state } of streams.values()) state.forget();
    },
    unavailable: (err) => {
      if (clock.monotonic() < quietUntil) return; // told now and then, not by every request
      quietUntil = clock.monotonic() + settings.alarmEveryMs;
      logger.error({ alarm: 'event-store-unavailable', err }, 'the event store takes no events');
    },
    busy: () => {
      working += 1;
    },
    idle: () => {
      working -= 1;
      if (working > 0) return;
      for (const wake of whenIdle) wake();
      whenIdle = [];
    },
  };

  const open = (stream: string) => {
    const state = committedState(stream, tools);
    return { state, writer: streamWriter(stream, state, tools), readers: 0 };
  };
  type Opened = ReturnType<typeof open>;
  /** In the order of their last use. */
  const streams = new Map<string, Opened>();

  const use = (stream: string): Opened => {
    const opened = streams.get(stream) ?? open(stream);
    streams.delete(stream);
    streams.set(stream, opened);
    if (streams.size > settings.cachedStreams) evict(opened);
    return opened;
  };
  const inUse = ({ writer, readers }: Opened) => writer.isRunning() || readers > 0;
  /** Never the one that is about to be used: a stream has one writer in a process. */
  const evict = (wanted: Opened): void => {
    for (const [stream, opened] of streams) {
      if (streams.size <= settings.cachedStreams) return;
      if (opened !== wanted && !inUse(opened)) streams.delete(stream);
    }
  };

  const look = async (stream: string, opened: Opened, isOver: () => boolean): Promise<Committed<State>> => {
    opened.readers += 1;
    try {
      for (let attempt = 0; ; attempt += 1) {
        try {
          return await opened.state.refresh();
        } catch (error) {
          if (isOver() || !(error instanceof EventStoreUnavailableError)) throw error;
          await clock.sleep(backOff(random, attempt, readPatience));
        }
      }
    } finally {
      opened.readers -= 1;
      // Names that nobody ever wrote to must not push out the states of streams that exist.
      if (opened.state.isEmpty() && !inUse(opened)) streams.delete(stream);
    }
  };

  return {
    execute: (stream, command, context) =>
      stopping ? Promise.reject(new Problem('OVERLOADED')) : use(stream).writer.ask(command, context),
    readFresh: (stream, deadline) =>
      new Promise((resolve, reject) => {
        let over = false;
        const end = () => {
          over = true;
          watch.remove(reader);
        };
        const reader: Waiting = {
          deadline,
          expire: () => {
            end();
            reject(new Problem('EVENT_STORE_UNAVAILABLE'));
          },
        };
        watch.add(reader);
        look(stream, use(stream), () => over)
          .then(resolve, reject)
          .finally(end);
      }),
    stop: async () => {
      stopping = true;
      if (working > 0) await new Promise<void>((resolve) => whenIdle.push(resolve));
      await Promise.all([...streams.values()].map(({ state }) => state.settled()));
      watch.stop();
    },
  };
};
