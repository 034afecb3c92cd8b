import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import Libsql from 'libsql';
import { EventStoreUnavailableError, noStream } from '../event-store.js';
import { beginning, toPosition } from '../position.js';
import { DamagedLogError, embeddedEventStore, openEmbeddedEventStore, openLogFile } from './index.js';

const metadata = { version: 1, correlationId: 'request-1', causationId: 'command-1' };
const noted = (note: string) => ({ id: note, type: 'Noted', data: { note, filler: 'x'.repeat(3_000) }, metadata });
const program = fileURLToPath(new URL('../../dist/embedded/testing/reading-process.js', import.meta.url));
const commits = 200;
const pageSize = 4_096;

let folder: string;
let file: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'event-store-'));
  file = join(folder, 'events.db');
  const store = await openEmbeddedEventStore({ folder });
  for (let at = 0; at < commits; at += 1) await store.append(`wallet-${at % 2}`, Math.floor(at / 2) - 1, [noted(`event ${at + 1}.`)]);
  await store.writeSnapshot('wallet-1', { revision: 3, foldVersion: 1, state: { balance: 5 } });
  await store.close();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const change = (sql: string): void => {
  const database = new Libsql(file);
  database.exec(sql);
  database.close();
};
const overwrite = (at: number, bytes: Buffer): void => {
  const content = readFileSync(file);
  bytes.copy(content, at);
  writeFileSync(file, content);
};
/** Bytes without any order, the same in every run. */
const noise = (length: number): Buffer => {
  let state = 7;
  return Buffer.from(Array.from({ length }, () => (state = (state * 1_103_515_245 + 12_345) % 2_147_483_648) >>> 16));
};
/** Pages somewhere among the commits. */
const breakPages = (): void => overwrite(40 * pageSize, noise(3 * pageSize));

type Line = {
  readonly call?: string;
  readonly round?: number;
  readonly kind?: string;
  readonly message?: string;
  readonly logged?: string;
};
/** What a process says that opens the folder and makes every call three times. */
const readInProcess = () => {
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, [program, folder, 'wallet-1'], { encoding: 'utf8' });
  const lines = stdout
    .trim()
    .split('\n')
    .map((line): Line => JSON.parse(line) as Line); // eslint-disable-line @typescript-eslint/consistent-type-assertions -- lines of our own program
  const callsOf = (round: number) => lines.filter((line) => line.round === round);
  return { ended: { status, signal, stderr }, lines, callsOf, logged: lines.flatMap(({ logged }) => logged ?? []) };
};
const endedWell = { status: 0, signal: null, stderr: '' };

