import { EventStoreUnavailableError, type AppendResult } from '../event-store.js';
import { TransactionFailedError } from './connection.js';
import type { EncodedAppend } from './encoded-append.js';
import { judgeAppends } from './judge-appends.js';
import type { Log } from './log.js';
import { streamPage } from './reading.js';
import type { Snapshots } from './snapshots.js';

type Waiting = {
  readonly append: EncodedAppend;
  readonly resolve: (result: AppendResult) => void;
  readonly reject: (error: Error) => void;
};

// Bounds of one transaction: without them a burst delays everyone behind it.
const mostAppends = 512;
const mostSize = 1024 * 1024; // characters
const mostTurnsBehind = 4; // under load, what is written behind waits for so many commits at most

/** What goes wrong below, in the words of the port. */
export const unavailable = (cause: unknown): EventStoreUnavailableError =>
  cause instanceof EventStoreUnavailableError
    ? cause
    : new EventStoreUnavailableError(cause instanceof Error ? cause.message : String(cause), { cause });

const isCertain = (error: Error): boolean => error instanceof TransactionFailedError && error.certain;

/** Settles appends whose transaction failed. */
const settleFailed = (batch: readonly Waiting[], error: Error): void => {
  for (const { resolve, reject } of batch) {
    if (isCertain(error)) reject(unavailable(error));
    else resolve({ outcome: 'unknown', cause: error });
  }
};

/** How many appends from the front of the queue fit one transaction; always one. */
const fitting = (queue: readonly Waiting[]): number => {
  let size = 0;
  const end = queue.findIndex(({ append }, at) => {
    size += append.text.length;
    return at === mostAppends || (at > 0 && size > mostSize);
  });
  return end === -1 ? queue.length : end;
};

export type GroupCommit = {
  readonly append: (append: EncodedAppend, resolve: Waiting['resolve'], reject: Waiting['reject']) => void;
  /** Call after adding a snapshot: it is written when no append waits, or after a few commits. */
  readonly arm: () => void;
  /** Writes all that waits; appends must have stopped coming. */
  readonly finish: () => Promise<void>;
  readonly stats: () => { readonly commits: number; readonly appends: number; readonly events: number; readonly writtenBehind: number };
};

/**
 * Appends wait for the end of the turn of the event loop in which the first of them came; one transaction and one sync serve them all,
 * and each is settled alone. There is no timer: while one commit is on its way to disk the next batch gathers, and the process does other work.
 */
export const groupCommit = (log: Log, snapshots: Snapshots): GroupCommit => {
  let queue: Waiting[] = [];
  let armed = false;
  /** Of the commit that is on its way to disk: until it is there nobody hears of it, and no other is made. */
  let syncing: Promise<void> | undefined;
  let turnsBehind = 0;
  let indexWaits = false; // after it could not be written, until a commit shows that the disk takes writes again
  const stats = { commits: 0, appends: 0, events: 0, writtenBehind: 0 };

  const take = (): readonly Waiting[] => {
    const taken = queue.slice(0, fitting(queue));
    queue = queue.slice(taken.length);
    return taken;
  };

  const rejectStopped = (batch: readonly Waiting[]): void => {
    for (const { reject } of batch) reject(unavailable(log.stopped()));
  };

  const settle = (batch: readonly Waiting[], results: readonly (AppendResult | Error)[]): void =>
    batch.forEach(({ resolve, reject }, at) => {
      const result = results[at];
      if (result === undefined || result instanceof Error) reject(unavailable(result));
      else resolve(result);
    });

  const acknowledgeOnDisk = async (batch: readonly Waiting[], onDisk: Promise<void>, acknowledge: () => void): Promise<void> => {
    try {
      await onDisk;
      acknowledge();
    } catch (cause) {
      // The system may have dropped what it could not write, and say that all is well when asked again.
      log.stop(new EventStoreUnavailableError('the disk failed to store a write: the event store must be opened again', { cause }));
      settleFailed(batch, new TransactionFailedError(false, cause));
    }
    syncing = undefined;
    armIfWaiting();
  };

  const commit = (batch: readonly Waiting[]): void => {
    const appends = batch.map(({ append }) => append);
    const { lines, events, results } = judgeAppends(appends, {
      lastSequence: log.head(),
      lastRevision: log.index.lastRevision,
      eventAt: (stream, revision) => streamPage(log, stream, revision, 1)[0],
    });
    // What is damaged is written to no more, not even by the appends that did not meet the damage.
    if (results.some((result) => result instanceof Error && log.stopIfDamaged(result))) return rejectStopped(batch);
    stats.appends += batch.length;
    if (events.length === 0) return settle(batch, results);
    const makeKnown = log.write(lines, events);
    indexWaits = false;
    stats.commits += 1;
    stats.events += events.length;
    const acknowledge = () => {
      makeKnown();
      settle(batch, results);
      log.wakeFollowers();
    };
    if (log.file.sync) syncing = acknowledgeOnDisk(batch, log.file.sync(), acknowledge);
    else acknowledge();
  };

  /** What a transaction failed of; the log is stopped where it cannot go on. */
  const failed = (error: unknown): Error => {
    const cause = error instanceof Error ? error : new Error(String(error));
    if (!log.stopIfDamaged(cause) && !isCertain(cause)) log.stopUnlessEqual(cause);
    return cause;
  };

  const commitOrFail = (batch: readonly Waiting[]): void => {
    try {
      if (log.stopped()) rejectStopped(batch);
      else commit(batch);
    } catch (error) {
      settleFailed(batch, failed(error));
    }
  };

  /** Answers whether it is on disk. */
  const writeBehind = (withIndex: boolean): boolean => {
    if (!withIndex && !snapshots.isDue()) return true;
    try {
      log.file.transaction(() => {
        if (withIndex) log.index.write();
        snapshots.write();
      });
      if (withIndex) log.index.written();
      snapshots.settle();
      stats.writtenBehind += 1;
      return true;
    } catch (error) {
      const cause = failed(error);
      snapshots.settle(log.stopped() ?? unavailable(cause));
      indexWaits = true;
      return false;
    }
  };

  const isIndexDue = (): boolean => !indexWaits && log.index.isDue();

  const turn = (): void => {
    armed = false;
    const batch = take();
    if (batch.length > 0) commitOrFail(batch);
    turnsBehind = batch.length > 0 ? turnsBehind + 1 : mostTurnsBehind;
    if (log.stopped()) snapshots.settle(log.stopped());
    else if (turnsBehind >= mostTurnsBehind) {
      turnsBehind = 0;
      writeBehind(isIndexDue());
    }
    armIfWaiting();
  };

  const arm = (): void => {
    if (armed || syncing) return;
    armed = true;
    setImmediate(turn);
  };
  const armIfWaiting = (): void => {
    if (queue.length > 0 || (!log.stopped() && (snapshots.isDue() || isIndexDue()))) arm();
  };

  return {
    append: (append, resolve, reject) => {
      queue.push({ append, resolve, reject });
      arm();
    },
    arm,
    finish: async () => {
      for (await syncing; queue.length > 0; await syncing) commitOrFail(take());
      if (log.stopped()) snapshots.settle(log.stopped());
      log.index.gatherNoLonger();
      while (!log.stopped() && (log.index.isDue() || snapshots.isDue())) if (!writeBehind(log.index.isDue())) return;
    },
    stats: () => ({ ...stats }),
  };
};
