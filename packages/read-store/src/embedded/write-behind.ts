import type { ModelDocuments } from './model-documents.js';
import type { StateDocuments } from './state-documents.js';

export type WriteBehind = {
  /** Call before documents are written. @throws ReadStoreUnavailableError where memory is full of what the file does not take */
  readonly makeRoom: () => void;
  /** Call after documents were written. */
  readonly noted: () => void;
  /** Call after a query of a read model. */
  readonly queried: (collection: string) => void;
  /** Leaves off what is under way, to begin again later: call where a collection goes. */
  readonly startOver: () => void;
  /** Writes everything now, as far as the file takes it, and ends. */
  readonly finish: () => void;
};

/** How long documents may wait for the file, and how many of them: so much of the log, about, is folded again after a kill. */
const writeEveryMs = 1_000;
const mostUnwritten = 30_000;
/** So few are written at the next look: a shop with little to do loses next to nothing in a kill. */
const few = 1_000;
const lookEveryMs = 200;
/** More new documents than these make queries slow. */
const mostLookedAt = 1_000;
/** A step writes for a few milliseconds; then whoever else waits for the event loop has a turn. */
const pace = { documentsPerStep: 500, stepsPerCommit: 8 };

/** The state as it is now goes last: a checkpoint in the file never passes a document that is not there. Documents may be ahead of it, as their guards say. */
const writing = function* (models: ModelDocuments, states: StateDocuments): Generator<void, void, undefined> {
  const state = states.changes();
  yield* models.writeAll(pace);
  states.writeAll(state);
};

/**
 * Brings to the file what was written in memory, some time later and in small steps. The log is the truth and nothing here has to be on disk at
 * once: a document that changes ten times in between goes to the file once. A kill goes back to the last checkpoint in the file.
 */
export const writeBehind = (models: ModelDocuments, states: StateDocuments): WriteBehind => {
  let current: Generator<void, void, undefined> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let waitedMs = 0;
  let ended = false;

  const unwritten = (): number => models.unwrittenCount() + states.unwrittenCount();
  const look = (): void => {
    timer = undefined;
    waitedMs += lookEveryMs;
    try {
      models.commit();
      states.writeAll(states.changesOnTheirOwn());
    } catch {
      // see below
    }
    if (unwritten() <= few || waitedMs >= writeEveryMs) begin();
    else later();
  };
  const later = (): void => {
    timer ??= setTimeout(look, lookEveryMs).unref();
  };
  const begin = (): void => {
    if (current || ended) return;
    waitedMs = 0;
    const started = (current = writing(models, states));
    const step = (): void => {
      if (current !== started) return;
      try {
        if (!started.next().done) return void setImmediate(step);
      } catch {
        // A full disk, or damage of which everybody is told: it stays in memory and is tried again.
      }
      current = undefined;
      if (unwritten() > 0 && !ended) later();
    };
    step();
  };
  const writeNow = (): void => {
    current = undefined;
    const all = writing(models, states);
    while (!all.next().done);
  };
  return {
    makeRoom: () => {
      if (unwritten() >= 2 * mostUnwritten) writeNow();
    },
    noted: () => {
      if (unwritten() >= mostUnwritten) begin();
      else later();
    },
    queried: (collection) => {
      if (models.insertedCount(collection) >= mostLookedAt) begin();
    },
    startOver: () => {
      current = undefined;
      if (unwritten() > 0) later();
    },
    finish: () => {
      ended = true;
      clearTimeout(timer);
      try {
        writeNow();
      } catch {
        // a full disk: the next start goes on from what is there; a damaged file: it is built again
      }
    },
  };
};
