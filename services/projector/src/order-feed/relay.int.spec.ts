import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { manualClock } from '@shop/clock';
import { beginning, toPosition, type Position } from '@shop/event-store';
import { UnknownEventError, type OrderFeedEvent, type ShopEvent } from '@shop/events';
import { stateCollections, type Checkpoint, type ReadStore } from '@shop/read-store';
import { openEmbeddedReadStore } from '@shop/read-store/embedded';
import type { LogEvent } from '../engine/log-event.js';
import { cancelled, charged, line, paid, registered } from '../testing/facts.js';
import { logOf } from '../testing/folded.js';
import { openNdjsonOrderFeed } from './ndjson-order-feed.js';
import type { OrderFeed } from './order-feed.js';
import { orderFeedCheckpoint, orderFeedRelay, type OrderFeedRelay } from './relay.js';

const order = paid('o1', [line('p1', 2)]);
const other = paid('o2', [line('p1', 1)], { userId: 'u2' });

const entries = (events: readonly ShopEvent[]): LogEvent[] =>
  logOf(events).map(({ event, context: { eventId: id, ...context } }) => ({
    recorded: { ...context, id, type: event.type, data: event.data, metadata: { version: 1, correlationId: 'r', causationId: 'c' } },
    event,
  }));
const unknown = (entry: LogEvent | undefined, stream: string): LogEvent => {
  if (!entry) throw new Error('no such entry');
  return { recorded: { ...entry.recorded, stream, type: 'OrderGifted' }, error: new UnknownEventError('OrderGifted is not known') };
};

/** A log that tests append to, in pages of two events. */
const pagesOf = (log: LogEvent[]) => {
  const waiting = new Set<() => void>();
  const eventsAfter = (position: Position) => log.filter(({ recorded }) => recorded.position > position).length;
  return {
    append: (...more: LogEvent[]) => {
      log.push(...more);
      for (const wake of waiting) wake();
    },
    eventsAfter,
    reader: () => ({
      next: async (after: Position, signal: AbortSignal): Promise<readonly LogEvent[]> => {
        while (!signal.aborted && eventsAfter(after) === 0)
          await new Promise<void>((resolve) => {
            waiting.add(resolve);
            signal.addEventListener('abort', () => resolve(), { once: true });
          });
        return signal.aborted ? [] : log.filter(({ recorded }) => recorded.position > after).slice(0, 2);
      },
      close: () => undefined,
    }),
  };
};

