import { LRUCache } from 'lru-cache';
import { EventStoreUnavailableError } from '../event-store.js';
import { toPosition } from '../position.js';
import { byStream, checkedCommit, commitRows, parseCommit, type CommitByStream } from './commit-row.js';
import { damageBehind, DamagedLogError } from './damaged-log.js';
import type { LogFile } from './log-file.js';
import { recentCommits, type RecentCommits } from './recent-commits.js';
import { recordedEvents, type StagedAppend } from './staged-append.js';
import { streamIndex, type StreamIndex } from './stream-index.js';

/** The log as committed: its file, and what is known of it in memory. */
export type Log = {
  readonly file: LogFile;
  readonly index: StreamIndex;
  readonly recent: RecentCommits;
  /** Older commits that single streams were read from: after a kill many streams are read at once, and most commits hold events of several. */
  readonly readLately: LRUCache<number, CommitByStream>;
  /** Sequence number of the last event, 0 for none. */
  readonly head: () => number;
  /**
   * Writes events in one transaction. Call the answer when they are on disk, before anything else is written: it makes them known.
   * @throws TransactionFailedError, and nothing has changed
   */
  readonly write: (appends: readonly StagedAppend[]) => () => void;
  /** Resolves at the next commit, when the log is stopped, or when `signal` is aborted. */
  readonly nextCommit: (signal: AbortSignal) => Promise<void>;
  readonly wakeFollowers: () => void;
  /** After a transaction whose outcome is open: stops the log where the file holds what memory does not. Only opening it again brings them together. */
  readonly stopUnlessEqual: (cause: Error) => void;
  /** Where an error comes of damage, stops the log for good and answers why: what reads on beside it may answer from it, and what writes may make it worse. */
  readonly stopIfDamaged: (error: unknown) => EventStoreUnavailableError | undefined;
  /** Ends all reading and writing, for this reason. */
  readonly stop: (reason: EventStoreUnavailableError) => void;
  readonly stopped: () => EventStoreUnavailableError | undefined;
  /** Events read at the start, because the index did not hold them yet. */
  readonly eventsReadAtOpen: number;
};

const readLatelySize = 32 * 1024 * 1024; // characters

/** Reads what the index does not hold yet, and always the last commit. @throws DamagedLogError where the end is not as it was written */
const recover = (file: LogFile, index: StreamIndex, readLately: Log['readLately']): number => {
  let last = file.indexedUpTo();
  const end = file.lastSequence();
  if (last > end) throw new DamagedLogError(file.name, end, `the log ends here, but its index goes to ${toPosition(last)}`);
  let count = 0;
  for (let row = file.firstCommitAfter(last); row; row = file.firstCommitAfter(last)) {
    const commit = byStream(checkedCommit(row, file.name), file.name);
    readLately.set(row.sequence, commit, { size: commit.row.text.length });
    const heads = [...commit.appends.values()].flat();
    const next = heads[0]?.position ?? 0;
    if (next !== last + 1) throw new DamagedLogError(file.name, last + 1, `the next event is at ${toPosition(next)}`);
    for (const head of heads) index.add(head.stream, head.first, head.last, row.sequence);
    count += row.sequence - last;
    last = row.sequence;
  }
  const newest = end > 0 ? file.commitAt(end) : undefined;
  if (newest) parseCommit(newest, file.name);
  return count;
};

/** Those who wait for the next commit. */
const waitingRoom = () => {
  const waiting = new Set<() => void>();
  return {
    wait: (signal: AbortSignal): Promise<void> =>
      new Promise((resolve) => {
        const wake = () => {
          waiting.delete(wake);
          signal.removeEventListener('abort', wake);
          resolve();
        };
        waiting.add(wake);
        signal.addEventListener('abort', wake, { once: true });
      }),
    wakeAll: (): void => {
      for (const wake of [...waiting]) wake();
    },
  };
};

/** @throws DamagedLogError */
export const openLog = (file: LogFile, tell: (message: string) => void): Log => {
  const index = streamIndex(file);
  const readLately: Log['readLately'] = new LRUCache({ maxSize: readLatelySize });
  const eventsReadAtOpen = recover(file, index, readLately);
  let head = file.lastSequence();
  let written = head; // in the file, and perhaps not known yet
  const recent = recentCommits(head);
  let stopped: EventStoreUnavailableError | undefined;
  const followers = waitingRoom();
  const stop = (reason: EventStoreUnavailableError): void => {
    stopped ??= reason;
    followers.wakeAll();
  };
  const isEqual = (): boolean => {
    try {
      return file.lastSequence() === written && file.indexedUpTo() === index.writtenUpTo();
    } catch {
      return false; // what cannot be read may hold anything
    }
  };
  return {
    file,
    index,
    recent,
    readLately,
    head: () => head,
    write: (appends) => {
      const rows = commitRows(appends.map(({ line }) => line));
      file.transaction(() => {
        for (const row of rows) file.insertCommit(row);
      });
      written = rows.at(-1)?.sequence ?? written;
      return () => {
        let next = 0;
        for (const { sequence, bytes } of rows) {
          const first = next;
          let trusted = true;
          for (let append = appends[next]; append && append.line.sequence <= sequence; append = appends[(next += 1)]) {
            const { stream, revision, count } = append.line;
            index.add(stream, revision, revision + count - 1, sequence);
            trusted &&= append.events.every((event) => event.trusted);
          }
          const end = next;
          head = sequence;
          recent.add({ sequence, bytes, trusted }, () => appends.slice(first, end).flatMap(recordedEvents));
        }
      };
    },
    nextCommit: followers.wait,
    wakeFollowers: followers.wakeAll,
    stopUnlessEqual: (cause) => {
      if (!isEqual()) stop(new EventStoreUnavailableError('a write ended half-way: the event store must be opened again', { cause }));
    },
    stopIfDamaged: (error) => {
      const damage = damageBehind(error, file.name);
      if (!damage) return undefined;
      const isFirst = stopped === undefined;
      stop(new EventStoreUnavailableError(damage.message, { cause: damage }));
      if (isFirst) tell(`${damage.message}. The event store has stopped for good: put back a copy of the file that is whole.`);
      return stopped;
    },
    stop,
    stopped: () => stopped,
    eventsReadAtOpen,
  };
};
