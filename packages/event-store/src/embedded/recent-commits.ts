import type { RecordedEvent } from '../event-store.js';
import type { SharedCommit } from './commit-row.js';

export type Commit = SharedCommit & {
  /** As they were appended. Only while somebody follows who wants them: objects that die young cost the garbage collector nothing, those that stay a while are copied twice. */
  readonly events: readonly RecordedEvent[] | undefined;
};

/** The end of the log in memory: followers and tail reads seldom touch the file. */
export type RecentCommits = {
  /** `events` is asked where somebody follows who wants them. */
  readonly add: (commit: SharedCommit, events: () => readonly RecordedEvent[]) => void;
  /** Keeps what comes after the sequence number that the reader names, as far as there is room. Call the answer when the reader is gone. */
  readonly keepFor: (reader: RecentReader) => () => void;
  readonly at: (sequence: number) => Commit | undefined;
  /** Events after a sequence number, about `most` of them; undefined where some of them are not here. */
  readonly eventsAfter: (after: number, most: number) => readonly RecordedEvent[] | undefined;
  /** The same as whole commits, about `mostSize` bytes of them; the first may begin at or before `after`. */
  readonly commitsAfter: (after: number, mostSize: number) => readonly SharedCommit[] | undefined;
};

/** Follows the log; `last` is the sequence number up to which it has read. */
export type RecentReader = { last: number; readonly wantsEvents: boolean };

/**
 * Bounded by `mostSize` bytes. What every reader has read goes earlier, but for the newest `leastSize`.
 * `start` is the sequence number of the last event in the log as it was opened.
 */
export const recentCommits = (start: number, { mostSize = 4 * 1024 * 1024, leastSize = 128 * 1024 } = {}): RecentCommits => {
  const readers = new Set<RecentReader>();
  let commits: Commit[] = [];
  let size = 0;
  let dropped = 0; // commits at the front of the array that are no longer counted
  let floor = start;
  let eventsFloor = start; // after it, commits have their events
  let end = start;
  const firstAfter = (after: number): number => {
    let low = dropped;
    let high = commits.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((commits[middle]?.sequence ?? Infinity) <= after) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  const trim = (): void => {
    let read = Infinity;
    for (const { last } of readers) read = Math.min(read, last);
    for (let oldest = commits[dropped]; oldest && size > (oldest.sequence > read ? mostSize : leastSize); oldest = commits[dropped]) {
      size -= oldest.bytes.length;
      floor = oldest.sequence;
      dropped += 1;
    }
    if (dropped * 2 > commits.length) {
      commits = commits.slice(dropped);
      dropped = 0;
    }
  };
  return {
    add: ({ sequence, bytes, trusted }, events) => {
      const isWanted = [...readers].some(({ wantsEvents }) => wantsEvents);
      commits.push({ sequence, bytes, trusted, events: isWanted ? events() : undefined });
      size += bytes.length;
      end = sequence;
      if (!isWanted) eventsFloor = sequence;
      trim();
    },
    keepFor: (reader) => {
      readers.add(reader);
      return () => readers.delete(reader);
    },
    at: (sequence) => {
      const commit = commits[firstAfter(sequence - 1)];
      return commit?.sequence === sequence ? commit : undefined;
    },
    eventsAfter: (after, most) => {
      if (after >= end) return [];
      if (after < floor || after < eventsFloor) return undefined;
      const index = firstAfter(after);
      const { sequence, events: ofFirst = [] } = commits[index] ?? { sequence: after };
      const known = ofFirst.length - (sequence - after); // events of it that the reader has had
      if (known === 0 && (ofFirst.length >= most || index === commits.length - 1)) return ofFirst;
      const events = ofFirst.slice(known);
      for (let next = index + 1; next < commits.length && events.length < most; next += 1)
        for (const event of commits[next]?.events ?? []) events.push(event);
      return events;
    },
    commitsAfter: (after, mostSize) => {
      if (after < floor) return undefined;
      const found: SharedCommit[] = [];
      let taken = 0;
      for (let next = firstAfter(after); next < commits.length && taken < mostSize; next += 1) {
        const commit = commits[next];
        if (!commit) break;
        found.push({ sequence: commit.sequence, bytes: commit.bytes, trusted: commit.trusted });
        taken += commit.bytes.length;
      }
      return found;
    },
  };
};
