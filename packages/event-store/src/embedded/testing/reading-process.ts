import { writeSync } from 'node:fs';
import { EventStoreUnavailableError, noStream } from '../../event-store.js';
import { beginning } from '../../position.js';
import { DamagedLogError, openEmbeddedEventStore, type EmbeddedEventStore } from '../index.js';

/**
 * A process that opens a folder and calls everything the store has, three rounds, and says on standard output what came of it:
 * a JSON line for each call, and for each line logged. A process of its own, because the driver may abort over damaged text.
 * Arguments: folder, a stream to read.
 */
const [folder = '', stream = ''] = process.argv.slice(2);
const say = (line: object): void => void writeSync(1, `${JSON.stringify(line)}\n`);

const metadata = { version: 1, correlationId: 'c', causationId: 'c' };
const all = async (pages: AsyncIterable<readonly unknown[]>): Promise<number> => {
  let count = 0;
  for await (const page of pages) count += page.length;
  return count;
};
const calls: Readonly<Record<string, (store: EmbeddedEventStore) => Promise<unknown>>> = {
  readSnapshot: (store) => store.readSnapshot(stream),
  readStream: (store) => all(store.readStream(stream, 0)),
  readAll: (store) => all(store.readAll(beginning)),
  readStreamBackwards: (store) => store.readStreamBackwards(stream, 'end', 1).then(({ length }) => length),
  append: (store) =>
    store.append('wallet-new', noStream, [{ id: 'new', type: 'Noted', data: {}, metadata }]).then(({ outcome }) => outcome),
  head: (store) => store.head(),
};
const outcomeOf = async (work: () => Promise<unknown>): Promise<object> => {
  try {
    return { answer: (await work()) ?? null };
  } catch (error) {
    const kind = error instanceof EventStoreUnavailableError || error instanceof DamagedLogError ? error.name : 'another error';
    return { kind, message: error instanceof Error ? error.message : String(error) };
  }
};

const opening = await outcomeOf(async () => {
  const store = await openEmbeddedEventStore({ folder, log: (message) => say({ logged: message }) });
  for (const round of [1, 2, 3])
    for (const [call, work] of Object.entries(calls)) say({ round, call, ...(await outcomeOf(() => work(store))) });
  await store.close();
});
say({ call: 'open', ...opening });
