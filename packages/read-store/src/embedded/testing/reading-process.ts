import { writeSync } from 'node:fs';
import { systemClock } from '@shop/clock';
import { ReadStoreUnavailableError, type ReadStore } from '../../read-store.js';
import { openEmbeddedReadStore } from '../index.js';

/**
 * A process that opens a folder and calls everything the store has, twice, and says on standard output what came of it:
 * a JSON line for each call, and for each line logged. A process of its own, because the driver may abort over damaged text.
 * Argument: folder. The collection is `items__v1_1`, the documents d0 to d499 with a field `n`.
 */
const [folder = ''] = process.argv.slice(2);
const say = (line: object): void => void writeSync(1, `${JSON.stringify(line)}\n`);

const order = [{ field: 'n', direction: 'ascending' }] as const;
const scanned = async (store: ReadStore): Promise<number> => {
  let count = 0;
  for await (const _ of store.scan('items__v1_1', { where: [], order })) count += 1;
  return count;
};
const calls: Readonly<Record<string, (store: ReadStore) => Promise<unknown>>> = {
  ensureCollection: (store) => store.ensureCollection('items__v1_1', [{ name: 'by-n', fields: order }]),
  loadOne: (store) => store.load('items__v1_1', ['d1']).then(({ size }) => size),
  load: (store) =>
    store
      .load(
        'items__v1_1',
        Array.from({ length: 500 }, (_, n) => `d${n}`),
      )
      .then(({ size }) => size),
  find: (store) => store.find('items__v1_1', { where: [], order, limit: 1_000 }).then(({ length }) => length),
  scan: scanned,
  count: (store) => store.count('items__v1_1', [{ field: 'text', is: 'contains', value: 'x' }]),
  write: (store) => store.write('items__v1_1', [{ id: 'new', guard: '1', document: { n: -1 }, from: null }]),
};
const outcomeOf = async (work: () => Promise<unknown>): Promise<object> => {
  try {
    return { answer: (await work()) ?? null };
  } catch (error) {
    const kind = error instanceof ReadStoreUnavailableError ? error.name : 'another error';
    return { kind, message: error instanceof Error ? error.message : String(error) };
  }
};

const opening = await outcomeOf(async () => {
  const store = await openEmbeddedReadStore({ folder, clock: systemClock, log: (message) => say({ logged: message }) });
  for (const round of [1, 2])
    for (const [call, work] of Object.entries(calls)) say({ round, call, ...(await outcomeOf(() => work(store))) });
  await store.close();
});
say({ call: 'open', ...opening });
