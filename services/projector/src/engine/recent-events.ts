import type { Position } from '@shop/event-store';
import type { LogEvent } from './log-event.js';

/**
 * The newest events of the log, without a gap, in pages as they came; the oldest pages make room. What every reader has had goes at once:
 * objects that die young cost the garbage collector nothing, those that stay a while are copied twice.
 */
export type RecentEvents = {
  /** Everything after it that the log has told so far is here. Undefined until `begin`. */
  readonly start: () => Position | undefined;
  readonly end: () => Position | undefined;
  readonly begin: (at: Position) => void;
  /** Events at or before the end are repeats of a redelivery and left out; answers what was new. */
  readonly add: (events: readonly LogEvent[]) => number;
  /** Events after a position and up to another, at most so many; the stored page itself where that is the answer. */
  readonly take: (after: Position, upTo: Position, most: number) => readonly LogEvent[];
  readonly countAfter: (position: Position) => number;
  /** Nobody is known to want what stands up to here. */
  readonly drop: (upTo: Position) => void;
};

type Page = { readonly last: Position; readonly events: readonly LogEvent[] };

const positionOf = (events: readonly LogEvent[], index: number): Position => events[index]?.recorded.position ?? '';

/** Index of the first event after a position. */
const firstAfter = (events: readonly LogEvent[], position: Position): number => {
  let low = 0;
  let high = events.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (positionOf(events, middle) <= position) low = middle + 1;
    else high = middle;
  }
  return low;
};

const between = (events: readonly LogEvent[], after: Position, upTo: Position): readonly LogEvent[] => {
  if (positionOf(events, 0) > after && positionOf(events, events.length - 1) <= upTo) return events;
  return events.slice(firstAfter(events, after), firstAfter(events, upTo));
};

export const recentEvents = (capacity: number): RecentEvents => {
  let start: Position | undefined;
  let end: Position | undefined;
  let size = 0;
  const pages: Page[] = [];

  const firstPageAfter = (position: Position): number => {
    let index = pages.length;
    while (index > 0 && (pages[index - 1]?.last ?? '') > position) index -= 1;
    return index;
  };
  const dropWhile = (isDue: (page: Page) => boolean) => {
    for (let oldest = pages[0]; oldest && isDue(oldest); oldest = pages[0]) {
      pages.shift();
      size -= oldest.events.length;
      start = oldest.last;
    }
  };
  return {
    start: () => start,
    end: () => end,
    begin: (at) => {
      start = at;
      end = at;
    },
    add: (events) => {
      const added = end === undefined ? [] : events.slice(firstAfter(events, end));
      if (added.length === 0) return 0;
      end = positionOf(added, added.length - 1);
      pages.push({ last: end, events: added });
      size += added.length;
      dropWhile(() => size > capacity && pages.length > 1);
      return added.length;
    },
    take: (after, upTo, most) => {
      const first = firstPageAfter(after);
      const page = between(pages[first]?.events ?? [], after, upTo);
      if (page.length >= most) return page.slice(0, most);
      const following = pages[first + 1]?.events[0]?.recorded.position;
      if (page.length === 0 || following === undefined || following > upTo) return page;
      const taken = [...page];
      for (let index = first + 1; index < pages.length && taken.length < most; index += 1) {
        const part = between(pages[index]?.events ?? [], after, upTo);
        if (part.length === 0) break;
        taken.push(...part.slice(0, most - taken.length));
      }
      return taken;
    },
    countAfter: (position) =>
      pages.slice(firstPageAfter(position)).reduce((sum, { events }) => sum + events.length - firstAfter(events, position), 0),
    drop: (upTo) => dropWhile(({ last }) => last <= upTo),
  };
};
