import type { NewEvent, Revision } from './event-store.js';
import type { Position } from './position.js';

/** An append that has been judged and is on its way to disk: where its last event will stand, and the number of its batch. */
export type Staged = { readonly revision: Revision; readonly position: Position; readonly batch: number };

/** A loss of what was staged: the first batch that went with it, and whether surely nothing of it is in the log. */
export type Loss = { readonly from: number; readonly certain: boolean };

/**
 * Of a store in the process of its writers, beside its `append`: appends are judged as they come, and who writes goes on from there while they
 * are on their way to disk. They get there in order, in batches, each whole or not at all; should one fail, all that was staged since is lost
 * with it. So whatever rests on staged events leaves the process only once `settled` has resolved and `losses` is what it was.
 */
export type Staging = {
  /**
   * Undefined where it cannot be staged, with no effect: `append` tells why, and what to do about it.
   * @throws what `append` rejects with for what no retry can make right
   */
  readonly stage: (stream: string, expectedRevision: Revision, events: readonly NewEvent[]) => Staged | undefined;
  /** Last revision of a stream with all that is staged, `noStream` for a missing one. @throws EventStoreUnavailableError */
  readonly lastRevision: (stream: string) => Revision;
  /** Position of the last event, of all that is staged. @throws EventStoreUnavailableError */
  readonly head: () => Position;
  /** Resolves when what has been staged so far is on disk, or lost. Undefined where there is nothing to wait for. */
  readonly settled: () => Promise<void> | undefined;
  readonly losses: () => number;
  readonly lastLoss: () => Loss | undefined;
  /** Called as something is lost, before anything else can be staged. */
  readonly onLoss: (listener: () => void) => void;
};
