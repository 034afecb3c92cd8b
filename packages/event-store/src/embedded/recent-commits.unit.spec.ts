import { describe, expect, it } from '@jest/globals';
import { toPosition } from '../position.js';
import { recentCommits, type RecentCommits } from './recent-commits.js';

/** A commit of the events with these sequence numbers. */
const add = (recent: RecentCommits, first: number, last: number): void => {
  const events = Array.from({ length: last - first + 1 }, (_, at) => ({
    stream: 'wallet-1',
    revision: first + at - 1,
    position: toPosition(first + at),
    id: `${first + at}`,
    type: 'Noted',
    data: {},
    metadata: {},
  }));
  recent.add({ sequence: last, bytes: Buffer.alloc(10), trusted: false }, () => events);
};
const follow = (recent: RecentCommits, { wantsEvents = true } = {}) => {
  const reader = { last: Infinity, wantsEvents };
  return { reader, gone: recent.keepFor(reader) };
};
const ids = (events: readonly { id: string }[] | undefined) => events?.map(({ id }) => Number(id));

describe('the end of the log in memory', () => {
  it('gives the events after any place in it, also in the middle of a commit', () => {
    const recent = recentCommits(3);
    follow(recent);
    add(recent, 4, 6);
    add(recent, 7, 7);
    add(recent, 8, 10);
    for (let after = 3; after <= 10; after += 1)
      expect(ids(recent.eventsAfter(after, 100))).toEqual([4, 5, 6, 7, 8, 9, 10].filter((id) => id > after));
    expect(recent.eventsAfter(99, 100)).toEqual([]);
  });

  it('says so where it no longer has them', () => {
    const recent = recentCommits(3);
    follow(recent);
    expect(recent.eventsAfter(2, 100)).toBeUndefined();
    expect(recent.eventsAfter(3, 100)).toEqual([]);
    add(recent, 4, 6);
    expect(recent.eventsAfter(0, 100)).toBeUndefined();
  });

  it('lets the oldest go when it holds too much, and finds the others still', () => {
    const recent = recentCommits(0, { mostSize: 100, leastSize: 100 });
    follow(recent);
    for (let last = 2; last <= 200; last += 2) add(recent, last - 1, last);
    expect(recent.eventsAfter(179, 100)).toBeUndefined();
    expect(recent.at(180)).toBeUndefined();
    expect(ids(recent.eventsAfter(180, 100))).toEqual(Array.from({ length: 20 }, (_, at) => 181 + at));
    expect(ids(recent.at(182)?.events)).toEqual([181, 182]);
    expect(recent.at(183)).toBeUndefined();
  });

  it('keeps what a reader has not read yet, as far as there is room, and little else', () => {
    const recent = recentCommits(0, { mostSize: 100, leastSize: 20 });
    const { reader, gone } = follow(recent);
    reader.last = 0;
    for (let last = 1; last <= 8; last += 1) add(recent, last, last);
    expect(ids(recent.eventsAfter(0, 100))).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    reader.last = 5;
    add(recent, 9, 9);
    expect(recent.eventsAfter(4, 100)).toBeUndefined();
    expect(ids(recent.eventsAfter(5, 100))).toEqual([6, 7, 8, 9]);
    for (let last = 10; last <= 30; last += 1) add(recent, last, last);
    expect(recent.eventsAfter(19, 100)).toBeUndefined();
    gone();
    follow(recent);
    add(recent, 31, 31);
    expect(ids(recent.eventsAfter(29, 100))).toEqual([30, 31]);
    expect(recent.eventsAfter(28, 100)).toBeUndefined();
  });

  it('gives about as many as asked for, whole commits at a time', () => {
    const recent = recentCommits(0);
    follow(recent);
    for (let last = 3; last <= 30; last += 3) add(recent, last - 2, last);
    expect(ids(recent.eventsAfter(0, 3))).toEqual([1, 2, 3]);
    expect(ids(recent.eventsAfter(1, 3))).toEqual([2, 3, 4, 5, 6]);
    expect(ids(recent.eventsAfter(0, 7))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('keeps events as objects only while somebody follows who wants them, and the commits for anybody', () => {
    const recent = recentCommits(0);
    follow(recent, { wantsEvents: false });
    add(recent, 1, 2);
    expect(recent.eventsAfter(0, 100)).toBeUndefined();
    expect(recent.at(2)).toMatchObject({ sequence: 2, events: undefined });
    const { gone } = follow(recent);
    add(recent, 3, 4);
    expect(ids(recent.eventsAfter(2, 100))).toEqual([3, 4]);
    expect(recent.eventsAfter(1, 100)).toBeUndefined();
    gone();
    add(recent, 5, 5);
    expect(recent.eventsAfter(4, 100)).toBeUndefined();
    expect(recent.eventsAfter(5, 100)).toEqual([]);
    expect(recent.commitsAfter(0, 1_000)?.map(({ sequence }) => sequence)).toEqual([2, 4, 5]);
  });
});
