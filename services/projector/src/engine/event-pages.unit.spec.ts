import { describe, expect, it } from '@jest/globals';
import { manualClock } from '@shop/clock';
import { beginning, EventStoreUnavailableError, toPosition, type Position, type RecordedEvent } from '@shop/event-store';
import { pino } from 'pino';
import { readSettings, type Settings } from '../settings.js';
import { eventPages, type EventPageSource } from './event-pages.js';
import type { LogEvent } from './log-event.js';

const occurredAt = '2026-01-05T03:04:05.678Z';
const event = (number: number): RecordedEvent => ({
  stream: 'cart-kim',
  revision: number - 1,
  position: toPosition(number),
  id: `event-${number}`,
  type: 'CartItemRemoved',
  data: { userId: 'kim', itemId: 'i', productId: 'p', occurredAt },
  metadata: { version: 1 },
});
const numbers = (page: readonly LogEvent[]) => page.map(({ recorded }) => Number(`0x${recorded.position}`));

/** A log whose subscriptions do what a test tells them: deliver, end, fail, or freeze. */
const scriptedLog = () => {
  const events: RecordedEvent[] = [];
  const reads: Position[] = [];
  const subscriptions: {
    readonly after: Position;
    readonly deliver: (page: readonly RecordedEvent[]) => void;
    readonly end: (error?: Error) => void;
  }[] = [];
  const after = (position: Position) => events.filter((one) => one.position > position);
  return {
    events,
    reads,
    subscriptions,
    write: (...added: number[]) => events.push(...added.map(event)),
    head: async () => events.at(-1)?.position ?? beginning,
    readAll: async function* (position: Position) {
      reads.push(position);
      const found = after(position);
      for (let start = 0; start < found.length; start += 3) yield found.slice(start, start + 3);
    },
    subscribe: (position: Position): AsyncIterable<readonly RecordedEvent[]> => {
      const pages: (readonly RecordedEvent[])[] = [];
      let ended: { readonly error: Error | undefined } | undefined;
      let wake: () => void = () => undefined;
      subscriptions.push({
        after: position,
        deliver: (page) => {
          pages.push(page);
          wake();
        },
        end: (error) => {
          ended = { error };
          wake();
        },
      });
      return (async function* () {
        for (;;) {
          const page = pages.shift();
          if (page) yield page;
          else if (ended?.error) throw ended.error;
          else if (ended) return;
          else await new Promise<void>((resolve) => (wake = resolve));
        }
      })();
    },
  };
};

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

const following = async (log: ReturnType<typeof scriptedLog>, settings: Partial<Settings> = {}) => {
  const clock = manualClock();
  const pages: EventPageSource = eventPages({
    eventStore: log,
    parse: (stored) => ({ type: 'CartItemRemoved', data: { userId: stored.stream, itemId: 'i', productId: 'p', occurredAt } }),
    clock,
    random: () => 1,
    logger: pino({ level: 'silent' }),
    settings: { ...readSettings(), ...settings },
  });
  const ending = new AbortController();
  const running = pages.follow(ending.signal);
  await settle();
  const received: number[][] = [];
  /** A reader that takes page after page. */
  const read = async (after: Position) => {
    const reader = pages.reader();
    for (let at = after; !ending.signal.aborted;) {
      const page = await reader.next(at, ending.signal);
      if (page.length === 0) return reader.close();
      received.push(numbers(page));
      at = page.at(-1)?.recorded.position ?? at;
    }
  };
  const stop = async () => {
    ending.abort();
    await running;
  };
  return { clock, pages, received, read, stop, signal: ending.signal };
};

