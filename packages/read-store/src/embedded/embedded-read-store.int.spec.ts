import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { execFileSync, spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { manualClock } from '@shop/clock';
import Libsql from 'libsql';
import { readStoreContract } from '../contract.js';
import { ReadStoreUnavailableError } from '../read-store.js';
import { openEmbeddedReadStore } from './index.js';

const program = fileURLToPath(new URL('../../dist/embedded/testing/reading-process.js', import.meta.url));
type Line = {
  readonly round?: number;
  readonly call?: string;
  readonly logged?: string;
  readonly kind?: string;
  readonly message?: string;
};
// eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- lines of our own program
const parsedLine = (line: string): Line => JSON.parse(line) as Line;

const one = (id: string, document: object) => ({ id, guard: '0000000000000001', document, from: null });

readStoreContract('The embedded read store in memory', {
  open: async () => {
    const clock = manualClock();
    const store = await openEmbeddedReadStore({ inMemory: true, clock });
    return { store, second: store, elapse: clock.advance, close: store.close };
  },
});

readStoreContract('The embedded read store on a file', {
  open: async () => {
    const folder = mkdtempSync(join(tmpdir(), 'read-store-'));
    const clock = manualClock();
    const store = await openEmbeddedReadStore({ folder, clock });
    const close = async () => {
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    };
    return { store, second: store, elapse: clock.advance, close };
  },
});

readStoreContract('The embedded read store, beside the read models,', {
  named: (number) => `state-${number}`,
  open: async () => {
    const clock = manualClock();
    const store = await openEmbeddedReadStore({ inMemory: true, clock });
    return { store, second: store, elapse: clock.advance, close: store.close };
  },
});

readStoreContract('The embedded read store without room for documents in memory', {
  open: async () => {
    const clock = manualClock();
    const store = await openEmbeddedReadStore({ inMemory: true, clock, cacheSize: 0 });
    return { store, second: store, elapse: clock.advance, close: store.close };
  },
});

describe('the file of the embedded read store', () => {
  let folder = '';
  let said: string[] = [];
  const file = () => join(folder, 'read-models.db');
  const open = () => openEmbeddedReadStore({ folder, clock: manualClock(), log: (message) => said.push(message) });
  const fill = async () => {
    const store = await open();
    await store.ensureCollection('items__v1_1', [{ name: 'by-n', fields: [{ field: 'n', direction: 'ascending' }] }]);
    await store.write(
      'items__v1_1',
      Array.from({ length: 500 }, (_, n) => one(`d${n}`, { n, text: 'x'.repeat(200) })),
    );
    await store.close();
  };
  const otherFormat = () => {
    const connection = new Libsql(file());
    connection.exec('PRAGMA user_version=99');
    connection.close();
  };
  const documents = async () => {
    const store = await open();
    const count = await store.count('items__v1_1', []);
    await store.write('items__v1_1', [one('another', { n: -1 })]);
    await store.close();
    return count;
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'read-store-'));
    said = [];
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('keeps documents, indexes and the epochs of leases over a restart, and waits for no lease', async () => {
    await fill();
    const before = await open();
    const lease = await before.takeLease('projector', 'A', 3_600_000);
    await before.close();
    const after = await open();
    expect(await after.count('items__v1_1', [])).toBe(500);
    expect((await after.load<{ n: number }>('items__v1_1', ['d7'])).get('d7')?.document.n).toBe(7);
    expect((await after.takeLease('projector', 'B', 1_000))?.epoch).toBeGreaterThan(lease?.epoch ?? Infinity);
    await after.close();
    expect(said).toEqual([]);
  });

  it('is readable by its owner alone', async () => {
    await fill();
    expect(statSync(file()).mode & 0o777).toBe(0o600);
  });

  it.each([
    ['is no database', () => writeFileSync(file(), 'not a database at all'.repeat(500))],
    ['has a broken first page', () => writeFileSync(file(), Buffer.concat([Buffer.alloc(4096, 7), readFileSync(file()).subarray(4096)]))],
    ['was cut off', () => truncateSync(file(), 6_000)],
    ['has another storage format', otherFormat],
  ])('is started over where it %s, and says so', async (_, damage) => {
    await fill();
    damage();
    expect(await documents()).toBe(0);
    expect(said).toEqual([expect.stringContaining('built again from the log')]);
    expect(await documents()).toBe(1);
    expect(said).toHaveLength(1);
  });

  it('that turns out damaged while it runs is started over the next time', async () => {
    await fill();
    const size = statSync(file()).size;
    writeFileSync(file(), Buffer.concat([readFileSync(file()).subarray(0, 8_192), Buffer.alloc(size - 8_192, 0xa5)]));
    const store = await open();
    await expect(store.find('items__v1_1', { where: [], order: [], limit: 1_000 })).rejects.toThrow(ReadStoreUnavailableError);
    await store.close();
    expect(existsSync(`${file()}.damaged`)).toBe(true);
    expect(await documents()).toBe(0);
    expect(existsSync(`${file()}.damaged`)).toBe(false);
    expect(await documents()).toBe(1);
  });

  /** Fields of the documents damaged by SQL, as bytes on the disk would be. */
  const damage = (sql: string) => {
    const connection = new Libsql(file());
    connection.exec(sql);
    connection.close();
  };
  const garbled = `CAST(x'ABABABAB' AS TEXT)`;

  it.each([
    [
      'a document that is no UTF-8',
      () => damage(`DROP INDEX "items__v1_1/by-n"; UPDATE items__v1_1 SET body = ${garbled} WHERE id = 'd1'`),
    ],
    ['a guard that is no UTF-8', () => damage(`UPDATE items__v1_1 SET guard = ${garbled} WHERE id = 'd1'`)],
    ['an id that is no UTF-8', () => damage(`UPDATE items__v1_1 SET id = ${garbled} WHERE id = 'd1'`)],
    ['a document that is no JSON', () => damage(`DROP INDEX "items__v1_1/by-n"; UPDATE items__v1_1 SET body = 'x' WHERE id = 'd1'`)],
    ['a document that is no object', () => damage(`UPDATE items__v1_1 SET body = '7' WHERE id = 'd1'`)],
    [
      'documents with bytes overwritten',
      () => {
        const bytes = readFileSync(file());
        for (let at = bytes.indexOf('xxxxxxxxxx'); at !== -1; at = bytes.indexOf('xxxxxxxxxx', at)) bytes.fill(0xab, at, at + 10);
        writeFileSync(file(), bytes);
      },
    ],
  ])('that holds %s harms no process, is told once, answers nothing, and is started over the next time', async (_, harm) => {
    await fill();
    harm();
    const { status, signal, stdout, stderr } = spawnSync(process.execPath, [program, folder], { encoding: 'utf8' });
    expect({ status, signal, stderr }).toEqual({ status: 0, signal: null, stderr: '' });
    const lines = stdout.trim().split('\n').map(parsedLine);
    expect(lines.flatMap(({ logged }) => logged ?? [])).toEqual([expect.stringContaining('read-models.db is damaged')]);
    const calls = lines.filter(({ round }) => round === 2);
    expect(calls).toHaveLength(7);
    for (const call of calls)
      expect(call).toMatchObject({ kind: 'ReadStoreUnavailableError', message: expect.stringContaining('read-models.db is damaged') });
    expect(existsSync(`${file()}.damaged`)).toBe(true);
    expect(await documents()).toBe(0);
    expect(existsSync(`${file()}.damaged`)).toBe(false);
    expect(said).toEqual([expect.stringContaining('built again from the log')]);
    expect(await documents()).toBe(1);
  });

  it('that turns out damaged is told once, however many ask, and nothing is answered from memory either', async () => {
    await fill();
    damage(`UPDATE items__v1_1 SET guard = ${garbled} WHERE id = 'd9'`);
    const store = await open();
    expect((await store.load('items__v1_1', ['d1'])).size).toBe(1);
    await store.write('items__v1_1', [one('pending', { n: 1_000 })]);
    await expect(store.find('items__v1_1', { where: [], order: [], limit: 1_000 })).rejects.toThrow('read-models.db is damaged');
    for (let turn = 0; turn < 3; turn += 1) {
      await expect(store.load('items__v1_1', ['d1'])).rejects.toThrow(ReadStoreUnavailableError);
      await expect(store.find('nothing', { where: [], order: [], limit: 1 })).rejects.toThrow(ReadStoreUnavailableError);
      await expect(store.count('nothing', [])).rejects.toThrow(ReadStoreUnavailableError);
      await expect(store.collections()).rejects.toThrow(ReadStoreUnavailableError);
      await expect(store.takeLease('projector', 'A', 1_000)).rejects.toThrow(ReadStoreUnavailableError);
      await expect(store.remove('nothing', 'd1', '1')).rejects.toThrow(ReadStoreUnavailableError);
    }
    await store.close();
    expect(said).toEqual([expect.stringContaining('read-models.db is damaged')]);
  });

  it('is had by one process; another is refused and harms nothing', async () => {
    await fill();
    const store = await open();
    await store.write('items__v1_1', [one('late', { n: 1 })]);
    const libsql = createRequire(import.meta.url).resolve('libsql');
    const script = `try { new (require(${JSON.stringify(libsql)}))(${JSON.stringify(file())}).exec('DELETE FROM items__v1_1'); console.log('written'); } catch (error) { console.log(error.code); }`;
    expect(execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' }).trim()).toBe('SQLITE_BUSY');
    await expect(open()).rejects.toThrow(ReadStoreUnavailableError);
    expect(await store.count('items__v1_1', [])).toBe(501);
    await store.close();
    expect(await documents()).toBe(501);
  });

  it('tells watchers once for several writes in a row, and not at all for what changed nothing', async () => {
    const store = await open();
    let told = 0;
    store.watch('items__v1_1', () => (told += 1));
    await Promise.all([store.write('items__v1_1', [one('a', {})]), store.write('items__v1_1', [one('b', {})])]);
    expect(told).toBe(1);
    await store.write('items__v1_1', [one('a', {})]);
    await store.write('others', [one('a', {})]);
    expect(told).toBe(1);
    await store.write('items__v1_1', [one('c', {})]);
    expect(told).toBe(2);
    await store.close();
  });

  it('takes a changed definition of an index', async () => {
    await fill();
    const store = await open();
    await store.ensureCollection('items__v1_1', [{ name: 'by-n', fields: [{ field: 'n', direction: 'descending' }] }]);
    const [last] = await store.find('items__v1_1', { where: [], order: [{ field: 'n', direction: 'descending' }], limit: 1 });
    expect(last?.id).toBe('d499');
    await store.close();
  });
});
