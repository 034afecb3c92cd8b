import { MessageChannel } from 'node:worker_threads';
import { expect, it } from '@jest/globals';
import { manualClock } from '@shop/clock';
import { openCalls } from '@shop/thread-calls';
import { eventStoreContract } from '../contract.js';
import { EventStoreUnavailableError } from '../event-store.js';
import { embeddedEventStore, openEmbeddedEventStore, openLogFile, type LogFile } from './index.js';
import { offerLog, remoteLog, type OfferedLog } from './remote-log.js';

let file: LogFile | undefined;
eventStoreContract('the embedded event store, whose log is read in another thread,', {
  open: async () => {
    file = openLogFile({ inMemory: true });
    const store = embeddedEventStore(file);
    const { port1, port2 } = new MessageChannel();
    openCalls(port1, offerLog(store));
    const { theirs } = openCalls<OfferedLog>(port2, {}, { EventStoreUnavailableError });
    return {
      ...store,
      ...remoteLog(theirs),
      close: async () => {
        await store.close();
        port1.close();
      },
    };
  },
  damageSnapshot: async (stream) => {
    const row = file?.readSnapshot(stream);
    if (row) file?.transaction(() => file?.writeSnapshot(stream, { ...row, state: row.state.replace('10', '11') }));
  },
});

/** Of a store in memory, whose pages are counted as they are asked for. */
const paced = async () => {
  const clock = manualClock();
  const store = await openEmbeddedEventStore({ inMemory: true });
  const offered = offerLog(store);
  let count = 0;
  const log = remoteLog(
    {
      ...offered,
      nextCommits: (...about) => {
        count += 1;
        return offered.nextCommits(...about);
      },
      endCommits: { asEvent: async (reading) => offered.endCommits(reading) },
      endStream: { asEvent: async (reading) => offered.endStream(reading) },
    },
    { pace: { quietMs: 10, busyMs: 200 }, clock },
  );
  const append = (first: number, events = 1, text = '') =>
    store.append(
      'wallet-1',
      first - 1,
      Array.from({ length: events }, (_, index) => ({
        id: `event-${first + index}`,
        type: 'Noted',
        data: { text },
        metadata: { version: 1, correlationId: 'r', causationId: 'c' },
      })),
    );
  return { clock, store, log, append, asked: () => count };
};
const settled = () => new Promise((resolve) => setImmediate(resolve));

it('asks for new events at its pace, and at once when somebody waits', async () => {
  const { clock, store, log, append, asked } = await paced();
  const ended = new AbortController();
  const pages = log.subscribe('0'.repeat(16), ended.signal)[Symbol.asyncIterator]();
  const told = async (): Promise<readonly number[]> => {
    const page = await pages.next();
    return page.done ? [] : page.value.map(({ revision }) => revision);
  };

  await append(0);
  expect(await told()).toEqual([0]);
  const next = told();
  await append(1);
  await append(2);
  await settled();
  expect(asked()).toBe(1);
  await clock.advance(10);
  expect([[1], [1, 2]]).toContainEqual(await next);

  const hurried = told();
  await settled();
  await append(3);
  await settled();
  const before = asked();
  log.hurry();
  expect((await hurried).at(-1)).toBe(3);
  expect(asked()).toBe(before + 1);
  ended.abort();
  await store.close();
});

it('lets the text of many events gather for longer, and never waits while it is behind', async () => {
  const { clock, store, log, append, asked } = await paced();
  const ended = new AbortController();
  let events = 0;
  const reading = (async () => {
    for await (const page of log.subscribe('0'.repeat(16), ended.signal)) events += page.length;
  })();
  await append(0);
  for (let turn = 0; asked() === 0 || turn < 3; turn += 1) await settled();
  expect(events).toBe(1);

  // Three pages of text, and more of them than one a millisecond.
  for (let first = 1; first < 61; first += 20) await append(first, 20, 'x'.repeat(60_000 / 2));
  await clock.advance(10);
  for (let turn = 0; turn < 50 && events < 61; turn += 1) await settled();
  expect(events).toBe(61);

  await append(61);
  await clock.advance(199);
  for (let turn = 0; turn < 5; turn += 1) await settled();
  expect(events).toBe(61);
  await clock.advance(1);
  for (let turn = 0; turn < 50 && events < 62; turn += 1) await settled();
  expect(events).toBe(62);
  ended.abort();
  await reading;
  await store.close();
});