describe('pages of events', () => {
  it('grow for a while when nobody waits, and hold what came meanwhile in one page', async () => {
    const log = scriptedLog();
    const { clock, received, read, stop } = await following(log);
    const reading = read(beginning);
    log.subscriptions[0]?.deliver([event(1)]);
    await clock.advance(10);
    log.subscriptions[0]?.deliver([event(2), event(3)]);
    await clock.advance(9);
    expect(received).toEqual([]);
    await clock.advance(1);

    expect(received).toEqual([[1, 2, 3]]);
    await stop();
    await reading;
  });

  it('grow for longer while many events come', async () => {
    const log = scriptedLog();
    const { clock, received, read, stop } = await following(log, { lingerMs: 20, busyLingerMs: 200 });
    const reading = read(beginning);
    const burst = (from: number) => log.subscriptions[0]?.deliver(Array.from({ length: 300 }, (_, index) => event(from + index)));
    burst(1);
    await clock.advance(20);
    expect(received.map(({ length }) => length)).toEqual([300]);

    burst(301);
    await clock.advance(199);
    expect(received).toHaveLength(1);
    await clock.advance(1);
    expect(received.map(({ length }) => length)).toEqual([300, 300]);

    log.subscriptions[0]?.deliver([event(601)]);
    await clock.advance(200);
    log.subscriptions[0]?.deliver([event(602)]);
    await clock.advance(20);
    expect(received.map(({ length }) => length)).toEqual([300, 300, 1, 1]);
    await stop();
    await reading;
  });

  it('start at once when somebody waits', async () => {
    const log = scriptedLog();
    const { pages, received, read, stop } = await following(log);
    const reading = read(beginning);
    log.subscriptions[0]?.deliver([event(1)]);
    await settle();
    pages.hurry();
    await settle();
    expect(received).toEqual([[1]]);

    pages.hurry(toPosition(3));
    for (const number of [2, 3, 4]) {
      log.subscriptions[0]?.deliver([event(number)]);
      await settle();
    }
    expect(received).toEqual([[1], [2], [3]]); // nobody waits for the fourth
    await stop();
    await reading;
  });

  it('are read from the store by whoever is behind, shared, and then followed without a gap', async () => {
    const log = scriptedLog();
    log.write(1, 2, 3, 4, 5, 6, 7);
    const one = await following(log);
    const readers = [one.read(beginning), one.read(beginning)];
    await settle();
    await settle();
    log.write(8);
    log.subscriptions[0]?.deliver([event(8)]);
    await one.clock.advance(20);

    expect(log.subscriptions[0]?.after).toBe(toPosition(7));
    expect(one.received).toEqual([[1, 2, 3], [1, 2, 3], [4, 5, 6], [4, 5, 6], [7], [7], [8], [8]]);
    expect(log.reads.filter((after) => after === beginning)).toHaveLength(1);
    await one.stop();
    await Promise.all(readers);
  });

  it('come from the store again for a reader that the recent events have left behind', async () => {
    const log = scriptedLog();
    const one = await following(log, { recentEvents: 2, lingerMs: 0 });
    for (const number of [1, 2, 3, 4, 5]) {
      log.write(number);
      log.subscriptions[0]?.deliver([event(number)]);
      await settle();
    }
    expect(one.pages.eventsAfter(toPosition(4))).toBe(1);
    expect(one.pages.eventsAfter(toPosition(1))).toBeUndefined();
    const reading = one.read(toPosition(1));
    await settle();

    expect(one.received.flat()).toEqual([2, 3, 4, 5]);
    await one.stop();
    await reading;
  });

  it('are never larger than asked for', async () => {
    const log = scriptedLog();
    const one = await following(log, { pageEvents: 2, lingerMs: 0 });
    log.subscriptions[0]?.deliver([1, 2, 3, 4, 5].map(event));
    await settle();
    const reading = one.read(beginning);
    await settle();

    expect(one.received).toEqual([[1, 2], [3, 4], [5]]);
    await one.stop();
    await reading;
  });

  it('leave out what a subscription delivers again', async () => {
    const log = scriptedLog();
    const one = await following(log, { lingerMs: 0 });
    const reading = one.read(beginning);
    log.subscriptions[0]?.deliver([event(1), event(2)]);
    await settle();
    log.subscriptions[0]?.deliver([event(1), event(2), event(3)]);
    await settle();

    expect(one.received).toEqual([[1, 2], [3]]);
    await one.stop();
    await reading;
  });

  it.each([
    ['ends without an error', undefined],
    ['fails', new EventStoreUnavailableError('gone')],
  ])('go on behind the last event when the subscription %s', async (_, error) => {
    const log = scriptedLog();
    const one = await following(log, { lingerMs: 0 });
    const reading = one.read(beginning);
    log.subscriptions[0]?.deliver([event(1)]);
    await settle();
    log.subscriptions[0]?.end(error);
    await one.clock.advance(50);
    expect(log.subscriptions[1]?.after).toBe(toPosition(1));
    log.subscriptions[1]?.deliver([event(2)]);
    await settle();

    expect(one.received).toEqual([[1], [2]]);
    await one.stop();
    await reading;
  });

  it('come from a new subscription when the old one is silent though the log has moved', async () => {
    const log = scriptedLog();
    const one = await following(log, { lingerMs: 0 });
    await one.clock.advance(10_000);
    expect(log.subscriptions).toHaveLength(1); // an idle shop is no fault
    log.write(1);
    await one.clock.advance(2_100);
    expect(log.subscriptions).toHaveLength(2);

    const reading = one.read(beginning);
    log.subscriptions[1]?.deliver([event(1)]);
    await settle();
    expect(one.received).toEqual([[1]]);
    await one.stop();
    await reading;
  });

  it('leave memory when every reader has asked for what comes after them, and stay for one that has not', async () => {
    const log = scriptedLog();
    const one = await following(log, { lingerMs: 0 });
    const deliver = async (number: number) => {
      log.write(number);
      log.subscriptions[0]?.deliver([event(number)]);
      await settle();
    };
    const reading = one.read(beginning);
    const late = one.pages.reader();
    for (const number of [1, 2, 3]) await deliver(number);
    expect(one.pages.eventsAfter(beginning)).toBe(3);

    expect(numbers(await late.next(toPosition(1), one.signal))).toEqual([2, 3]);
    expect([beginning, toPosition(1)].map(one.pages.eventsAfter)).toEqual([undefined, 2]);
    late.close();
    expect([toPosition(2), toPosition(3)].map(one.pages.eventsAfter)).toEqual([undefined, 0]);
    expect(log.reads).toEqual([]);
    await one.stop();
    await reading;
  });

  it('end for a reader that gives up', async () => {
    const log = scriptedLog();
    const one = await following(log);
    const giveUp = new AbortController();
    const page = one.pages.reader().next(beginning, giveUp.signal);
    giveUp.abort();

    expect(await page).toEqual([]);
    await one.stop();
  });

  it('tell a reader that is behind when the store cannot be read, and serve it later', async () => {
    const log = scriptedLog();
    log.write(1);
    let down = true;
    const failing = {
      ...log,
      readAll: async function* (after: Position) {
        if (down) throw new EventStoreUnavailableError('down');
        yield* log.readAll(after);
      },
    };
    const one = await following(failing);

    await expect(one.pages.reader().next(beginning, one.signal)).rejects.toThrow(EventStoreUnavailableError);
    down = false;
    expect(numbers(await one.pages.reader().next(beginning, one.signal))).toEqual([1]);
    await one.stop();
  });

  it('are not passed over where a node of the store that is behind does not have them yet', async () => {
    const log = scriptedLog();
    log.write(1, 2, 3);
    let told = 0;
    const behind = {
      ...log,
      readAll: async function* (after: Position) {
        for await (const page of log.readAll(after)) if (told > 0) yield page.slice(0, told);
      },
    };
    const one = await following(behind, { retry: { firstMs: 10, mostMs: 10 } });
    const reading = one.read(beginning);
    await one.clock.advance(10);
    expect(one.received).toEqual([]);
    told = 3;
    await one.clock.advance(10);
    log.subscriptions[0]?.deliver([event(4)]);
    await one.clock.advance(20);
    expect(one.received.flat()).toEqual([1, 2, 3, 4]);
    await one.stop();
    await reading;
  });
});
