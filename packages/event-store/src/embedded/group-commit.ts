import { EventStoreUnavailableError, type AppendResult } from '../event-store.js';
import type { Staging } from '../staging.js';
import { TransactionFailedError } from './connection.js';
import type { EncodedAppend } from './encoded-append.js';
import type { Log } from './log.js';
import type { Snapshots } from './snapshots.js';
import type { StagedAppend } from './staged-append.js';
import { stagedAppends, type Judged } from './staged-appends.js';

/** An append that waits for its commit, and who waits for it: nobody does where its writer has gone on. */
type Waiting = Judged & {
  readonly resolve?: (result: AppendResult) => void;
  readonly reject?: (error: Error) => void;
};

/** What one transaction writes. */
type Batch = {
  readonly number: number;
  readonly waiting: Waiting[];
  size: number;
  /** Made when somebody asks. */
  settled?: Promise<void>;
  settle?: () => void;
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

const isCertain = (error: Error): boolean =>
  error instanceof EventStoreUnavailableError || (error instanceof TransactionFailedError && error.certain);

const rejectAll = ({ waiting }: Batch, error: Error): void => {
  for (const { reject } of waiting) reject?.(unavailable(error));
};
const resolveAll = ({ waiting }: Batch): void => {
  for (const { resolve, result } of waiting) resolve?.(result);
};

export type GroupCommit = {
  readonly append: (append: EncodedAppend, resolve: (result: AppendResult) => void, reject: (error: Error) => void) => void;
  readonly staging: Omit<Staging, 'stage'> & { readonly stage: (append: EncodedAppend) => ReturnType<Staging['stage']> };
  /** Call after adding a snapshot: it is written when no append waits, or after a few commits. */
  readonly arm: () => void;
  /** Writes all that waits; appends must have stopped coming. */
  readonly finish: () => Promise<void>;
  readonly stats: () => { readonly commits: number; readonly appends: number; readonly events: number; readonly writtenBehind: number };
};

/**
 * Appends are judged as they come, and wait for the end of the turn of the event loop in which the first of them came; one transaction and one
 * sync serve them all. There is no timer: while one commit is on its way to disk the next batch gathers, and the process does other work.
 */
export const groupCommit = (log: Log, snapshots: Snapshots): GroupCommit => {
  const staged = stagedAppends(log);
  let batches: Batch[] = [];
  let armed = false;
  /** On its way to disk: until it is there nobody hears of it, and no other is written. */
  let syncing: { readonly batch: Batch; readonly done: Promise<void> } | undefined;
  let count = 0;
  let losses = 0;
  let lastLoss: ReturnType<Staging['lastLoss']>;
  const onLoss: (() => void)[] = [];
  /** The last commit got to disk, or none was tried yet. */
  let writes = true;
  let turnsBehind = 0;
  let indexWaits = false; // after it could not be written, until a commit shows that the disk takes writes again
  const stats = { commits: 0, appends: 0, events: 0, writtenBehind: 0 };

  /** The batch that an append goes into. */
  const batchFor = ({ text }: EncodedAppend): Batch => {
    const gathering = batches.at(-1);
    if (gathering && gathering.waiting.length < mostAppends && gathering.size + text.length <= mostSize) return gathering;
    const batch: Batch = { number: (count += 1), waiting: [], size: 0 };
    batches.push(batch);
    staged.beginBatch();
    arm(); // also where nothing comes into it: who waits until all is settled waits for the last batch there is
    return batch;
  };
  const push = (batch: Batch, waiting: Waiting): void => {
    batch.waiting.push(waiting);
    batch.size += waiting.staged?.line.text.length ?? 0;
    stats.appends += 1;
  };

  /** A batch was not stored, so neither is what was judged after it. */
  const lose = (batch: Batch, error: Error): void => {
    const behind = batches;
    batches = [];
    losses += 1;
    lastLoss = { from: batch.number, certain: isCertain(error) };
    writes = false;
    staged.drop();
    snapshots.drop(unavailable(error));
    for (const tell of onLoss) tell();
    if (isCertain(error)) rejectAll(batch, error);
    else for (const { resolve } of batch.waiting) resolve?.({ outcome: 'unknown', cause: error });
    batch.settle?.();
    for (const later of behind) {
      rejectAll(later, log.stopped() ?? error);
      later.settle?.();
    }
  };

  const acknowledgeOnDisk = async (batch: Batch, onDisk: Promise<void>, acknowledge: () => void): Promise<void> => {
    try {
      await onDisk;
      acknowledge();
    } catch (cause) {
      // The system may have dropped what it could not write, and say that all is well when asked again.
      log.stop(new EventStoreUnavailableError('the disk failed to store a write: the event store must be opened again', { cause }));
      lose(batch, new TransactionFailedError(false, cause));
    }
    syncing = undefined;
    armIfWaiting();
  };

  const commit = (batch: Batch): void => {
    const appends: StagedAppend[] = [];
    for (const { staged: append } of batch.waiting) if (append) appends.push(append);
    const settle = () => {
      resolveAll(batch);
      batch.settle?.();
    };
    if (appends.length === 0) {
      staged.known();
      return settle();
    }
    const makeKnown = log.write(appends);
    indexWaits = false;
    stats.commits += 1;
    const acknowledge = () => {
      makeKnown();
      staged.known();
      writes = true;
      for (const { events } of appends) stats.events += events.length;
      settle();
      log.wakeFollowers();
    };
    if (log.file.sync) syncing = { batch, done: acknowledgeOnDisk(batch, log.file.sync(), acknowledge) };
    else acknowledge();
  };

  /** What a transaction failed of; the log is stopped where it cannot go on. */
  const failed = (error: unknown): Error => {
    const cause = error instanceof Error ? error : new Error(String(error));
    if (!log.stopIfDamaged(cause) && !isCertain(cause)) log.stopUnlessEqual(cause);
    return cause;
  };

  const commitOrLose = (batch: Batch): void => {
    const stopped = log.stopped();
    if (stopped) return lose(batch, stopped);
    try {
      commit(batch);
    } catch (error) {
      lose(batch, failed(error));
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
    const batch = batches.shift();
    if (batch) commitOrLose(batch);
    turnsBehind = batch ? turnsBehind + 1 : mostTurnsBehind;
    const stopped = log.stopped();
    if (stopped) snapshots.drop(stopped);
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
    if (batches.length > 0 || (!log.stopped() && (snapshots.isDue() || isIndexDue()))) arm();
  };

  /** @throws EventStoreUnavailableError where the log cannot be read. What is damaged is written to no more. */
  const judge = (append: EncodedAppend): Judged => {
    try {
      return staged.judge(append);
    } catch (error) {
      throw log.stopIfDamaged(error) ?? unavailable(error);
    }
  };

  return {
    append: (append, resolve, reject) => {
      const batch = batchFor(append);
      push(batch, { ...judge(append), resolve, reject });
    },
    staging: {
      stage: (append) => {
        if (!writes || log.stopped()) return undefined;
        const batch = batchFor(append);
        const judged = judge(append);
        if (!judged.staged || judged.result.outcome === 'conflict') return undefined;
        push(batch, judged);
        const { revision, position } = judged.result;
        return { revision, position, batch: batch.number };
      },
      lastRevision: staged.lastRevision,
      head: staged.head,
      settled: () => {
        const batch = batches.at(-1) ?? syncing?.batch;
        return (
          batch &&
          (batch.settled ??= new Promise((resolve) => {
            batch.settle = resolve;
          }))
        );
      },
      losses: () => losses,
      lastLoss: () => lastLoss,
      onLoss: (listener) => {
        onLoss.push(listener);
      },
    },
    arm,
    finish: async () => {
      for (await syncing?.done; batches.length > 0; await syncing?.done) {
        const batch = batches.shift();
        if (batch) commitOrLose(batch);
      }
      const stopped = log.stopped();
      if (stopped) snapshots.drop(stopped);
      log.index.gatherNoLonger();
      while (!log.stopped() && (log.index.isDue() || snapshots.isDue())) if (!writeBehind(log.index.isDue())) return;
    },
    stats: () => ({ ...stats }),
  };
};
