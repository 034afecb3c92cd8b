import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { noStream, type EventStore, type NewEvent } from './event-store.js';
import type { Staging } from './staging.js';

export type StagingHarness = {
  /** A store of its own for each test, which stages whatever can be staged. */
  readonly open: () => {
    readonly store: EventStore;
    readonly staging: Staging;
    /** What is staged now will not get to disk. Resolves when it is lost. */
    readonly lose: () => Promise<void>;
  };
};

const metadata = { version: 1, correlationId: 'request-1', causationId: 'command-1' };
const noted = (note: string): NewEvent => ({ id: randomUUID(), type: 'Noted', data: { note }, metadata });

const notesIn = async (store: EventStore, stream: string): Promise<readonly unknown[]> => {
  const notes: unknown[] = [];
  for await (const page of store.readStream(stream, 0)) notes.push(...page.map(({ data }) => data));
  return notes;
};

/** What every store does that stages appends. */
export const stagingContract = (name: string, { open }: StagingHarness): void => {
  describe(`${name} keeps the staging contract`, () => {
    it('judges an append as it comes; readers see it once it is on disk', async () => {
      const { store, staging } = open();
      const staged = staging.stage('product-1', noStream, [noted('one'), noted('two')]);
      expect(staged).toMatchObject({ revision: 1 });
      expect(staging.lastRevision('product-1')).toBe(1);
      await staging.settled();
      expect(await notesIn(store, 'product-1')).toEqual([{ note: 'one' }, { note: 'two' }]);
      expect(await store.head()).toBe(staged?.position);
      expect(staging.head()).toBe(staged?.position);
      expect(staging.settled()).toBeUndefined();
    });

    it('judges the next one on what is staged already', async () => {
      const { store, staging } = open();
      expect(staging.stage('product-2', noStream, [noted('one')])).toMatchObject({ revision: 0 });
      expect(staging.stage('product-2', noStream, [noted('too late')])).toBeUndefined();
      expect(staging.stage('product-2', 0, [noted('two')])).toMatchObject({ revision: 1 });
      expect(staging.stage('product-2', 5, [noted('too early')])).toBeUndefined();
      await staging.settled();
      expect(await notesIn(store, 'product-2')).toEqual([{ note: 'one' }, { note: 'two' }]);
    });

    it('writes an append that somebody waits for behind what was staged before it', async () => {
      const { store, staging } = open();
      const first = staging.stage('product-3', noStream, [noted('one')]);
      const result = await store.append('product-3', 0, [noted('two')]);
      expect(result).toMatchObject({ outcome: 'ok', revision: 1 });
      expect(result.outcome === 'ok' && first && result.position > first.position).toBe(true);
      expect(await store.append('product-3', 0, [noted('rival')])).toMatchObject({ outcome: 'conflict', revision: 1 });
    });

    it('gives positions in the order of staging, and numbers of batches that never fall', async () => {
      const { staging } = open();
      const staged = ['a', 'b', 'c'].map((each) => staging.stage(`wallet-${each}`, noStream, [noted(each)]));
      const positions = staged.map((one) => one?.position ?? '');
      expect([...positions].sort()).toEqual(positions);
      await staging.settled();
      const later = staging.stage('wallet-a', 0, [noted('later')]);
      expect(later && staged[2] && later.batch > staged[2].batch).toBe(true);
      await staging.settled();
    });

    it('keeps a snapshot of staged events to itself until they are on disk', async () => {
      const { store, staging } = open();
      staging.stage('cart-1', noStream, [noted('one')]);
      const written = store.writeSnapshot('cart-1', { revision: 0, foldVersion: 1, state: 'one' });
      const early = await store.readSnapshot('cart-1');
      expect(early === undefined || (await notesIn(store, 'cart-1')).length === 1).toBe(true);
      await written;
      expect(await notesIn(store, 'cart-1')).toHaveLength(1);
      expect(await store.readSnapshot('cart-1')).toMatchObject({ revision: 0, state: 'one' });
    });

    it('tells of a loss before anything else is staged, and goes on from what is on disk', async () => {
      const { store, staging, lose } = open();
      await store.append('product-4', noStream, [noted('kept')]);
      const told: number[] = [];
      staging.onLoss(() => told.push(staging.lastRevision('product-4')));
      const losses = staging.losses();
      const staged = staging.stage('product-4', 0, [noted('lost')]);
      const snapshot = store.writeSnapshot('product-4', { revision: 1, foldVersion: 1, state: 'lost' }).catch(() => undefined);
      await lose();
      await staging.settled();
      await snapshot;
      expect(told).toEqual([0]);
      expect(staging.losses()).toBe(losses + 1);
      expect(staging.lastLoss()).toMatchObject({ certain: true });
      expect(staging.lastLoss()?.from).toBeLessThanOrEqual(staged?.batch ?? 0);
      expect(await store.readSnapshot('product-4')).toBeUndefined();
      expect(await store.append('product-4', 0, [noted('instead')])).toMatchObject({ outcome: 'ok', revision: 1 });
      expect(staging.stage('product-4', 1, [noted('again')])).toMatchObject({ revision: 2 });
      await staging.settled();
      expect(await notesIn(store, 'product-4')).toEqual([{ note: 'kept' }, { note: 'instead' }, { note: 'again' }]);
    });
  });
};
