import { EventStoreUnavailableError, type EventStore, type RecordedEvent } from '../event-store.js';
import type { Staging } from '../staging.js';
import { fromPosition, toPosition, type Position } from '../position.js';
import type { SharedCommit } from './commit-row.js';
import { DamagedLogError } from './damaged-log.js';
import { encodeAppend } from './encoded-append.js';
import { groupCommit, unavailable } from './group-commit.js';
import { openLog } from './log.js';
import type { LogFile } from './log-file.js';
import { logReader, streamPage } from './reading.js';
import { snapshots } from './snapshots.js';

/** What the store has done since it was opened. */
export type EmbeddedStats = {
  /** Transactions that wrote events, each with one sync to disk. */
  readonly commits: number;
  readonly appends: number;
  readonly events: number;
  /** Transactions of the index of streams and of snapshots. */
  readonly writtenBehind: number;
  /** Because the index of streams did not hold them yet. */
  readonly eventsReadAtOpen: number;
};

export type EmbeddedEventStore = EventStore & {
  /** Which log this is: made with the file, and kept in it. What was folded from a log of another id does not belong to this one. */
  readonly logId: string;
  /**
   * The log as `subscribe` tells it, or to its end as it is then, as whole commits: for another thread, which parses them itself
   * (`remoteLog`). The first may begin before the position. @throws EventStoreUnavailableError
   */
  readonly commits: (wanted: CommitsWanted, signal: AbortSignal) => AsyncIterable<CommitPage>;
  /** How many events there are up to a position. In this store a position is a count; for progress, and nothing else. */
  readonly eventsUpTo: (position: Position) => number;
  readonly stats: () => EmbeddedStats;
  /** For writers in this process, beside `append`. */
  readonly staging: Staging;
};

export type CommitsWanted = { readonly after: Position; readonly follow: boolean };
/** `hasMore`: the log went on behind them as they were handed out. */
export type CommitPage = { readonly commits: readonly SharedCommit[]; readonly hasMore: boolean };

const maxAppendBytes = 1024 * 1024;

const endOfPage = (page: readonly RecordedEvent[], last: number): number => last + page.length;
const endOfCommits = (page: readonly SharedCommit[], last: number): number => page.at(-1)?.sequence ?? last;

/** How the log is read: a page after a sequence number, and where a page ends. */
type Reading<Item> = {
  readonly read: (reader: ReturnType<typeof logReader>, after: number) => readonly Item[];
  readonly endOf: (page: readonly Item[], after: number) => number;
  readonly wantsEvents: boolean;
};
const asEvents: Reading<RecordedEvent> = { read: (reader, after) => reader.after(after), endOf: endOfPage, wantsEvents: true };
const asCommits: Reading<SharedCommit> = { read: (reader, after) => reader.commitsAfter(after), endOf: endOfCommits, wantsEvents: false };

/** Lets timers and sockets have their turn between two pages. */
const breathe = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/**
 * The event store in one file and one process. An append that has been acknowledged is on disk.
 * Followers get events as the objects they were appended as, shared by all of them: nobody may change them.
 * Once damage is met, no call is answered any more, and `tell` is told once.
 * @throws DamagedLogError
 */
