import { spawn, type ChildProcess } from 'node:child_process';
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, jest } from '@jest/globals';
import { NO_STREAM, UnavailableError } from '@eventstore/db-client';
import { attempt, conformanceDriver, happened } from './conformance/driver.js';
import { noStream } from '@shop/event-store';
import { startEsdbSim } from './esdb-sim.js';
import { insist, noted, notesIn, openAdapter } from './testing/adapter.js';

jest.setTimeout(30_000); // for busy machines

const folders: string[] = [];
const newFolder = () => {
  const folder = mkdtempSync(join(tmpdir(), 'esdb-sim-'));
  folders.push(folder);
  return folder;
};
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

const running = new Set<ChildProcess>();
const startProcess = (...words: string[]): ChildProcess => {
  const main = join(import.meta.dirname, '../dist/main.js');
  const child = spawn(process.execPath, [main, '--port', '0', ...words], { stdio: ['ignore', 'pipe', 'inherit'] });
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
};
afterEach(() => running.forEach((child) => child.kill('SIGKILL'))); // what a failed test leaves would keep the tests from ending

/** The exit code, once it has stopped in order. */
const stopped = async (child: ChildProcess): Promise<unknown> => {
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  return ended;
};

const lineWith = (child: ChildProcess, word: string): Promise<string> =>
  new Promise((resolve, reject) => {
    let text = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const line = text.split('\n').find((candidate) => candidate.startsWith(word));
      if (line !== undefined) resolve(line);
    });
    child.once('exit', (code) => reject(new Error(`it ended with ${code} before it said ${word}`)));
  });

describe('the simulator of EventStoreDB', () => {
  it('keeps what it acknowledged in its folder, and answers a retry after a restart with the same place', async () => {
    const folder = newFolder();
    const events = [happened(1), happened(2)];
    const first = await startEsdbSim({ folder });
    const before = conformanceDriver(first.url);
    const written = await before.append('wallet-1', events, NO_STREAM);
    const at = await before.read('wallet-1');
    await before.dispose();
    await first.stop();
    appendFileSync(join(folder, 'esdb-sim.log'), '[{"id":"torn'); // as a crash in the middle of a write leaves it

    const second = await startEsdbSim({ folder });
    const after = conformanceDriver(second.url);
    expect(await after.read('wallet-1')).toEqual(at);
    expect(await after.append('wallet-1', events, NO_STREAM)).toEqual(written);
    await after.append('wallet-1', [happened(3)], 1n);
    await after.dispose();
    await second.stop();

    const third = await startEsdbSim({ folder });
    const again = conformanceDriver(third.url);
    expect(await again.count('wallet-1')).toBe('3');
    await again.dispose();
    await third.stop();
  });

  it('never takes a batch append, which a call without credentials becomes', async () => {
    const sim = await startEsdbSim();
    const driver = conformanceDriver(sim.url);
    const text = await attempt(async () => {
      await driver.client.appendToStream('wallet-1', [happened()], { expectedRevision: NO_STREAM });
      return 'written';
    });
    expect(text).toBe('UnknownError(grpc 12)');
    expect([sim.batchAppends(), sim.calls().append]).toEqual([1, 0]);
    await driver.dispose();
    await sim.stop();
  });

  it('can cut its connections and goes on', async () => {
    const sim = await startEsdbSim();
    const driver = conformanceDriver(sim.url);
    sim.setFaults(({ method, number }) => (method === 'append' && number === 1 ? { fault: 'cut', when: 'after' } : undefined));
    await expect(driver.append('wallet-1', [happened()], NO_STREAM)).rejects.toBeInstanceOf(UnavailableError);
    expect(await driver.count('wallet-1')).toBe('1');
    await driver.dispose();
    await sim.stop();
  });

  it('runs as a process of its own, and says where and what it was asked', async () => {
    const child = startProcess('--data', newFolder());
    const ready = await lineWith(child, 'READY');
    const driver = conformanceDriver(ready.split(' ')[1] ?? '');
    await driver.append('wallet-1', [happened()], NO_STREAM);
    expect(await driver.count('wallet-1')).toBe('1');
    await driver.dispose();
    const calls = lineWith(child, 'CALLS');
    expect(await stopped(child)).toBe(0);
    expect(JSON.parse((await calls).slice('CALLS '.length))).toMatchObject({ append: 1, read: 1, batchAppends: 0 });
  });

  it('leaves appends unknown while its process is stopped, and does them once it goes on', async () => {
    const child = startProcess();
    const url = (await lineWith(child, 'READY')).split(' ')[1] ?? '';
    const store = await openAdapter(url, { leaseMs: 0 }); // on one node, reads need none
    const append = [noted('one')];
    expect(await insist(store, 'wallet-1', noStream, [noted('zero')])).toMatchObject({ outcome: 'ok' });
    child.kill('SIGSTOP');
    expect(await store.append('wallet-1', 0, append)).toMatchObject({ outcome: 'unknown' });
    child.kill('SIGCONT');
    expect(await insist(store, 'wallet-1', 0, append)).toMatchObject({ outcome: 'ok', revision: 1 });
    expect(await notesIn(store, 'wallet-1')).toEqual(['zero', 'one']);
    await store.close();
    expect(await stopped(child)).toBe(0);
  });
});
