import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Libsql from 'libsql';
import { manualClock } from '@shop/clock';
import type { Index, Query } from '../read-store.js';
import { openEmbeddedReadStore } from './index.js';

const collection = 'products__v1_1';
const byPrice: Index = {
  name: 'by-price',
  fields: [
    { field: 'price', direction: 'descending' },
    { field: 'name', direction: 'ascending' },
  ],
};
const guard = (position: number) => String(position).padStart(16, '0');

/** What the first release wrote: bodies alone, and indexes over what is in them. Of a file that stands somewhere, so never to be changed. */
const firstRelease = `
  CREATE TABLE "${collection}" (id TEXT PRIMARY KEY, guard TEXT NOT NULL, body TEXT NOT NULL) WITHOUT ROWID;
  CREATE INDEX "${collection}/by-price" ON "${collection}" ((body ->> '$.price') DESC, (body ->> '$.name'));
  CREATE INDEX "${collection}/by-nothing-any-more" ON "${collection}" ((body ->> '$.stock'));
  INSERT INTO "${collection}" VALUES ('a', '${guard(1)}', '{"name":"apple","price":300,"stock":1,"archived":false}');
  INSERT INTO "${collection}" VALUES ('b', '${guard(2)}', '{"name":"bread","price":900,"stock":2,"archived":false}');
  INSERT INTO "${collection}" VALUES ('c', '${guard(3)}', '{"name":"cheese","price":300,"stock":3,"archived":true}');
  CREATE TABLE "checkpoints" (id TEXT PRIMARY KEY, guard TEXT NOT NULL, body TEXT NOT NULL) WITHOUT ROWID;
  INSERT INTO "checkpoints" VALUES ('products@1.1', '${guard(3)}', '{"state":"following"}');
  PRAGMA user_version=1;
`;

describe('a file of read models in the layout of the first release', () => {
  let folder = '';
  const told: string[] = [];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'first-layout-'));
    told.length = 0;
    const file = new Libsql(join(folder, 'read-models.db'));
    file.exec(firstRelease);
    file.close();
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const opened = () => openEmbeddedReadStore({ folder, clock: manualClock(), log: (message) => told.push(message) });
  const dearestFirst: Query = { where: [], order: byPrice.fields, limit: 9 };
  const definitions = () => {
    const file = new Libsql(join(folder, 'read-models.db'));
    try {
      return file.prepare(`SELECT sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL`).raw().all().flat().map(String);
    } finally {
      file.close();
    }
  };

  it('is read as it is, before anybody has asked for its indexes', async () => {
    const store = await opened();
    expect((await store.find(collection, dearestFirst)).map(({ id }) => id)).toEqual(['b', 'a', 'c']);
    expect(await store.newestGuard?.(collection)).toBe(guard(3));
    expect((await store.load('checkpoints', ['products@1.1'])).get('products@1.1')).toMatchObject({ guard: guard(3) });
    await store.close();
    expect(told).toEqual([]);
  });

  it('goes on with its documents in the layout of now, and is not built again from the log', async () => {
    const store = await opened();
    await store.ensureCollection(collection, [byPrice, { name: 'by-archived', fields: [{ field: 'archived', direction: 'ascending' }] }]);
    expect((await store.find(collection, dearestFirst)).map(({ id }) => id)).toEqual(['b', 'a', 'c']);
    expect(await store.count(collection, [{ field: 'archived', is: '=', value: false }])).toBe(2);
    expect(await store.count(collection, [{ field: 'price', is: '<=', value: 300 }])).toBe(2);
    const document = { name: 'apple', price: 1_000, stock: 1, archived: true };
    expect(await store.write(collection, [{ id: 'a', guard: guard(4), document, from: guard(1) }])).toBe(1);
    expect((await store.find(collection, dearestFirst)).map(({ id }) => id)).toEqual(['a', 'b', 'c']);
    await store.close();

    const again = await opened();
    expect((await again.find(collection, dearestFirst)).map(({ id, guard: version }) => [id, version])).toEqual([
      ['a', guard(4)],
      ['b', guard(2)],
      ['c', guard(3)],
    ]);
    await again.close();
    expect(told).toEqual([]);
  });

  it('loses the indexes that nobody asks for any more, and asked again changes nothing', async () => {
    const store = await opened();
    await store.ensureCollection(collection, [byPrice]);
    await store.close();
    const upgraded = definitions();
    expect(upgraded).toHaveLength(1);
    expect(upgraded[0]).toContain('by-price');
    expect(upgraded[0]).not.toContain('body');

    const again = await opened();
    await again.ensureCollection(collection, [byPrice]);
    await again.close();
    expect(definitions()).toEqual(upgraded);
  });
});
