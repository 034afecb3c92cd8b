import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import Libsql from 'libsql';
import { EventStoreUnavailableError, noStream, type EventStore, type RecordedEvent } from '../event-store.js';
import { beginning } from '../position.js';
import { DataFolderInUseError, openEmbeddedEventStore } from './index.js';
import { startAppending } from './testing/processes.js';

const metadata = { version: 1, correlationId: 'request-1', causationId: 'command-1' };
const noted = (note: string, data: object = {}) => ({ id: note, type: 'Noted', data: { note, ...data }, metadata });

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'event-store-'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));
const newFolder = (name: string) => join(root, name);

const collect = async (pages: AsyncIterable<readonly RecordedEvent[]>): Promise<readonly RecordedEvent[]> => {
  const events: RecordedEvent[] = [];
  for await (const page of pages) events.push(...page);
  return events;
};
const idsIn = async (store: EventStore): Promise<readonly string[]> => (await collect(store.readAll(beginning))).map(({ id }) => id);

/** Opens a folder, hands its store over, and closes it whatever comes. */
const withStore = async <Answer>(folder: string, use: (store: Awaited<ReturnType<typeof openEmbeddedEventStore>>) => Promise<Answer>) => {
  const store = await openEmbeddedEventStore({ folder });
  try {
    return await use(store);
  } finally {
    await store.close();
  }
};

describe('a folder that is opened again', () => {
  it('holds all that it held: events, heads, positions, snapshots', async () => {
    const folder = newFolder('again');
    const written = await withStore(folder, async (store) => {
      await store.append('product-1', noStream, [noted('one'), noted('two')]);
      await store.append('wallet-1', noStream, [noted('three')]);
      await store.append('product-1', 1, [noted('four')]);
      await store.writeSnapshot('product-1', { revision: 2, foldVersion: 1, state: { available: 3 } });
      return collect(store.readAll(beginning));
    });
    await withStore(folder, async (store) => {
      expect(await collect(store.readAll(beginning))).toEqual(written);
      expect((await collect(store.readStream('product-1', 1))).map(({ id }) => id)).toEqual(['two', 'four']);
      for (const [at, { position }] of written.entries()) expect(await collect(store.readAll(position))).toEqual(written.slice(at + 1));
      expect(await store.head()).toBe(written.at(-1)?.position);
      expect(await store.readSnapshot('product-1')).toEqual({ revision: 2, foldVersion: 1, state: { available: 3 } });
      expect(await store.append('product-1', 1, [noted('five')])).toEqual({ outcome: 'conflict', revision: 2 });
      expect(await store.append('product-1', noStream, [noted('one'), noted('two')])).toMatchObject({ outcome: 'ok', revision: 1 });
      expect(await store.append('product-1', 2, [noted('five')])).toMatchObject({ outcome: 'ok', revision: 3 });
    });
  });

  it('is the same log, by its id, however often it is opened; another folder holds another one', async () => {
    const folder = newFolder('identity');
    const idOf = (where: string) => withStore(where, async ({ logId }) => logId);
    const logId = await idOf(folder);
    expect(logId).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(await idOf(folder)).toBe(logId);
    const others = await Promise.all([
      idOf(newFolder('identity-2')),
      openEmbeddedEventStore({ inMemory: true }).then((store) => store.logId),
    ]);
    expect(new Set([logId, ...others]).size).toBe(3);
  });

  it('gets an id where it was written before logs had one, and keeps it', async () => {
    const folder = newFolder('without-identity');
    const before = await withStore(folder, async ({ logId }) => logId);
    const database = new Libsql(join(folder, 'events.db'));
    database.exec('DROP TABLE log_identity');
    database.close();
    const given = await withStore(folder, async ({ logId }) => logId);
    expect(given).not.toBe(before);
    expect(await withStore(folder, async ({ logId }) => logId)).toBe(given);
  });

  it('is closed to others than its owner', async () => {
    const folder = join(newFolder('deep'), 'inside');
    await withStore(folder, async () => expect(statSync(folder).mode & 0o777).toBe(0o700));
  });

  it('answers nothing any more once it is closed, and ends those who follow it', async () => {
    const store = await openEmbeddedEventStore({ folder: newFolder('closed') });
    const following = collect(store.subscribe(beginning, new AbortController().signal));
    const last = store.append('product-1', noStream, [noted('in time')]);
    await Promise.all([store.close(), expect(following).rejects.toThrow(EventStoreUnavailableError)]);
    expect(await last).toMatchObject({ outcome: 'ok' });
    await expect(store.append('product-1', 0, [noted('late')])).rejects.toThrow(EventStoreUnavailableError);
    await expect(store.head()).rejects.toThrow(EventStoreUnavailableError);
    await expect(collect(store.readAll(beginning))).rejects.toThrow(EventStoreUnavailableError);
    await store.close();
    await withStore(newFolder('closed'), async (again) => expect(await idsIn(again)).toEqual(['in time']));
  });
});