export const embeddedEventStore = (file: LogFile, tell: (message: string) => void = () => undefined): EmbeddedEventStore => {
  const log = openLog(file, tell);
  const states = snapshots(file, log.head);
  const commits = groupCommit(log, states);
  let closed = false;

  const isClosed = new EventStoreUnavailableError('the event store is closed');
  const throwIfStopped = (): void => {
    const reason = log.stopped() ?? (closed ? isClosed : undefined);
    if (reason) throw new EventStoreUnavailableError(reason.message, { cause: reason });
  };
  /** Whatever goes wrong, the reader learns that the store cannot answer. */
  const reading = <Answer>(read: () => Answer): Answer => {
    throwIfStopped();
    try {
      return read();
    } catch (error) {
      throw log.stopIfDamaged(error) ?? unavailable(error);
    }
  };
  const missing = (sequence: number, what: string) => {
    const damage = new DamagedLogError(file.name, sequence, what);
    return log.stopIfDamaged(damage) ?? unavailable(damage);
  };

  /** What a reader finds after a position, page by page, then what comes, until it is past `end`. */
  const following = async function* <Item>(after: Position, end: number, signal: AbortSignal, { read, endOf, wantsEvents }: Reading<Item>) {
    const reader = logReader(log);
    const follower = { last: Number(fromPosition(after)), wantsEvents };
    const gone = end === Infinity ? log.recent.keepFor(follower) : () => undefined; // who reads to an end may never go on
    try {
      while (!signal.aborted && follower.last < end) {
        const page = reading(() => (follower.last < log.head() ? read(reader, follower.last) : []));
        if (page.length === 0) {
          await log.nextCommit(signal);
          continue;
        }
        yield page;
        follower.last = endOf(page, follower.last);
        if (follower.last < Math.min(end, log.head())) await breathe();
      }
    } finally {
      gone();
    }
  };

  return {
    logId: file.id,
    maxAppendBytes,
    append: (stream, expectedRevision, events) =>
      new Promise((resolve, reject) => {
        throwIfStopped();
        commits.append(encodeAppend(stream, expectedRevision, events, maxAppendBytes), resolve, reject);
      }),
    readStream: async function* (stream, fromRevision) {
      const end = reading(() => log.index.lastRevision(stream));
      for (let next = fromRevision; next <= end;) {
        const page = reading(() => streamPage(log, stream, next));
        if (page.length === 0) throw missing(log.head(), `${stream} has no revision ${next}`);
        next += page.length;
        yield page;
        if (next <= end) await breathe();
      }
    },
    readStreamBackwards: async (stream, from, maxCount) => {
      const end = reading(() => log.index.lastRevision(stream));
      const last = from === 'end' ? end : Math.min(from, end);
      const events: RecordedEvent[] = [];
      for (let next = Math.max(last - maxCount + 1, 0); next <= last;) {
        const page = reading(() => streamPage(log, stream, next));
        if (page.length === 0) throw missing(log.head(), `${stream} has no revision ${next}`);
        events.push(...page.slice(0, last - next + 1));
        next += page.length;
        if (next <= last) await breathe();
      }
      return events.reverse();
    },
    lastRevision: (stream) => reading(() => log.index.lastRevision(stream)),
    lastWritten: log.index.unwritten,
    readAll: async function* (after) {
      const reader = logReader(log);
      const end = reading(log.head);
      for (let last = Number(fromPosition(after)); last < end;) {
        const page = reading(() => reader.after(last));
        if (page.length === 0) throw missing(last + 1, 'no event is there');
        yield page.length > end - last ? page.slice(0, end - last) : page;
        last += page.length;
        if (last < end) await breathe();
      }
    },
    subscribe: (after, signal) => following(after, Infinity, signal, asEvents),
    commits: async function* ({ after, follow }, signal) {
      const end = follow ? Infinity : reading(log.head);
      for await (const commits of following(after, end, signal, asCommits))
        yield { commits, hasMore: endOfCommits(commits, 0) < log.head() };
    },
    head: async () => reading(() => toPosition(log.head())),
    readSnapshot: async (stream) => reading(() => states.read(stream)),
    writeSnapshot: async (stream, snapshot) => {
      throwIfStopped();
      const written = states.add(stream, snapshot, Number(fromPosition(commits.staging.head())));
      commits.arm();
      return written;
    },
    eventsUpTo: (position) => Math.min(Number(fromPosition(position)), log.head()),
    staging: {
      ...commits.staging,
      stage: (stream, expectedRevision, events) =>
        closed ? undefined : commits.staging.stage(encodeAppend(stream, expectedRevision, events, maxAppendBytes)),
      lastRevision: (stream) => reading(() => commits.staging.lastRevision(stream)),
      head: () => reading(commits.staging.head),
    },
    stats: () => ({ ...commits.stats(), eventsReadAtOpen: log.eventsReadAtOpen }),
    close: async () => {
      if (closed) return;
      closed = true;
      await commits.finish();
      log.stop(isClosed);
      file.close();
    },
  };
};
