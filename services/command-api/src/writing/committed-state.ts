import type { Clock } from '@shop/clock';
import { noStream, type EventStore, type RecordedEvent, type Revision } from '@shop/event-store';
import { UnknownEventError } from '@shop/events';
import { Problem } from '@shop/http';
import type { Logger } from 'pino';
import type { Decider, StateCodec } from '../decider.js';
import type { Ground } from './ground.js';
import { oneAtATime } from './one-at-a-time.js';

/** What the states of all streams of a kind are made with. */
export type StateSources<State, Command, Event, Refusal> = {
  readonly decider: Decider<State, Command, Event, Refusal>;
  readonly codec: StateCodec<State>;
  /** @throws UnknownEventError for what this code does not understand */
  readonly parse: (stored: RecordedEvent) => Event;
  readonly eventStore: EventStore;
  readonly ground: Ground;
  readonly clock: Clock;
  readonly logger: Pick<Logger, 'debug' | 'error'>;
  readonly settings: { readonly snapshotEvery: number; readonly alarmEveryMs: number };
};

export type Committed<State> = { readonly state: State; readonly revision: Revision };

/** The state of one stream: the fold of what is in the log, and of what is staged for it. It lags where others write. */
export type CommittedState<State, Event> = {
  /** A number above those of all reads begun so far. */
  readonly moment: () => number;
  /** Whether a tail read that began after this moment has been folded. */
  readonly provenSince: (moment: number) => boolean;
  /** Undefined until it is read, and wherever it has to be read again before anything may be decided on it. */
  readonly usable: () => Committed<State> | undefined;
  /** What is known, where the store knows without being read that nothing else has been acknowledged; undefined where it has to be read. */
  readonly fresh: () => Committed<State> | undefined;
  /**
   * Reads the tail; afterwards the state holds everything acknowledged before the call. Shared by all who asked before it began.
   * @throws EventStoreUnavailableError; Problem `EVENT_STORE_UNAVAILABLE` where the stream holds an event that cannot be understood
   */
  readonly refresh: () => Promise<Committed<State>>;
  /** Takes in events that stand in the stream after the revision. */
  readonly written: (after: Revision, facts: readonly Event[]) => void;
  /** What is known may be old: read the tail before the next decision. */
  readonly distrust: () => void;
  /** What is known is wrong: start again from the first event. */
  readonly forget: () => void;
  /** Staged events that may be in it were lost: start again from what is in the log. */
  readonly startAgain: () => void;
  /** Writes a snapshot behind the caller's back where enough has happened since the last one. */
  readonly snapshotIfDue: () => void;
  /** Whether there is nothing in it worth keeping. */
  readonly isEmpty: () => boolean;
  /** Resolves when no snapshot is being written. */
  readonly settled: () => Promise<void>;
};

/** Writing a large state out takes time from the requests: after each snapshot none for so many times as long as that one took. */
const snapshotPause = 50;