describe('one folder, one process', () => {
  it('refuses a second process while the first one lives, and names the folder', async () => {
    const folder = newFolder('shared');
    const owner = startAppending([folder]);
    await owner.reached(100);
    await expect(openEmbeddedEventStore({ folder })).rejects.toThrow(DataFolderInUseError);
    await expect(openEmbeddedEventStore({ folder })).rejects.toThrow(folder);
    await owner.reached(owner.acknowledged.length + 100);
    await owner.kill();
    await withStore(folder, async (store) => {
      const rival = startAppending([folder]);
      expect(await rival.ended).not.toBe(0);
      expect(rival.complaints()).toContain('DataFolderInUseError');
      expect(await store.append('wallet-1', noStream, [noted('undisturbed')])).toMatchObject({ outcome: 'ok' });
    });
  });

  it('refuses a second store in the same process', async () => {
    const folder = newFolder('twice');
    await withStore(folder, async () => {
      await expect(openEmbeddedEventStore({ folder })).rejects.toThrow(DataFolderInUseError);
    });
  });

  it('says what is wrong with a folder that cannot be written', async () => {
    await withStore(newFolder('file'), async () => undefined);
    await expect(openEmbeddedEventStore({ folder: join(newFolder('file'), 'events.db') })).rejects.toThrow(
      /cannot open the event store .*events\.db/,
    );
  });
});

describe('a process that is killed', () => {
  it('has every acknowledged event on disk, blocks nobody, and writes go on, kill after kill', async () => {
    const folder = newFolder('killed');
    const acknowledged = new Set<string>();
    for (let round = 0; round < 3; round += 1) {
      const owner = startAppending([join(folder, `${round}`), 'FULL', '20', '7']);
      await owner.reached(400 + round * 130);
      await owner.kill();
      for (const id of owner.acknowledged) acknowledged.add(id);
      await withStore(join(folder, `${round}`), async (store) => {
        const ids = new Set(await idsIn(store));
        expect(owner.acknowledged.filter((id) => !ids.has(id))).toEqual([]);
        expect(owner.acknowledged.length).toBeGreaterThanOrEqual(400);
        const stream = await collect(store.readStream('product-1', 0));
        expect(stream.map(({ revision }) => revision)).toEqual(stream.map((_, revision) => revision));
        expect(await store.append('product-1', stream.length - 1, [noted('after the kill')])).toMatchObject({ outcome: 'ok' });
      });
    }
  });

  it('opens again on 100,000 events without reading them all', async () => {
    const folder = newFolder('large');
    const owner = startAppending([folder, 'NORMAL', '400', '900', '250']);
    await owner.ended;
    expect(owner.complaints()).toBe('');
    await withStore(folder, async (store) => {
      expect(store.eventsUpTo(await store.head())).toBe(100_000);
      expect(store.stats().eventsReadAtOpen).toBeLessThan(25_000);
      const stream = await collect(store.readStream('product-1', 0));
      expect(stream.map(({ revision }) => revision)).toEqual(stream.map((_, revision) => revision));
      expect(stream).toHaveLength(112);
      expect(await collect(store.readAll(beginning))).toHaveLength(100_000);
    });
  }, 60_000);
});

const absentTool = (command: string, ...args: string[]): boolean => {
  try {
    execFileSync(command, args, { stdio: 'ignore' });
    return false;
  } catch {
    return true;
  }
};

const noPowerLoss = process.platform !== 'linux' || absentTool('gcc', '--version') ? 'it needs Linux and gcc' : undefined;
if (noPowerLoss) console.warn(`SKIPPED: power loss on the embedded event store: ${noPowerLoss}`);

