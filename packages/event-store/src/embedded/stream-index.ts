import { LRUCache } from 'lru-cache';
import { noStream, type Revision } from '../event-store.js';
import type { CommitOfStream, LogFile, Segment } from './log-file.js';

/** Where each stream's events are, and where each stream ends. */
export type StreamIndex = {
  /** Last revision of a stream, `noStream` where it has none. */
  readonly lastRevision: (stream: string) => Revision;
  /** The commits that hold a stream's events from a revision on, as many as stand together; the first of them may start earlier. */
  readonly commitsFrom: (stream: string, from: Revision) => readonly CommitOfStream[];
  /** Notes that a commit holds these revisions of a stream, besides those noted of it before. Commits come in order. */
  readonly add: (stream: string, first: Revision, last: Revision, sequence: number) => void;
  /** Streams of the last events, as far as they are not written. */
  readonly unwritten: () => readonly string[];
  /** Commits up to this sequence number are wholly written. */
  readonly writtenUpTo: () => number;
  /** Whether there is something to write, behind the commits. */
  readonly isDue: () => boolean;
  /** Makes all that has gathered due. */
  readonly gatherNoLonger: () => void;
  /** Writes a part of it, inside the caller's transaction. Call `written` once that is on disk; else the same part is written again. */
  readonly write: () => void;
  readonly written: () => void;
};

const none: readonly CommitOfStream[] = [];

/** Those from the commit on that holds a revision. Looked for from the end: it is tails that are read, of streams with thousands of commits. */
const from = (commits: readonly CommitOfStream[], revision: Revision): readonly CommitOfStream[] =>
  commits.slice(
    Math.max(
      0,
      commits.findLastIndex((commit) => commit[0] <= revision),
    ),
  );

type Gathered = { last: Revision; readonly commits: CommitOfStream[] };

/**
 * The index is written behind: a commit touches no index page, and many commits of a stream become one row. What has not been
 * written is in memory, and comes back at start from the commits after `indexedUpTo`. It is written in small parts, so that no
 * commit waits long behind it; a part written twice, before and after a crash, replaces itself.
 */
export const streamIndex = (
  file: LogFile,
  {
    writeAfter = 16_384,
    part = 256,
    mostHeads = 100_000,
  }: { readonly writeAfter?: number; readonly part?: number; readonly mostHeads?: number } = {},
): StreamIndex => {
  let gathered = new Map<string, Gathered>();
  let size = 0; // events: what a start after a crash has to read again
  let dueAt = writeAfter;
  let upTo = file.indexedUpTo();
  let writtenUpTo = upTo;
  /** What is being written, part by part, and up to where the index goes once it is. */
  let leaving: { readonly entries: Map<string, Gathered>; readonly rest: readonly string[]; readonly upTo: number } | undefined;
  const heads = new LRUCache<string, Revision>({ max: mostHeads });

  const leave = (): void => {
    if (leaving || size === 0) return;
    leaving = { entries: gathered, rest: [...gathered.keys()].sort(), upTo }; // sorted: neighbours share pages
    gathered = new Map();
    size = 0;
    dueAt = writeAfter;
  };
  const segmentFrom = (stream: string, revision: Revision): Segment | undefined =>
    [gathered, leaving?.entries].map((entries) => entries?.get(stream)).find((entry) => (entry?.commits[0]?.[0] ?? Infinity) <= revision) ??
    file.segmentBefore(stream, revision);

  return {
    lastRevision: (stream) => {
      const known = gathered.get(stream)?.last ?? leaving?.entries.get(stream)?.last ?? heads.get(stream);
      if (known !== undefined) return known;
      const last = file.lastRevision(stream) ?? noStream;
      heads.set(stream, last);
      return last;
    },
    commitsFrom: (stream, revision) => {
      const segment = segmentFrom(stream, revision);
      return segment && segment.last >= revision ? from(segment.commits, revision) : none;
    },
    add: (stream, first, last, sequence) => {
      const entry = gathered.get(stream);
      if (entry) {
        entry.last = last;
        if (entry.commits.at(-1)?.[1] !== sequence) entry.commits.push([first, sequence]);
      } else gathered.set(stream, { last, commits: [[first, sequence]] });
      size += last - first + 1;
      upTo = sequence;
    },
    unwritten: () => [...new Set([...gathered.keys(), ...(leaving?.entries.keys() ?? [])])],
    writtenUpTo: () => writtenUpTo,
    isDue: () => leaving !== undefined || size >= dueAt,
    gatherNoLonger: () => {
      dueAt = 1;
    },
    write: () => {
      leave();
      if (!leaving) return;
      const { entries, rest } = leaving;
      for (const stream of rest.slice(0, part)) {
        const segment = entries.get(stream);
        if (segment) file.writeSegment(stream, segment);
      }
      if (rest.length <= part) file.setIndexedUpTo(leaving.upTo);
    },
    written: () => {
      if (!leaving) return;
      const rest = leaving.rest.slice(part);
      if (rest.length > 0) {
        leaving = { ...leaving, rest };
        return;
      }
      for (const [stream, { last }] of leaving.entries) heads.set(stream, last);
      writtenUpTo = leaving.upTo;
      leaving = undefined;
    },
  };
};
