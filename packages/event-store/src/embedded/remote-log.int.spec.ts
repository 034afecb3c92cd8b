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

it('asks for new events at its pace, and at once when somebody waits', async () => {
  const clock = manualClock();
  const store = await openEmbeddedEventStore({ inMemory: true });
  const offered = offerLog(store);
  let asked = 0;
  const log = remoteLog(
    {
      ...offered,
      nextCommits: (...about) => {
        asked += 1;
        return offered.nextCommits(...about);
      },
      endCommits: { asEvent: async (reading) => offered.endCommits(reading) },
      endStream: { asEvent: async (reading) => offered.endStream(reading) },
    },
    { paceMs: 10, clock },
  );
  const append = (revision: number) =>
    store.append('wallet-1', revision - 1, [
      { id: `event-${revision}`, type: 'Noted', data: {}, metadata: { version: 1, correlationId: 'r', causationId: 'c' } },
    ]);
  const ended = new AbortController();
  const pages = log.subscribe('0'.repeat(16), ended.signal)[Symbol.asyncIterator]();
  const told = async (): Promise<readonly number[]> => {
    const page = await pages.next();
    return page.done ? [] : page.value.map(({ revision }) => revision);
  };
  const settled = () => new Promise((resolve) => setImmediate(resolve));

  await append(0);
  expect(await told()).toEqual([0]);
  const next = told();
  await append(1);
  await append(2);
  await settled();
  expect(asked).toBe(1);
  await clock.advance(10);
  expect([[1], [1, 2]]).toContainEqual(await next);

  const hurried = told();
  await settled();
  await append(3);
  await settled();
  const before = asked;
  log.hurry();
  expect((await hurried).at(-1)).toBe(3);
  expect(asked).toBe(before + 1);
  ended.abort();
  await store.close();
});