(noPowerLoss ? describe.skip : describe)('power that fails', () => {
  let shim: string;
  beforeAll(() => {
    shim = join(root, 'shim.so');
    const source = fileURLToPath(new URL('./testing/keep-synced-copies.c', import.meta.url));
    execFileSync('gcc', ['-shared', '-fPIC', '-O2', '-o', shim, source, '-ldl']);
  });

  /** Which acknowledged events are not on a disk that holds only what was synced. */
  const lostWith = async (synchronous: string): Promise<{ acknowledged: number; lost: number; lostByKill: number }> => {
    const folder = newFolder(`power-${synchronous}`);
    const owner = startAppending([folder, synchronous, '25', '7'], { LD_PRELOAD: shim, PF_DIR: folder });
    await owner.reached(8_000); // more than one checkpoint
    await owner.kill();
    const disk = newFolder(`disk-${synchronous}`); // copied before anything opens the folder
    mkdirSync(disk);
    for (const file of readdirSync(folder).filter((name) => name.endsWith('.durable')))
      cpSync(join(folder, file), join(disk, file.slice(0, -'.durable'.length)));
    const lostIn = (where: string) =>
      withStore(where, async (store) => {
        const ids = new Set(await idsIn(store));
        return owner.acknowledged.filter((id) => !ids.has(id)).length;
      });
    return { acknowledged: owner.acknowledged.length, lost: await lostIn(disk), lostByKill: await lostIn(folder) };
  };

  it('loses nothing that was acknowledged', async () => {
    const { acknowledged, lost, lostByKill } = await lostWith('FULL');
    expect(acknowledged).toBeGreaterThanOrEqual(8_000);
    expect({ lost, lostByKill }).toEqual({ lost: 0, lostByKill: 0 });
  }, 30_000);

  it.each(['NORMAL', 'OFF'])(
    'would lose some with %s, which shows that this test can see a loss',
    async (synchronous) => {
      const { lost, lostByKill } = await lostWith(synchronous);
      expect(lost).toBeGreaterThan(0);
      expect(lostByKill).toBe(0);
    },
    30_000,
  );
});

const canMount = (): boolean => {
  const folder = mkdtempSync(join(tmpdir(), 'event-store-mount-'));
  const absent = process.platform !== 'linux' || absentTool('mount', '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder);
  if (!absent) execFileSync('umount', [folder]);
  rmSync(folder, { recursive: true });
  return !absent;
};
const noFullDisk = canMount() ? undefined : 'it needs Linux and the right to mount';
if (noFullDisk) console.warn(`SKIPPED: a full disk under the embedded event store: ${noFullDisk}`);

(noFullDisk ? describe.skip : describe)('a full disk', () => {
  let folder: string;
  beforeAll(() => {
    folder = newFolder('full');
    mkdirSync(folder);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', folder]);
  });
  afterAll(() => {
    execFileSync('umount', ['-l', folder]); // lazily: the driver lets go of the file when its statements are collected
  });

  it('turns writes away, keeps what it acknowledged, goes on reading, and takes writes again when there is room', async () => {
    const filler = 'x'.repeat(20_000);
    const acknowledged: string[] = [];
    let revision = noStream;
    const appendUntilRefused = async (store: EventStore, most: number): Promise<unknown> => {
      for (let at = 0; at < most; at += 1) {
        const note = `event ${revision + 1}`;
        try {
          expect(await store.append('product-1', revision, [noted(note, { filler })])).toMatchObject({
            outcome: 'ok',
            revision: revision + 1,
          });
        } catch (error) {
          return error;
        }
        acknowledged.push(note);
        revision += 1;
      }
      return undefined;
    };
    await withStore(folder, async (store) => {
      expect(await appendUntilRefused(store, 1_000)).toBeInstanceOf(EventStoreUnavailableError);
      expect(acknowledged.length).toBeGreaterThan(20);
      await expect(store.writeSnapshot('product-1', { revision, foldVersion: 1, state: 'x'.repeat(3_000_000) })).rejects.toThrow(
        EventStoreUnavailableError,
      );
      expect(await idsIn(store)).toEqual(acknowledged);
      expect(await store.head()).toBe((await collect(store.readAll(beginning))).at(-1)?.position);
      execFileSync('mount', ['-o', 'remount,size=30m', folder]);
      expect(await appendUntilRefused(store, 50)).toBeUndefined();
      expect(await idsIn(store)).toEqual(acknowledged);
    });
    await withStore(folder, async (store) => expect(await idsIn(store)).toEqual(acknowledged));
  });
});
