import { pacing, systemClock, type Clock, type Pace } from '@shop/clock';
import { offerPages, readPages, type OfferedPages } from '@shop/thread-calls';
import { EventStoreUnavailableError, type EventStore, type RecordedEvent, type Revision } from '../event-store.js';
import { fromPosition, type Position } from '../position.js';
import { textOf, type SharedCommit } from './commit-row.js';
import type { CommitPage, CommitsWanted, EmbeddedEventStore } from './embedded-event-store.js';
import { eventsAfter } from './reading.js';

type StreamWanted = { readonly stream: string; readonly from: Revision };
type CommitPages = OfferedPages<CommitsWanted, CommitPage>;
type StreamPages = OfferedPages<StreamWanted, readonly RecordedEvent[]>;

/** What a thread with the event store offers to others; errors that cross need `EventStoreUnavailableError` among those known there. */
export type OfferedLog = {
  readonly nextCommits: CommitPages['next'];
  readonly endCommits: CommitPages['end'];
  readonly nextOfStream: StreamPages['next'];
  readonly endStream: StreamPages['end'];
  readonly head: () => Promise<Position>;
};

export const offerLog = ({ commits, readStream, head }: Pick<EmbeddedEventStore, 'commits' | 'readStream' | 'head'>): OfferedLog => {
  const ofAll = offerPages(commits);
  const ofStreams = offerPages(({ stream, from }: StreamWanted) => readStream(stream, from));
  return { nextCommits: ofAll.next, endCommits: ofAll.end, nextOfStream: ofStreams.next, endStream: ofStreams.end, head };
};

type Told = { readonly asEvent: (reading: number) => Promise<void> };
/** Where the other thread has ended, its readings have too. */
const tell = (told: Promise<void>): void => void told.catch(() => undefined);

/** `OfferedLog` as another thread calls it. */
export type LogCalls = {
  readonly nextCommits: CommitPages['next'];
  readonly endCommits: Told;
  readonly nextOfStream: StreamPages['next'];
  readonly endStream: Told;
  readonly head: () => Promise<Position>;
};

const name = 'the log';

export type RemoteLog = Pick<EventStore, 'readAll' | 'readStream' | 'subscribe' | 'head'> & {
  /** Somebody waits: subscriptions ask for what comes next at once. */
  readonly hurry: () => void;
};

/**
 * The log as another thread of this process has it. That one sends its commits as it has made them for the file anyway, and this
 * one parses it: the thread that takes orders does not pay for those that read. A subscription that has come to the end of the log asks for
 * what is new at a pace: every message wakes a thread, and what waits as bytes costs nobody anything.
 */
export const remoteLog = (
  calls: LogCalls,
  { pace = { quietMs: 0, busyMs: 0 }, clock = systemClock }: { readonly pace?: Pace; readonly clock?: Clock } = {},
): RemoteLog => {
  let hurried = new AbortController();

  const allPages: CommitPages = { next: calls.nextCommits, end: (reading) => tell(calls.endCommits.asEvent(reading)) };
  const streamPages: StreamPages = { next: calls.nextOfStream, end: (reading) => tell(calls.endStream.asEvent(reading)) };
  const commits = readPages(allPages);
  const ofStream = readPages(streamPages);
  const hurry = (): void => hurried.abort();
  const pause = async (ms: number, signal: AbortSignal | undefined): Promise<void> => {
    if (ms === 0) return;
    signal?.addEventListener('abort', hurry, { once: true });
    await clock.sleep(ms, hurried.signal);
    signal?.removeEventListener('abort', hurry);
    if (hurried.signal.aborted) hurried = new AbortController();
  };
  const parsed = (after: number, commits: readonly SharedCommit[]): readonly RecordedEvent[] => {
    try {
      return eventsAfter(after, commits.map(textOf), name);
    } catch (error) {
      throw new EventStoreUnavailableError(error instanceof Error ? error.message : String(error), { cause: error });
    }
  };
  const read = async function* (wanted: CommitsWanted, end: number, signal?: AbortSignal) {
    const nextAfter = pacing(clock, pace);
    let last = Number(fromPosition(wanted.after));
    let sincePause = 0;
    for await (const { commits: read, hasMore } of commits(wanted, signal)) {
      const page = parsed(last, read);
      if (page.length > 0) yield page.length > end - last ? page.slice(0, end - last) : page;
      last = read.at(-1)?.sequence ?? last;
      sincePause += page.length;
      if (!wanted.follow || hasMore || signal?.aborted) continue;
      await pause(nextAfter(sincePause), signal);
      sincePause = 0;
    }
  };
  return {
    readAll: async function* (after) {
      const end = Number(fromPosition(await calls.head()));
      yield* read({ after, follow: false }, end);
    },
    readStream: (stream, from) => ofStream({ stream, from }),
    subscribe: (after, signal) => read({ after, follow: true }, Infinity, signal),
    head: calls.head,
    hurry,
  };
};