export const committedState = <State, Command, Event, Refusal>(
  stream: string,
  { decider, codec, parse, eventStore, ground: { staging }, clock, logger, settings }: StateSources<State, Command, Event, Refusal>,
): CommittedState<State, Event> => {
  let known: { state: State; revision: Revision } | undefined;
  let upToDate = false;
  let moments = 0;
  let proven = 0;
  let trustSnapshot = true;
  /** As it came out of a snapshot, until the stream is seen to reach that far: one that was set back, or restored, may not. */
  let unproven: Committed<State> | undefined;
  let snapshotAt: Revision = noStream;
  let snapshotting: Promise<void> | undefined;
  let noSnapshotBefore = -Infinity;
  let quietUntil = -Infinity; // an event that cannot be understood is reported now and then, not by every request

  const fromSnapshot = async (): Promise<{ state: State; revision: Revision } | undefined> => {
    try {
      const snapshot = trustSnapshot ? await eventStore.readSnapshot(stream) : undefined;
      if (!trustSnapshot || snapshot?.foldVersion !== codec.version) return undefined; // the trust may have gone meanwhile
      return { state: codec.fromJson(snapshot.state), revision: snapshot.revision };
    } catch (err) {
      logger.debug({ stream, err }, 'snapshot not usable, folding from the first event');
      return undefined;
    }
  };
  const load = async () => {
    unproven = await fromSnapshot();
    const start = unproven ?? { state: decider.initialState(), revision: noStream };
    snapshotAt = start.revision;
    return start;
  };

  const understood = (stored: RecordedEvent): Event => {
    try {
      return parse(stored);
    } catch (err) {
      if (!(err instanceof UnknownEventError)) throw err;
      upToDate = false;
      if (clock.monotonic() >= quietUntil) {
        quietUntil = clock.monotonic() + settings.alarmEveryMs;
        logger.error({ alarm: 'unknown-event', stream, revision: stored.revision, err }, 'stream closed: an event in it is not understood');
      }
      throw new Problem('EVENT_STORE_UNAVAILABLE', {}, { cause: err });
    }
  };
  const fold = (into: { state: State; revision: Revision }, event: Event, revision: Revision): void => {
    if (revision !== into.revision + 1) throw new Error(`${stream}: revision ${revision} follows ${into.revision}`);
    try {
      decider.evolve(into.state, event, revision);
    } catch (error) {
      known = undefined; // perhaps half folded
      throw error;
    }
    into.revision = revision;
  };

  const readTail = async (): Promise<Committed<State>> => {
    for (;;) {
      const into = (known ??= await load());
      const began = (moments += 1);
      let stands = into !== unproven;
      for await (const page of eventStore.readStream(stream, stands ? into.revision + 1 : into.revision))
        for (const stored of page)
          // Meanwhile the writer may have taken in events of its own that this read brings as well.
          if (stored.revision > into.revision) fold(into, understood(stored), stored.revision);
          else stands = true;
      if (known !== into) continue; // forgotten while it was read
      if (!stands) {
        logger.error(
          { alarm: 'store-behind', stream, expected: into.revision },
          'the event store stands behind a snapshot: restored from a backup, or another database',
        );
        trustSnapshot = false;
        known = undefined;
        continue;
      }
      unproven = undefined;
      if (staging && into.revision < staging.lastRevision(stream)) {
        await staging.settled(); // another part of this process has written to it meanwhile
        continue;
      }
      proven = began;
      upToDate = true;
      return into;
    }
  };

  /** Undefined where the store does not know it, or cannot say now: reading will tell why. */
  const lastRevision = (): Revision | undefined => {
    try {
      return staging ? staging.lastRevision(stream) : eventStore.lastRevision?.(stream);
    } catch {
      return undefined;
    }
  };

  const writeSnapshot = async ({ state, revision }: Committed<State>): Promise<void> => {
    const began = clock.monotonic();
    try {
      const writing = eventStore.writeSnapshot(stream, { revision, foldVersion: codec.version, state: codec.toJson(state) });
      noSnapshotBefore = clock.monotonic() + snapshotPause * (clock.monotonic() - began);
      await writing;
    } catch (err) {
      logger.debug({ stream, err }, 'snapshot not written');
    }
  };

  const startAgain = (): void => {
    known = undefined;
    upToDate = false;
    proven = 0;
  };

  return {
    moment: () => (moments += 1),
    provenSince: (moment) => proven > moment,
    usable: () => (upToDate ? known : undefined),
    fresh: () => {
      if (!upToDate || !known || lastRevision() !== known.revision) return undefined;
      proven = moments += 1;
      return known;
    },
    refresh: oneAtATime(readTail),
    written: (after, facts) => {
      facts.forEach((fact, index) => {
        if (known?.revision === after + index) fold(known, fact, after + 1 + index);
      });
    },
    distrust: () => {
      upToDate = false;
    },
    forget: () => {
      startAgain();
      trustSnapshot = false;
    },
    startAgain,
    snapshotIfDue: () => {
      if (!known || snapshotting) return;
      if (known.revision - snapshotAt < Math.max(settings.snapshotEvery, codec.worthAfter(known.state))) return;
      if (clock.monotonic() < noSnapshotBefore) return;
      snapshotAt = known.revision;
      snapshotting = writeSnapshot(known).finally(() => {
        snapshotting = undefined;
      });
    },
    isEmpty: () => known === undefined || (known.revision === noStream && quietUntil === -Infinity),
    settled: () => snapshotting ?? Promise.resolve(),
  };
};
