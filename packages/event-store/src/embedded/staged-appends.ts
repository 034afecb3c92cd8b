import { judgeAppend } from '../append-rule.js';
import type { AppendResult, RecordedEvent, Revision } from '../event-store.js';
import { toPosition, type Position } from '../position.js';
import type { CommitLine } from './commit-row.js';
import type { EncodedAppend } from './encoded-append.js';
import type { Log } from './log.js';
import { streamPage } from './reading.js';

/** What is to be written of an append. */
export type StagedAppend = { readonly line: CommitLine; readonly events: readonly RecordedEvent[] };

export type Judged = {
  /** Holds once everything that was staged before it, and `staged`, is on disk. */
  readonly result: Exclude<AppendResult, { readonly outcome: 'unknown' }>;
  /** Undefined where there is nothing to write. */
  readonly staged?: StagedAppend;
};

/** Appends that have been judged and are not on disk yet, in their order: each was judged on what those before it are about to write. */
export type StagedAppends = {
  /** @throws where the log cannot be read to judge it */
  readonly judge: (append: EncodedAppend) => Judged;
  readonly lastRevision: (stream: string) => Revision;
  /** Position of the last event. */
  readonly head: () => Position;
  /** The oldest of them are known to the log now. */
  readonly known: (appends: readonly StagedAppend[]) => void;
  /** None of them will be written. */
  readonly drop: () => void;
};

export const stagedAppends = (log: Log): StagedAppends => {
  const streams = new Map<string, RecordedEvent[]>();
  let sequence = log.head();

  const lastRevision = (stream: string): Revision => streams.get(stream)?.at(-1)?.revision ?? log.index.lastRevision(stream);

  const eventAt = (stream: string, revision: Revision): RecordedEvent | undefined => {
    const staged = streams.get(stream);
    const first = staged?.[0]?.revision ?? Infinity;
    return revision >= first ? staged?.[revision - first] : streamPage(log, stream, revision, 1)[0];
  };

  const stage = ({ stream, events: added, text }: EncodedAppend, current: Revision): Judged => {
    const line: CommitLine = { stream, revision: current + 1, sequence: sequence + 1, count: added.length, text };
    const events = added.map(({ id, type, data, metadata, trusted }, index): RecordedEvent => {
      sequence += 1;
      return { stream, revision: current + 1 + index, position: toPosition(sequence), id, type, data, metadata, trusted };
    });
    const before = streams.get(stream);
    if (before) before.push(...events);
    else streams.set(stream, [...events]);
    return { result: { outcome: 'ok', revision: current + added.length, position: toPosition(sequence) }, staged: { line, events } };
  };

  const repeated = ({ stream, expected, events: { length } }: EncodedAppend): Judged => {
    const revision = expected + length;
    const last = eventAt(stream, revision);
    if (!last) throw new Error(`${stream} has no revision ${revision}, though its id was just compared`);
    return { result: { outcome: 'ok', revision, position: last.position } };
  };

  return {
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
    known: (appends) => {
      for (const { line } of appends) {
        const staged = streams.get(line.stream);
        if (staged === undefined || staged.length === line.count) streams.delete(line.stream);
        else staged.splice(0, line.count);
      }
    },
    drop: () => {
      streams.clear();
      sequence = log.head();
    },
  };
};
