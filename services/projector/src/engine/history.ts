import type { EventStore, Position, RecordedEvent } from '@shop/event-store';
import { toLogEvent, type LogEvent, type ParseEvent } from './log-event.js';

/** Pages of the log for whoever is too far behind for the recent events. */
export type History = {
  /** The events right after a position, none at the end of the log. @throws EventStoreUnavailableError */
  readonly page: (after: Position) => Promise<readonly LogEvent[]>;
  readonly close: () => Promise<void>;
};

type Cursor = { readonly pages: AsyncIterator<readonly RecordedEvent[]>; rest: readonly RecordedEvent[] };

const pagesKept = 32;
const cursorsKept = 16;

/** Takes entries off the front of a map, oldest first, until no more than so many are left. */
const trim = <Value>(map: Map<Position, Value>, most: number, drop: (value: Value) => void): void => {
  for (const [key, value] of map) {
    if (map.size <= most) return;
    map.delete(key);
    drop(value);
  }
};

/**
 * Readers at one position share a page, read and parsed once; the next page is read while they fold this one.
 * A read goes on where the page before it ended instead of opening the log again.
 */
export const history = (eventStore: Pick<EventStore, 'readAll'>, parse: ParseEvent, pageEvents: number): History => {
  const pages = new Map<Position, Promise<readonly LogEvent[]>>();
  const cursors = new Map<Position, Cursor>();
  const closing = new Set<Promise<unknown>>();

  const close = ({ pages: open }: Cursor) => {
    // The log is only read here: a cursor that fails to close has nothing to lose.
    const closed: Promise<unknown> = Promise.resolve(open.return?.())
      .catch(() => undefined)
      .finally(() => closing.delete(closed));
    closing.add(closed);
  };
  const openedAt = (after: Position): Cursor => {
    const waiting = cursors.get(after);
    cursors.delete(after);
    return waiting ?? { pages: eventStore.readAll(after)[Symbol.asyncIterator](), rest: [] };
  };
  const keep = (after: Position, cursor: Cursor) => {
    const other = cursors.get(after);
    if (other) close(other);
    cursors.set(after, cursor);
    trim(cursors, cursorsKept, close);
  };
  const read = async (after: Position): Promise<readonly LogEvent[]> => {
    const cursor = openedAt(after);
    if (cursor.rest.length === 0) {
      const next = await cursor.pages.next();
      if (next.done) return [];
      cursor.rest = next.value;
    }
    const page = cursor.rest.slice(0, pageEvents);
    cursor.rest = cursor.rest.slice(pageEvents);
    keep(page.at(-1)?.position ?? after, cursor);
    return page.map((recorded) => toLogEvent(parse, recorded));
  };
  const shared = (after: Position): Promise<readonly LogEvent[]> => {
    const known = pages.get(after);
    if (known) return known;
    const reading = read(after);
    pages.set(after, reading);
    trim(pages, pagesKept, () => undefined);
    const forget = () => {
      if (pages.get(after) === reading) pages.delete(after);
    };
    reading.then((page) => (page.length === 0 ? forget() : undefined), forget);
    return reading;
  };
  return {
    page: async (after) => {
      const page = await shared(after);
      const last = page.at(-1)?.recorded.position;
      // Ahead of need, so whoever asks for it meets its failure, and nobody else does.
      if (last !== undefined) void shared(last).catch(() => undefined);
      return page;
    },
    close: async () => {
      for (const cursor of cursors.values()) close(cursor);
      cursors.clear();
      pages.clear();
      await Promise.all(closing);
    },
  };
};
