import { backOff } from '@shop/clock';
import { EventStoreUnavailableError } from '@shop/event-store';
import { Problem } from '@shop/http';
import { LRUCache } from 'lru-cache';
import { committedState, type Committed } from './committed-state.js';
import { deadlineWatch, type Waiting } from './deadline-watch.js';
import type { Aggregates } from './execute.js';
import { headOf } from './ground.js';
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
  const { eventStore, ground, clock, random, logger } = options;
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
    head: headOf(eventStore, ground),
    forgetAll: () => {
      for (const state of everyState()) state.forget();
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
  const inUse = ({ writer, readers }: Opened) => writer.isRunning() || readers > 0;
  /** Pushed out of the cache while in use: a stream has one writer in a process. */
  const stillBusy = new Map<string, Opened>();
  const cached = new LRUCache<string, Opened>({
    // Counted by size: `max` would take the memory for all of them at once.
    maxSize: settings.cachedStreams,
    sizeCalculation: () => 1,
    dispose: (opened, stream, reason) => {
      if (reason !== 'evict') return;
      for (const [name, other] of stillBusy) if (!inUse(other)) stillBusy.delete(name);
      if (inUse(opened)) stillBusy.set(stream, opened);
    },
  });
  const everyState = () => [...cached.values(), ...stillBusy.values()].map(({ state }) => state);
  ground.staging?.onLoss(() => {
    for (const state of everyState()) state.startAgain();
  });

  const use = (stream: string): Opened => {
    const known = cached.get(stream);
    if (known) return known;
    const opened = stillBusy.get(stream) ?? open(stream);
    stillBusy.delete(stream);
    cached.set(stream, opened);
    return opened;
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
      if (opened.state.isEmpty() && !inUse(opened)) cached.delete(stream);
    }
  };

  const lookWithin = (stream: string, opened: Opened, deadline: number): Promise<Committed<State>> =>
    new Promise((resolve, reject) => {
      let over = false;
      const end = () => {
        over = true;
        watch.remove(reader);
      };
      const reader: Waiting = {
        place: undefined,
        deadline,
        expire: () => {
          end();
          reject(new Problem('EVENT_STORE_UNAVAILABLE'));
        },
      };
      watch.add(reader);
      look(stream, opened, () => over)
        .then(resolve, reject)
        .finally(end);
    });

  return {
    execute: (stream, command, context) =>
      stopping ? Promise.reject(new Problem('OVERLOADED')) : use(stream).writer.ask(command, context),
    readFresh: (stream, deadline) => {
      const opened = use(stream);
      return opened.state.fresh() ?? lookWithin(stream, opened, deadline);
    },
    lastSeen: (stream) => (cached.peek(stream) ?? stillBusy.get(stream))?.state.usable(),
    stop: async () => {
      stopping = true;
      if (working > 0) await new Promise<void>((resolve) => whenIdle.push(resolve));
      await Promise.all(everyState().map((state) => state.settled()));
      watch.stop();
    },
  };
};