describe('text that is no UTF-8 any more', () => {
  it('inside an event stops the store for good, says so once, and never takes the process down', () => {
    overwrite(readFileSync(file).indexOf('"event 100.'), Buffer.alloc(60, 0xab));
    const { ended, callsOf, logged, lines } = readInProcess();
    const where = `${file} is damaged at position ${toPosition(100)}`;
    expect(ended).toEqual(endedWell);
    expect(callsOf(1).find(({ kind }) => kind)).toMatchObject({ call: 'readStream', message: expect.stringContaining(where) });
    for (const round of [2, 3])
      expect(callsOf(round)).toEqual(
        ['readSnapshot', 'readStream', 'readAll', 'readStreamBackwards', 'append', 'head'].map((call) => ({
          round,
          call,
          kind: 'EventStoreUnavailableError',
          message: expect.stringContaining(where),
        })),
      );
    expect(logged).toEqual([expect.stringContaining(where)]);
    expect(lines.at(-1)).toEqual({ call: 'open', answer: null });
  });

  it('in the index of streams stops the store like damage anywhere', () => {
    change(`UPDATE stream_segments SET commits = CAST(x'ABABABAB' AS TEXT) WHERE stream = 'wallet-1'`);
    const { ended, callsOf, logged } = readInProcess();
    expect(ended).toEqual(endedWell);
    expect(callsOf(3)).toHaveLength(6);
    for (const { kind, message } of callsOf(3)) {
      expect(kind).toBe('EventStoreUnavailableError');
      expect(message).toContain(`${file} is damaged`);
    }
    expect(logged).toHaveLength(1);
  });

  it.each(['state', 'hash'])('in a snapshot (%s) costs the snapshot and nothing else', (column) => {
    change(`UPDATE snapshots SET ${column} = CAST(x'ABABABAB' AS TEXT)`);
    const { ended, callsOf, logged } = readInProcess();
    expect(ended).toEqual(endedWell);
    expect(callsOf(1).map(({ kind }) => kind)).toEqual(Array.from({ length: 6 }, () => undefined));
    expect(callsOf(1)[0]).toMatchObject({ call: 'readSnapshot', answer: null });
    expect(logged).toEqual([]);
  });

  it.each([
    ['the last commit', `UPDATE commits SET events = CAST(x'ABABABAB' AS TEXT) WHERE sequence = ${commits}`],
    ['the id of the log', `UPDATE log_identity SET id = CAST(x'ABABABAB' AS TEXT)`],
  ])('in %s is refused at the start', (_, sql) => {
    change(sql);
    const { ended, lines } = readInProcess();
    expect(ended).toEqual(endedWell);
    expect(lines).toEqual([{ call: 'open', kind: 'DamagedLogError', message: expect.stringContaining(`${file} is damaged`) }]);
  });
});

describe('broken pages of the file', () => {
  it('are found at the start', async () => {
    breakPages();
    await expect(openEmbeddedEventStore({ folder })).rejects.toThrow(DamagedLogError);
    await expect(openEmbeddedEventStore({ folder })).rejects.toThrow(`${file} is damaged`);
  });

  /** As it stands with a file too large to be looked through at the start. */
  const openUnchecked = (log: (message: string) => void) => embeddedEventStore(openLogFile({ folder }, { checkedUpTo: 0 }), log);
  const readAll = async (store: ReturnType<typeof openUnchecked>): Promise<void> => {
    for await (const _ of store.readAll(beginning));
  };

  it('in a file too large for that stop the store at the first one that is met: no call is answered any more', async () => {
    breakPages();
    const logged: string[] = [];
    const store = openUnchecked((message) => logged.push(message));
    const following = (async () => {
      for await (const _ of store.subscribe(await store.head(), new AbortController().signal));
    })();
    const followerTold = expect(following).rejects.toThrow(`${file} is damaged`);
    expect(await store.append('wallet-2', noStream, [noted('before')])).toMatchObject({ outcome: 'ok' });
    expect(logged).toEqual([]);
    const late = [
      store.append('wallet-3', noStream, [noted('late')]),
      store.writeSnapshot('wallet-3', { revision: 0, foldVersion: 1, state: 1 }),
    ];
    const lateOnesTold = late.map((each) => expect(each).rejects.toThrow(`${file} is damaged`));
    await expect(readAll(store)).rejects.toThrow(`${file} is damaged`);
    await Promise.all([followerTold, ...lateOnesTold]);
    for (const call of [
      () => readAll(store),
      () => store.append('wallet-2', 0, [noted('after')]),
      () => store.head(),
      () => store.readSnapshot('wallet-1'),
      () => store.writeSnapshot('wallet-1', { revision: 4, foldVersion: 1, state: 1 }),
      () => store.readStreamBackwards('wallet-2', 'end', 1),
      async () => {
        for await (const _ of store.subscribe(beginning, new AbortController().signal));
      },
    ]) {
      await expect(call()).rejects.toThrow(EventStoreUnavailableError);
      await expect(call()).rejects.toThrow(`${file} is damaged`);
    }
    expect(logged).toEqual([expect.stringContaining(`${file} is damaged`)]);
    await store.close();
    const again = openUnchecked(() => undefined);
    expect(again.eventsUpTo(await again.head())).toBe(commits + 1);
    await again.close();
  });
});
