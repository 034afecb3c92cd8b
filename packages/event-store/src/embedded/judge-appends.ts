import { judgeAppend, type AppendVerdict } from '../append-rule.js';
import type { AppendResult, RecordedEvent, Revision } from '../event-store.js';
import { toPosition } from '../position.js';
import type { CommitLine } from './commit-row.js';
import type { EncodedAppend } from './encoded-append.js';

/** The log as committed. */
export type Committed = {
  readonly lastSequence: number;
  readonly lastRevision: (stream: string) => Revision;
  readonly eventAt: (stream: string, revision: Revision) => RecordedEvent | undefined;
};

/** What one transaction will do: the lines to write, and what each append comes to once they are on disk. */
export type Judged = {
  readonly lines: readonly CommitLine[];
  readonly events: readonly RecordedEvent[];
  /** By append, in their order; an error where the log could not be read to judge it. */
  readonly results: readonly (AppendResult | Error)[];
};

/**
 * Judges appends one after the other: each sees what those before it are about to write. So no result holds before that is on disk.
 * An append that conflicts, or was written before, leaves the others as they are.
 */
export const judgeAppends = (appends: readonly EncodedAppend[], committed: Committed): Judged => {
  const lines: CommitLine[] = [];
  const events: RecordedEvent[] = [];
  const staged = new Map<string, RecordedEvent[]>();
  let sequence = committed.lastSequence;

  const eventAt = (stream: string, revision: Revision): RecordedEvent | undefined => {
    const written = staged.get(stream);
    const first = written?.[0]?.revision ?? Infinity;
    return revision >= first ? written?.[revision - first] : committed.eventAt(stream, revision);
  };

  const stage = ({ stream, events: added, text }: EncodedAppend, current: Revision): AppendResult => {
    lines.push({ stream, revision: current + 1, sequence: sequence + 1, count: added.length, text });
    const written = staged.get(stream) ?? [];
    added.forEach(({ id, type, data, metadata, trusted }, index) => {
      const position = toPosition((sequence += 1));
      const event = { stream, revision: current + 1 + index, position, id, type, data, metadata, trusted };
      written.push(event);
      events.push(event);
    });
    staged.set(stream, written);
    return { outcome: 'ok', revision: current + added.length, position: toPosition(sequence) };
  };

  const repeated = ({ stream, expected, events: { length } }: EncodedAppend): AppendResult => {
    const revision = expected + length;
    const last = eventAt(stream, revision);
    if (!last) throw new Error(`${stream} has no revision ${revision}, though its id was just compared`);
    return { outcome: 'ok', revision, position: last.position };
  };

  const settle = (append: EncodedAppend, verdict: AppendVerdict, current: Revision): AppendResult => {
    switch (verdict.verdict) {
      case 'write':
        return stage(append, current);
      case 'written-before':
        return repeated(append);
      case 'conflict':
        return { outcome: 'conflict', revision: current };
    }
  };

  const results = appends.map((append) => {
    const { stream, expected } = append;
    try {
      const current = staged.get(stream)?.at(-1)?.revision ?? committed.lastRevision(stream);
      const ids = append.events.map(({ id }) => id);
      return settle(
        append,
        judgeAppend(current, expected, ids, (revision) => eventAt(stream, revision)?.id),
        current,
      );
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  });
  return { lines, events, results };
};
