import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openEmbeddedEventStore, type EmbeddedEventStore } from '@shop/event-store/embedded';
import { readSettings } from '@shop/projector';
import { ReadStoreUnavailableError } from '@shop/read-store';
import { projectorThread } from './projector-thread.js';

const program = new URL('../../dist/projector-thread/thread-program.js', import.meta.url);

let folder = '';
let eventStore: EmbeddedEventStore;
let lost: Error[];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'projector-thread-'));
  eventStore = await openEmbeddedEventStore({ folder });
  lost = [];
});
afterEach(async () => {
  await eventStore.close();
  rmSync(folder, { recursive: true, force: true });
});
const begin = (worker: Worker) =>
  projectorThread({ worker, folder, eventStore, settings: readSettings(), logLevel: 'silent', onLost: (reason) => lost.push(reason) });
const until = async (holds: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 2));
};

describe('the thread of the read models', () => {
  it('follows the log of the other thread, answers for its read store, and ends when that is closed', async () => {
    const { readStore, projector } = await begin(new Worker(program));
    await projector.start();
    const charge = {
      userId: 'kim',
      chargeId: 'c1',
      requestHash: 'a'.repeat(64),
      amount: 500,
      balance: 500,
      occurredAt: '2026-01-05T00:00:00.000Z',
    };
    await eventStore.append('wallet-kim', -1, [
      { id: 'e1', type: 'WalletCharged', data: charge, metadata: { version: 1, correlationId: 'r', causationId: 'c' } },
    ]);
    projector.hurry();
    await until(async () => (await readStore.load('balances__v1_1', ['kim'])).size > 0);
    expect((await readStore.load('balances__v1_1', ['kim'])).get('kim')?.document).toEqual({ userId: 'kim', balance: 500 });
    await until(async () => (await projector.readiness()).status === 'ready');
    expect(await projector.metrics?.()).toContain('projection_position{projection="balances"');
    await projector.stop();
    await readStore.close();
    await expect(readStore.collections()).rejects.toThrow();
    expect(lost).toEqual([]);
  });

  it('says why where it ends before its stores are open', async () => {
    const worker = new Worker('throw new Error("no memory for it")', { eval: true });
    await expect(begin(worker)).rejects.toMatchObject({ name: 'ReadStoreUnavailableError', cause: { message: 'no memory for it' } });
    expect(lost).toEqual([]);
  });

  it('rejects what was asked of it where it ends by itself, and tells', async () => {
    const worker = new Worker(program);
    const { readStore, projector } = await begin(worker);
    const asked = readStore.collections().then(
      () => 'answered',
      (error: unknown) => error,
    );
    await worker.terminate();
    expect(['answered', expect.any(ReadStoreUnavailableError)]).toContainEqual(await asked);
    expect(lost).toEqual([expect.any(ReadStoreUnavailableError)]);
    await projector.stop();
    await readStore.close();
  });
});
