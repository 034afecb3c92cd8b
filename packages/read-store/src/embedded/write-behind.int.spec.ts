import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { manualClock } from '@shop/clock';
import { ReadStoreUnavailableError, type ReadStore } from '../read-store.js';
import { openInMemory } from './database.js';
import { documentCache } from './document-cache.js';
import { openEmbeddedReadStore } from './index.js';
import { modelDocuments } from './model-documents.js';
import { newestGuards } from './newest-guards.js';
import { tables } from './tables.js';

const model = 'items__v1_1';
const state = 'checkpoints';
const checkpointId = 'items@1.1';
const guard = (position: number) => String(position).padStart(16, '0');
const turn = () => new Promise((resolve) => setImmediate(resolve));

let folder = '';
let store: ReadStore;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'write-behind-'));
  store = await openEmbeddedReadStore({ folder, clock: manualClock() });
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

/** What a kill at this moment would leave behind. */
const afterKill = async <Result>(look: (left: ReadStore) => Promise<Result>): Promise<Result> => {
  const copy = join(folder, 'copy');
  mkdirSync(copy);
  for (const file of ['read-models.db', 'read-models.db-wal'])
    if (existsSync(join(folder, file))) copyFileSync(join(folder, file), join(copy, file));
  const left = await openEmbeddedReadStore({ folder: copy, clock: manualClock() });
  try {
    return await look(left);
  } finally {
    await left.close();
    rmSync(copy, { recursive: true });
  }
};

/** The next thousand documents, then a checkpoint that passes them. */
const writeThousand = async (round: number): Promise<void> => {
  const positions = Array.from({ length: 1_000 }, (_, index) => round * 1_000 + index + 1);
  await store.write(
    model,
    positions.map((n) => ({ id: `d${n}`, guard: guard(n), document: { n }, from: null })),
  );
  const from = round === 0 ? null : guard(round * 1_000);
  await store.write(state, [{ id: checkpointId, guard: guard((round + 1) * 1_000), document: { state: 'following' }, from }]);
};

describe('what is written behind', () => {
  it('has the fields that are indexed by now, though it was new before they were', async () => {
    await store.write(model, [{ id: 'a', guard: guard(1), document: { n: 7 }, from: null }]);
    await store.ensureCollection(model, [{ name: 'by-n', fields: [{ field: 'n', direction: 'ascending' }] }]);
    const sevens = { where: [{ field: 'n', is: '=', value: 7 }], order: [], limit: 10 } as const;
    await store.close();
    store = await openEmbeddedReadStore({ folder, clock: manualClock() });
    expect(await store.find(model, sevens)).toEqual([{ id: 'a', guard: guard(1), document: { n: 7 } }]);
  });

  it('leaves a checkpoint whose documents are all there, whenever the process is killed', async () => {
    for (let round = 0; round < 35; round += 1) await writeThousand(round);
    const seen = new Set<number>();
    for (let looks = 0; looks < 400; looks += 1) {
      await turn();
      if (looks % 10 !== 0) continue;
      const { checkpoint, documents, upTo, newest, newestKept } = await afterKill(async (left) => {
        const found = (await left.load(state, [checkpointId])).get(checkpointId)?.guard ?? guard(0);
        const where = [{ field: 'guard', is: '<=', value: found }] as const;
        const [last] = await left.find(model, { where: [], order: [{ field: 'guard', direction: 'descending' }], limit: 1 });
        return {
          checkpoint: Number(found),
          documents: await left.count(model, []),
          upTo: await left.count(model, where),
          newest: Number(last?.guard ?? 0),
          newestKept: Number((await left.newestGuard?.(model)) ?? 0),
        };
      });
      expect(upTo).toBe(checkpoint);
      expect(newestKept).toBeGreaterThanOrEqual(newest);
      seen.add(documents);
      if (checkpoint > 0) break;
    }
    expect(seen.size).toBeGreaterThan(3); // it was looked at half-way too
  });

  it('does not hold up a checkpoint of what is kept elsewhere', async () => {
    for (let round = 0; round < 3; round += 1) await writeThousand(round);
    await store.write(state, [{ id: 'order-feed', guard: guard(7), document: {}, from: null }]);
    const isThere = () => afterKill(async (left) => (await left.load(state, ['order-feed'])).size === 1);
    while (!(await isThere())) await turn();
  });

  it('is all there after the store was closed', async () => {
    for (let round = 0; round < 3; round += 1) await writeThousand(round);
    await store.remove(state, checkpointId, guard(3_000));
    await store.close();
    store = await openEmbeddedReadStore({ folder, clock: manualClock() });
    expect(await store.count(model, [])).toBe(3_000);
    expect(await store.count(state, [])).toBe(0);
  });

  it('does not come back where the collection went meanwhile', async () => {
    for (let round = 0; round < 31; round += 1) await writeThousand(round);
    await turn();
    await store.dropCollection(model);
    await store.dropCollection(state);
    await store.write(model, [{ id: 'new', guard: guard(1), document: { n: 1 }, from: null }]);
    for (let turns = 0; turns < 100; turns += 1) await turn();
    await store.close();
    store = await openEmbeddedReadStore({ folder, clock: manualClock() });
    expect([await store.count(model, []), await store.count(state, [])]).toEqual([1, 0]);
  });
});

