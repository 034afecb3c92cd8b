import type { RecordedEvent, Revision } from '../event-store.js';
import { toPosition } from '../position.js';
import {
  byStream,
  checkedCommit,
  checkedRow,
  parseStreamOf,
  parseText,
  textOf,
  type CheckedCommit,
  type CommitRow,
  type SharedCommit,
} from './commit-row.js';
import { DamagedLogError } from './damaged-log.js';
import type { Log } from './log.js';

const pageEvents = 1_000;
const pageSize = 1024 * 1024; // bytes
const firstWindow = 64; // a page may hold that many events of any size before its reader knows how large they are

/** Reads the log in order, page by page: from memory where it can, else from the file in windows that fit the events' size. */
export const logReader = ({ file, recent }: Log) => {
  let window = firstWindow;
  const fromFile = (after: number): readonly CommitRow[] => {
    const within = file.commitsBetween(after, after + window);
    const rows = within.length > 0 ? within : [file.firstCommitAfter(after)].filter((row) => row !== undefined);
    const size = rows.reduce((sum, { bytes }) => sum + bytes.length, 0);
    if (size * 4 <= pageSize) window = Math.min(window * 4, pageEvents);
    else if (size > pageSize) window = Math.max(Math.floor(window / 4), 1);
    return rows;
  };
  return {
    /** The next events after a sequence number, none at the end; without gap, from the very next one. */
    after: (sequence: number): readonly RecordedEvent[] =>
      recent.eventsAfter(sequence, pageEvents) ??
      eventsAfter(
        sequence,
        fromFile(sequence).map((row) => checkedCommit(row, file.name)),
        file.name,
      ),
    /** The commits that hold them. */
    commitsAfter: (sequence: number): readonly SharedCommit[] =>
      recent.commitsAfter(sequence, pageSize) ?? fromFile(sequence).map((row) => checkedRow(row, file.name)),
  };
};

/** Events of commits after a sequence number. @throws DamagedLogError where the commits do not follow it, and each other, without a gap */
export const eventsAfter = (after: number, commits: readonly CheckedCommit[], name: string): readonly RecordedEvent[] => {
  const events: RecordedEvent[] = [];
  let last = after;
  for (const row of commits) {
    const commit = parseText(row, name);
    if (commit.first > last + 1) throw new DamagedLogError(name, last + 1, `the next event in it is at ${toPosition(commit.first)}`);
    const known = last + 1 - commit.first; // not none only where a reader starts in the middle of a commit
    for (const event of known === 0 ? commit.events : commit.events.slice(known)) events.push(event);
    last = row.sequence;
  }
  return events;
};

const eventsInCommit = (
  { file, recent, readLately }: Log,
  stream: string,
  sequence: number,
): { events: readonly RecordedEvent[]; size: number } => {
  const commit = recent.at(sequence);
  if (commit?.events) return { events: commit.events.filter((event) => event.stream === stream), size: 0 };
  if (commit) return { events: parseStreamOf(byStream(textOf(commit), file.name), stream, file.name), size: 0 };
  const known = readLately.get(sequence);
  if (known) return { events: parseStreamOf(known, stream, file.name), size: 0 };
  const row = file.commitAt(sequence);
  if (!row) throw new DamagedLogError(file.name, sequence, `it is missing, though ${stream} has events there`);
  const read = byStream(checkedCommit(row, file.name), file.name);
  const size = read.row.text.length;
  readLately.set(sequence, read, { size });
  return { events: parseStreamOf(read, stream, file.name), size };
};

/** Some events of a stream from a revision on, at least one where there is one. @throws DamagedLogError where one is missing */
export const streamPage = (log: Log, stream: string, from: Revision, most = pageEvents): readonly RecordedEvent[] => {
  const events: RecordedEvent[] = [];
  let size = 0;
  for (const [, sequence] of log.index.commitsFrom(stream, from)) {
    const found = eventsInCommit(log, stream, sequence);
    size += found.size;
    for (const event of found.events) {
      if (event.revision < from) continue;
      if (event.revision !== from + events.length)
        throw new DamagedLogError(
          log.file.name,
          sequence,
          `${stream} continues with revision ${event.revision}, not ${from + events.length}`,
        );
      events.push(event);
    }
    if (events.length >= most || size >= 4 * pageSize) break;
  }
  return events;
};