describe('the relay to the data platform', () => {
  let folder = '';
  let readStore: ReadStore;
  let feed: OrderFeed;
  const clock = manualClock();
  const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const running: { readonly stop: () => void; readonly done: Promise<void> }[] = [];

  const start = (pages: ReturnType<typeof pagesOf>, changes: { feed?: OrderFeed; readStore?: Pick<ReadStore, 'load' | 'write'> } = {}) => {
    const retry = { firstMs: 10, mostMs: 100 };
    const relay = orderFeedRelay({
      pages,
      feed,
      readStore,
      source: '/orders',
      clock,
      random: () => 0.5,
      retry,
      logger: silent,
      ...changes,
    });
    const stopping = new AbortController();
    const done = relay.run(stopping.signal);
    const stop = () => stopping.abort();
    running.push({ stop, done });
    return { relay, stop, done };
  };
  const lines = async () => (await readFile(join(folder, 'order-feed.ndjson'), 'utf8')).split('\n').slice(0, -1);
  const ids = async () => (await lines()).map((text) => /"id":"(.*?)"/.exec(text)?.[1]);
  const checkpoint = async () =>
    (await readStore.load<Checkpoint>(stateCollections.checkpoints, [orderFeedCheckpoint])).get(orderFeedCheckpoint);
  const until = async (holds: () => boolean | Promise<boolean>) => {
    // The file is a real one, so how many turns a sync takes is up to the disk.
    for (const end = performance.now() + 4_000; performance.now() < end;) {
      if (await holds()) return;
      await clock.advance(10);
    }
    throw new Error('it never came to that');
  };
  const caughtUp = (relay: OrderFeedRelay) =>
    until(async () => relay.state().lag === 0 && (await checkpoint())?.guard === relay.state().position);

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'relay-'));
    readStore = await openEmbeddedReadStore({ inMemory: true, clock });
    feed = await openNdjsonOrderFeed(folder);
  });
  afterEach(async () => {
    for (const { stop } of running) stop();
    await Promise.all(running.splice(0).map(({ done }) => done));
    await feed.close();
    await readStore.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('sends paid and cancelled orders in the order of the log, and checks off everything it has passed', async () => {
    const pages = pagesOf(entries([registered('p1'), charged(), order, other, cancelled(order), charged()]));
    const { relay } = start(pages);
    await caughtUp(relay);
    expect(await ids()).toEqual(['event-3', 'event-4', 'event-5']);
    expect(await checkpoint()).toMatchObject({ guard: toPosition(6), document: { projection: 'order-feed', eventsDone: 6 } });
    expect(relay.state()).toEqual({ status: 'following', position: toPosition(6), published: 3, lag: 0, reason: null });
  });

  it('sends an order as soon as it is in the log', async () => {
    const all = entries([charged(), order]);
    const pages = pagesOf(all.slice(0, 1));
    const { relay } = start(pages);
    await caughtUp(relay);
    expect(await ids()).toEqual([]);
    pages.append(...all.slice(1));
    await caughtUp(relay);
    expect(await ids()).toEqual(['event-2']);
  });

  it('goes on after a restart where it had got to', async () => {
    const all = entries([order, other, cancelled(order)]);
    const first = start(pagesOf(all.slice(0, 2)));
    await caughtUp(first.relay);
    first.stop();
    await first.done;
    const second = start(pagesOf(all));
    await caughtUp(second.relay);
    expect(await ids()).toEqual(['event-1', 'event-2', 'event-3']);
    expect((await checkpoint())?.document.eventsDone).toBe(3);
  });

  it('killed between sending and checking off, sends the same again, byte for byte', async () => {
    const all = entries([order, other]);
    let isKilled = false;
    const dying: Pick<ReadStore, 'load' | 'write'> = {
      load: readStore.load,
      write: () => {
        isKilled = true;
        return new Promise(() => undefined); // a killed process goes no further: nothing of it runs again
      },
    };
    start(pagesOf(all), { readStore: dying });
    running.pop();
    await until(() => isKilled);
    expect(await ids()).toEqual(['event-1', 'event-2']);
    expect(await checkpoint()).toBeUndefined();

    const { relay } = start(pagesOf(all));
    await caughtUp(relay);
    const sent = await lines();
    expect(await ids()).toEqual(['event-1', 'event-2', 'event-1', 'event-2']);
    expect(sent.slice(2)).toEqual(sent.slice(0, 2));
  });

  it('checks nothing off that the feed did not acknowledge; once the feed is back, nothing is missing and the order is kept', async () => {
    let isDown = true;
    let tries = 0;
    const flaky: OrderFeed = {
      close: feed.close,
      publish: async (events: readonly OrderFeedEvent[]) => {
        tries += 1;
        if (isDown) throw new Error('the broker is down');
        await feed.publish(events);
      },
    };
    const pages = pagesOf(entries([charged(), registered('p1'), order, other]));
    const { relay } = start(pages, { feed: flaky });
    await until(() => tries >= 5);
    expect(relay.state()).toEqual({ status: 'retrying', position: toPosition(2), published: 0, lag: 2, reason: 'the broker is down' });
    expect((await checkpoint())?.guard).toBe(toPosition(2));
    pages.append(...entries([charged(), registered('p1'), order, other, cancelled(order)]).slice(4));
    isDown = false;
    await caughtUp(relay);
    expect(await ids()).toEqual(['event-3', 'event-4', 'event-5']);
    expect(relay.state()).toMatchObject({ status: 'following', reason: null });
  });

  it('waits longer after each failure, with chance in it', async () => {
    const waits: number[] = [];
    const counted = { ...clock, sleep: (ms: number) => (waits.push(ms), Promise.resolve()) };
    const stopping = new AbortController();
    const down: OrderFeed = {
      close: feed.close,
      publish: async () => {
        if (waits.length === 6) stopping.abort();
        throw new Error('the broker is down');
      },
    };
    const pages = pagesOf(entries([order]));
    const retry = { firstMs: 10, mostMs: 100 };
    await orderFeedRelay({ pages, feed: down, readStore, source: '/orders', clock: counted, random: () => 0.5, retry, logger: silent }).run(
      stopping.signal,
    );
    expect(waits).toEqual([5, 10, 20, 40, 50, 50, 50]);
  });

  it('sends nothing again where only the checking off failed', async () => {
    let failures = 3;
    const flaky: Pick<ReadStore, 'load' | 'write'> = {
      load: readStore.load,
      write: async (collection, writes) => {
        if ((failures -= 1) >= 0) throw new Error('the read store is down');
        return readStore.write(collection, writes);
      },
    };
    const { relay } = start(pagesOf(entries([order, other, cancelled(order)])), { readStore: flaky });
    await caughtUp(relay);
    expect(await ids()).toEqual(['event-1', 'event-2', 'event-3']);
  });

  it('stops at an event of a wallet that it does not know, visibly, with all before it sent and none after', async () => {
    const all = entries([order, charged(), other]);
    const { relay, done } = start(pagesOf([...all.slice(0, 1), unknown(all[1], 'wallet-u1'), ...all.slice(2)]));
    await done;
    expect(await ids()).toEqual(['event-1']);
    expect((await checkpoint())?.guard).toBe(toPosition(1));
    expect(relay.state()).toMatchObject({ status: 'stopped', position: toPosition(1), lag: 2 });
    expect(relay.state().reason).toContain('OrderGifted is not known');

    const healed = start(pagesOf(all));
    await caughtUp(healed.relay);
    expect(await ids()).toEqual(['event-1', 'event-3']);
  });

  it('passes over what it does not know where no order is paid or cancelled', async () => {
    const all = entries([registered('p1'), order]);
    const { relay } = start(pagesOf([unknown(all[0], 'product-p1'), ...all.slice(1)]));
    await caughtUp(relay);
    expect(await ids()).toEqual(['event-2']);
  });

  it('never checks off less than another relay already has', async () => {
    const all = entries([order, other, cancelled(order)]);
    const document: Checkpoint = { projection: 'order-feed', version: 1, generation: 1, state: 'following', eventsDone: 3, reason: null };
    let isOvertaken = false;
    const overtaken: OrderFeed = {
      close: feed.close,
      publish: async (events) => {
        await feed.publish(events);
        if (isOvertaken) return;
        isOvertaken = true;
        await readStore.write(stateCollections.checkpoints, [{ id: orderFeedCheckpoint, guard: toPosition(3), document, from: null }]);
      },
    };
    const { relay } = start(pagesOf(all), { feed: overtaken });
    await until(() => relay.state().position === toPosition(3));
    expect((await checkpoint())?.guard).toBe(toPosition(3));
    expect(await ids()).toEqual(['event-1', 'event-2']);
  });

  it('finishes what it has begun when it is stopped', async () => {
    let acknowledge = (): void => undefined;
    const slow: OrderFeed = {
      close: feed.close,
      publish: async (events) => {
        await new Promise<void>((resolve) => (acknowledge = resolve));
        await feed.publish(events);
      },
    };
    const { relay, stop, done } = start(pagesOf(entries([order])), { feed: slow });
    expect(relay.state()).toMatchObject({ status: 'starting', position: beginning });
    await clock.advance(0);
    stop();
    acknowledge();
    await done;
    expect(await ids()).toEqual(['event-1']);
    expect((await checkpoint())?.guard).toBe(toPosition(1));
  });
});