describe('a list of documents that are not in the file yet', () => {
  const put = (id: string, from: number | null, to: number, document: object) =>
    store.write(model, [{ id, guard: guard(to), document, from: from === null ? null : guard(from) }]);
  const listed = async (where: Parameters<ReadStore['find']>[1]['where'] = []) =>
    (await store.find<{ name: string }>(model, { where, order: [{ field: 'name', direction: 'ascending' }], limit: 9 })).map(
      ({ id, guard: version, document }) => [id, Number(version), document],
    );

  it('has them as they are now, wherever a change has moved them', async () => {
    await store.ensureCollection(model, [{ name: 'by-name', fields: [{ field: 'name', direction: 'ascending' }] }]);
    await put('a', null, 1, { name: 'a', stock: 5 });
    await put('b', null, 2, { name: 'b', stock: 5 });
    expect(await listed()).toHaveLength(2);
    await store.load(model, ['a', 'b']);
    await put('a', 1, 3, { name: 'a', stock: 4 });
    expect(await listed()).toEqual([
      ['a', 3, { name: 'a', stock: 4 }],
      ['b', 2, { name: 'b', stock: 5 }],
    ]);
    await put('a', 3, 4, { name: 'c', stock: 0 });
    expect(await listed()).toEqual([
      ['b', 2, { name: 'b', stock: 5 }],
      ['a', 4, { name: 'c', stock: 0 }],
    ]);
    await put('b', 2, 5, { name: 'b', stock: 0 });
    expect(await listed([{ field: 'stock', is: '>', value: 0 }])).toEqual([]);
    expect(await store.count(model, [{ field: 'stock', is: '=', value: 0 }])).toBe(2);
    expect(await listed([{ field: 'guard', is: '>', value: guard(4) }])).toEqual([['b', 5, { name: 'b', stock: 0 }]]);
  });
});

describe('a document that changes while it is written', () => {
  it('is found where it is now, not where it was half-way', () => {
    const database = openInMemory();
    const collections = tables(database);
    const models = modelDocuments(database, collections, documentCache(1_000_000), newestGuards(database));
    collections.ensure(model, [{ name: 'by-name', fields: [{ field: 'name', direction: 'ascending' }] }]);
    const put = (from: number | null, to: number, name: string) =>
      models.write(model, [{ id: 'a', guard: guard(to), document: { name }, from: from === null ? null : guard(from) }]);
    const named = (value: string) => models.count(model, [{ field: 'name', is: '=', value }]);
    put(null, 1, 'mug');
    expect(named('mug')).toBe(1);
    models.load(model, ['a']);
    put(1, 2, 'cup');
    const writing = models.writeAll({ documentsPerStep: 1, stepsPerCommit: 9 });
    writing.next();
    put(2, 3, 'mug');
    expect([named('mug'), named('cup')]).toEqual([1, 0]);
    for (const _ of writing);
    expect([named('mug'), named('cup'), models.unwrittenCount()]).toEqual([1, 0, 0]);
    database.close();
  });
});

describe('a file without room', () => {
  it('takes nothing from memory, and everything once there is room', () => {
    const database = openInMemory();
    const collections = tables(database);
    const models = modelDocuments(database, collections, documentCache(1_000_000), newestGuards(database));
    const ids = Array.from({ length: 200 }, (_, n) => `d${n}`);
    const writeAll = () => [...models.writeAll({ documentsPerStep: 50, stepsPerCommit: 2 })];
    models.write(
      model,
      ids.map((id) => ({ id, guard: guard(1), document: { text: 'x'.repeat(1_000) }, from: null })),
    );
    database.define('PRAGMA max_page_count=40');
    expect(writeAll).toThrow(ReadStoreUnavailableError);
    expect(models.load(model, ids).size).toBe(200);
    expect(models.write(model, [{ id: 'd0', guard: guard(2), document: {}, from: guard(1) }])).toBe(1);
    expect(() => models.count(model, [])).toThrow(ReadStoreUnavailableError);

    database.define('PRAGMA max_page_count=10000');
    writeAll();
    expect(models.unwrittenCount()).toBe(0);
    expect(models.count(model, [])).toBe(200);
    expect(models.find(model, { where: [{ field: 'id', is: '=', value: 'd0' }], order: [], limit: 1 })).toEqual([
      { id: 'd0', guard: guard(2), document: {} },
    ]);
    database.close();
  });
});
