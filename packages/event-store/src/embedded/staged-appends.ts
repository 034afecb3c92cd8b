import { judgeAppend } from '../append-rule.js';
import type { AppendResult, RecordedEvent, Revision } from '../event-store.js';
import { toPosition, type Position } from '../position.js';
import type { CommitLine } from './commit-row.js';
import type { EncodedAppend } from './encoded-append.js';
import type { Log } from './log.js';
import { streamPage } from './reading.js';
import type { StagedAppend } from './staged-append.js';

export type Judged = {
  /** Holds once everything that was staged before it, and `staged`, is on disk. */
  readonly result: Exclude<AppendResult, { readonly outcome: 'unknown' }>;
  /** Undefined where there is nothing to write. */
  readonly staged?: StagedAppend;
};

/** Appends that have been judged and are not on disk yet, in their order: each was judged on what those before it are about to write. */
export type StagedAppends = {
  /** What is judged from now on is written together. */
  readonly beginBatch: () => void;
  /** @throws where the log cannot be read to judge it */
  readonly judge: (append: EncodedAppend) => Judged;
  readonly lastRevision: (stream: string) => Revision;
  /** Position of the last event. */
  readonly head: () => Position;
  /** The log knows what the oldest batch wrote. */
  readonly known: () => void;
  /** None of them will be written. */
  readonly drop: () => void;
};

type AppendsByStream = Map<string, StagedAppend[]>;

const lastOf = ({ revision, count }: CommitLine): Revision => revision + count - 1;

export const stagedAppends = (log: Log): StagedAppends => {
  // A map for each batch, dropped as a whole: one that lost and gained streams all the time would keep all of them for the garbage collector.
  let batches: AppendsByStream[] = [];
  let sequence = log.head();
  /** The stream that was looked at last: who decides on it looks, and a moment later its append is judged. */
  let looked: { readonly stream: string; readonly revision: Revision } | undefined;

  const find = (stream: string): Revision => {
    for (let at = batches.length - 1; at >= 0; at -= 1) {
      const last = batches[at]?.get(stream)?.at(-1);
      if (last) return lastOf(last.line);
    }
    return log.index.lastRevision(stream);
  };
  const lastRevision = (stream: string): Revision => {
    if (looked?.stream !== stream) looked = { stream, revision: find(stream) };
    return looked.revision;
  };

  const eventAt = (stream: string, revision: Revision): Pick<RecordedEvent, 'id' | 'position'> | undefined => {
    for (const batch of batches) {
      const found = batch.get(stream)?.find(({ line }) => line.revision <= revision && revision <= lastOf(line));
      if (!found) continue;
      const at = revision - found.line.revision;
      const event = found.events[at];
      if (event) return { id: event.id, position: toPosition(found.line.sequence + at) };
    }
    return streamPage(log, stream, revision, 1)[0];
  };

  const newest = (): AppendsByStream => {
    const batch = batches.at(-1);
    if (!batch) throw new Error('nothing is judged before its batch has begun');
    return batch;
  };

  const stage = ({ stream, events, text }: EncodedAppend, current: Revision): Judged => {
    const { length: count } = events;
    const staged: StagedAppend = { line: { stream, revision: current + 1, sequence: sequence + 1, count, text }, events };
    sequence += count;
    looked = { stream, revision: current + count };
    const batch = newest();
    const before = batch.get(stream);
    if (before) before.push(staged);
    else batch.set(stream, [staged]);
    return { result: { outcome: 'ok', revision: current + count, position: toPosition(sequence) }, staged };
  };

  const repeated = ({ stream, expected, events: { length } }: EncodedAppend): Judged => {
    const revision = expected + length;
    const last = eventAt(stream, revision);
    if (!last) throw new Error(`${stream} has no revision ${revision}, though its id was just compared`);
    return { result: { outcome: 'ok', revision, position: last.position } };
  };

  return {
    beginBatch: () => {
      batches.push(new Map());
    },
    judge: (append) => {
      const { stream, expected } = append;
      const current = lastRevision(stream);
      const ids = append.events.map(({ id }) => id);
      switch (judgeAppend(current, expected, ids, (revision) => eventAt(stream, revision)?.id).verdict) {
        case 'write':
          return stage(append, current);
        case 'written-before':
          return repeated(append);
        case 'conflict':
          return { result: { outcome: 'conflict', revision: current } };
      }
    },
    lastRevision,
    head: () => toPosition(sequence),
    known: () => {
      batches.shift();
    },
    drop: () => {
      looked = undefined;
      batches = [];
      sequence = log.head();
    },
  };
};
