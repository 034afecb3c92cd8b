import { describe, expect, it } from '@jest/globals';
import type { EventStore, Position } from '@shop/event-store';
import { loadServing } from '@shop/read-store';
import { balances } from '../balances/balances.js';
import { bestSellers } from '../best-sellers/best-sellers.js';
import type { Projection } from '../projection.js';
import { projections } from '../projections.js';
import { statement } from '../statement/statement.js';
import { eventually } from '../testing/eventually.js';
import { forever, gated } from '../testing/faulty-read-store.js';
import { projectorBench } from '../testing/projector-bench.js';
import { foldOfLog, quickSettings, servedDocuments } from '../testing/projector-process.js';
import type { RebuildProgress } from './rebuild.js';

const anyBalances: Projection = balances;

const bench = projectorBench();
const { start } = bench;

const someOrders = async (orders: number, from = 1): Promise<Position> => {
  let last = await bench.log.charged('kim', 1_000_000);
  for (let order = from; order < from + orders; order += 1) {
    await bench.log.reserved('mug', `o${order}`, 2, 10_000 - order);
    last = await bench.log.paid(order % 2 === 0 ? 'kim' : 'lee', `o${order}`, 'mug', 2, 1_000_000 - order);
  }
  return last;
};

const servingGeneration = async (name: Projection['name']) => {
  const serving = await loadServing(bench.readStore, name);
  return serving && `${serving.generation.version}.${serving.generation.generation}`;
};

/** A projection that says something else than before, as after a repair. */
const balancesOf = (version: number, balance: (before: number) => number): Projection => ({
  ...balances,
  version,
  evolve: (document, event, context, id) => {
    const said = anyBalances.evolve(document, event, context, id);
    return 'balance' in said ? { ...said, balance: balance(said.balance) } : said;
  },
});

describe('a rebuild', () => {
  it('ends in what was there before, for every read model', async () => {
    const last = await someOrders(30);
    const projector = start();
    await projector.reaches(last);

    for (const projection of projections) {
      const before = await servedDocuments(bench.readStore, projection.name);
      const report = await projector.rebuild({ name: projection.name });
      expect(report).toMatchObject({ events: 61, dryRun: false, comparison: { compared: Object.keys(before).length, differences: 0 } });
      expect(await servingGeneration(projection.name)).toBe(`${projection.version}.2`);
      expect(await servedDocuments(bench.readStore, projection.name)).toEqual(before);
      expect((await loadServing(bench.readStore, projection.name))?.position).toBe(last);
    }
  });

  it('writes in parts and forgets documents on the way without losing any', async () => {
    const last = await someOrders(40);
    const settings = { ...quickSettings, rebuildBatchEvents: 7, rebuildDocumentsInMemory: 1 };
    const smallPages: EventStore = {
      ...bench.log.eventStore,
      readAll: async function* (after) {
        for await (const page of bench.log.eventStore.readAll(after))
          for (let first = 0; first < page.length; first += 5) yield page.slice(first, first + 5);
      },
    };
    const projector = start({ projections: [statement, bestSellers], settings, eventStore: smallPages });
    await projector.reaches(last);

    for (const projection of [statement, bestSellers]) {
      expect((await projector.rebuild({ name: projection.name })).comparison.differences).toBe(0);
      expect(await servedDocuments(bench.readStore, projection.name)).toEqual(await foldOfLog(bench.log.eventStore, projection));
    }
  });

  it('says how far it is', async () => {
    const projector = start({ projections: [balances] });
    await projector.reaches(await someOrders(10));
    const told: RebuildProgress[] = [];
    await projector.rebuild({ name: 'balances', onProgress: (progress) => told.push(progress) });

    expect(told.map(({ phase }) => phase)).toEqual(['comparing', 'catching-up', 'switching']);
    expect(told.at(-1)).toMatchObject({ projection: 'balances', done: 21, total: 21, secondsLeft: 0 });
    expect(told.at(-1)?.eventsPerSecond).toBeGreaterThan(0);
  });

  it('names documents that differ, and switches nevertheless', async () => {
    const last = await someOrders(4);
    const broken = start({ projections: [balancesOf(1, (balance) => balance + 1)] });
    await broken.reaches(last);
    await broken.stop();
    const projector = start({ projections: [balances] });
    await projector.reaches(last);
    const { comparison } = await projector.rebuild({ name: 'balances' });

    expect(comparison).toMatchObject({ compared: 2, differences: 2 });
    expect(comparison.examples[0]).toMatchObject({ id: 'kim' });
    expect(comparison.examples[0]?.serving).toContain('"balance":999997');
    expect(comparison.examples[0]?.rebuilt).toContain('"balance":999996');
    expect(await servedDocuments(bench.readStore, 'balances')).toEqual(await foldOfLog(bench.log.eventStore, balances));
  });

  it('finds a document that is missing on either side', async () => {
    const projector = start({ projections: [balances] });
    await projector.reaches(await someOrders(4));
    await bench.readStore.remove('balances__v1_1', 'kim', (await servedDocuments(bench.readStore, 'balances'))['kim']?.guard ?? '');
    await bench.readStore.write('balances__v1_1', [
      { id: 'ghost', from: null, guard: '0'.repeat(15) + '1', document: { userId: 'ghost', balance: 1 } },
    ]);
    const { comparison } = await projector.rebuild({ name: 'balances', dryRun: true });

    expect(comparison).toMatchObject({ differences: 2 });
    expect(comparison.examples).toMatchObject([
      { id: 'ghost', rebuilt: 'no document' },
      { id: 'kim', serving: 'no document' },
    ]);
  });

  it('only compares in a dry run, and leaves nothing behind', async () => {
    const projector = start({ projections: [balances] });
    await projector.reaches(await someOrders(4));
    const report = await projector.rebuild({ name: 'balances', dryRun: true });

    expect(report).toMatchObject({ dryRun: true, comparison: { compared: 2, differences: 0 } });
    expect(await servingGeneration('balances')).toBe('1.1');
    expect((await bench.readStore.collections()).filter((name) => name.startsWith('balances'))).toEqual(['balances__v1_1']);
  });

  it('of a name that is not there is refused', async () => {
    const projector = start({ projections: [balances] });
    await projector.reaches(await someOrders(1));

    await expect(projector.rebuild({ name: 'carts' })).rejects.toThrow('there is no projection carts');
  });

  it('runs once at a time', async () => {
    const projector = start({ projections: [balances] });
    await projector.reaches(await someOrders(5));
    const both = await Promise.allSettled([projector.rebuild({ name: 'balances' }), projector.rebuild({ name: 'balances' })]);

    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(await servingGeneration('balances')).toBe('1.2');
  });

  it('that was killed half-way leaves the serving model alone; the next one cleans up', async () => {
    const last = await someOrders(5);
    const living = start({ projections: [balances] });
    await living.reaches(last);
    let died = false;
    const dying = gated(bench.readStore, ({ collection }) => {
      if (collection !== 'balances__v1_2') return undefined;
      died = true;
      return forever();
    });
    const victim = start({ projections: [balances], readStore: dying });
    await victim.reaches(last);
    void victim.rebuild({ name: 'balances' });
    await eventually('the rebuild has died', () => died);
    victim.kill();
    expect(await servingGeneration('balances')).toBe('1.1');
    await bench.readStore.releaseLease({ name: 'rebuild:balances', owner: await leaseOwner(), epoch: 1 });

    expect((await living.rebuild({ name: 'balances' })).generation.generation).toBe(3);
    expect((await bench.readStore.collections()).filter((name) => name.startsWith('balances'))).toEqual([
      'balances__v1_1',
      'balances__v1_3',
    ]);
  });
  const leaseOwner = async (): Promise<string> => {
    // As if the dead process's lease had run out: its owner is known here, as ids of a test's processes are counted.
    for (let number = 1; number < 100; number += 1)
      if (await bench.readStore.takeLease('rebuild:balances', `process-${number}-1`, 1_000)) return `process-${number}-1`;
    throw new Error('nobody holds the lease');
  };

  it('stops at an event that a mixed model cannot take, and the serving model stays', async () => {
    const projector = start({ projections: [bestSellers] });
    await someOrders(3);
    await bench.log.write('wallet-kim', 'WalletFrozen', { userId: 'kim' });
    await eventually('it has stopped', () => projector.status().some((one) => one.state === 'stopped'));

    await expect(projector.rebuild({ name: 'best-sellers' })).rejects.toThrow('wallet-kim/');
    expect(await servingGeneration('best-sellers')).toBe('1.1');
    expect((await bench.readStore.collections()).filter((name) => name.startsWith('best'))).toEqual(['best-sellers__v1_1']);
  });

  it('parks what it cannot apply, as the live model does', async () => {
    const projector = start({ projections: [balances] });
    await bench.log.charged('kim', 1_000);
    await bench.log.write('wallet-kim', 'WalletFrozen', { userId: 'kim' });
    await bench.log.charged('kim', 2_000);
    const last = await bench.log.charged('lee', 500);
    await projector.reaches(last);
    const report = await projector.rebuild({ name: 'balances' });

    expect(report).toMatchObject({ parked: ['wallet-kim'], comparison: { compared: 2, differences: 0 } });
    expect((await loadServing(bench.readStore, 'balances'))?.parked).toMatchObject([{ stream: 'wallet-kim', revision: 1, waiting: 2 }]);
    await projector.reaches(await bench.log.charged('kim', 3_000));
    expect((await loadServing(bench.readStore, 'balances'))?.parked).toMatchObject([{ stream: 'wallet-kim', revision: 1, waiting: 3 }]);
  });
});

describe('while the shop is busy', () => {
  it('no reader ever sees a half-built or an older model, and the comparison is right', async () => {
    let position = await someOrders(50);
    const projector = start({ projections: [bestSellers, balances] });
    await projector.reaches(position);
    let busy = true;
    const selling = (async () => {
      for (let order = 100; busy; order += 1) {
        position = await bench.log.paid('kim', `o${order}`, 'mug', 1, 10_000_000 + order);
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    })();
    let newest = '';
    let leastUnits = 0;
    const reading = (async () => {
      while (busy) {
        const serving = await loadServing(bench.readStore, 'best-sellers');
        if (!serving) throw new Error('nothing serves');
        const day = (await bench.readStore.load<{ units: number }>(serving.collection, ['day:2026-01-05:mug'])).get('day:2026-01-05:mug');
        expect(serving.position >= newest).toBe(true);
        expect(day?.document.units ?? 0).toBeGreaterThanOrEqual(leastUnits);
        newest = serving.position;
        leastUnits = day?.document.units ?? 0;
        await new Promise((resolve) => setImmediate(resolve));
      }
    })();
    const differences: number[] = [];
    try {
      for (let round = 0; round < 3; round += 1)
        for (const name of ['best-sellers', 'balances'] as const)
          differences.push((await projector.rebuild({ name })).comparison.differences);
    } finally {
      busy = false;
    }
    expect(differences).toEqual([0, 0, 0, 0, 0, 0]);
    await Promise.all([selling, reading]);
    await projector.reaches(position);

    expect(leastUnits).toBeGreaterThan(100);
    expect(await servedDocuments(bench.readStore, 'best-sellers')).toEqual(await foldOfLog(bench.log.eventStore, bestSellers));
  });
});

describe('going back', () => {
  it('finds the earlier generation as far as the serving one, as it was fed meanwhile', async () => {
    const projector = start({ projections: [balances] });
    await projector.reaches(await someOrders(3));
    await projector.rebuild({ name: 'balances' });
    const last = await someOrders(3, 10);

    expect(await projector.switchBack('balances')).toMatchObject({ generation: 1 });
    expect(await servingGeneration('balances')).toBe('1.1');
    await projector.reaches(last);
    expect(await servedDocuments(bench.readStore, 'balances')).toEqual(await foldOfLog(bench.log.eventStore, balances));
    expect(await projector.switchBack('balances')).toMatchObject({ generation: 2 });
  });

  it('needs a generation to go back to', async () => {
    const projector = start({ projections: [balances] });
    await projector.reaches(await someOrders(1));

    await expect(projector.switchBack('balances')).rejects.toThrow('no earlier generation');
  });

  it('is fed by a second projector too, once it has seen the switch', async () => {
    const one = start({ projections: [balances] });
    const other = start({ projections: [balances] });
    await Promise.all([someOrders(3).then(one.reaches), eventually('both run', () => other.status().length === 1)]);
    await one.rebuild({ name: 'balances' });
    await eventually('the other feeds both', () => other.status().length === 2);
    await one.stop();
    const last = await bench.log.charged('kim', 77);

    await other.reaches(last);
    expect((await servedDocuments(bench.readStore, 'balances'))['kim']?.document).toEqual({ userId: 'kim', balance: 77 });
  });
});

describe('a new version of a projection', () => {
  it('is built beside the old one, which serves until then, and takes over', async () => {
    const last = await someOrders(6);
    const old = start({ projections: [balances] });
    await old.reaches(last);
    const upgraded = start({ projections: [balancesOf(2, (balance) => balance * 2)] });
    await eventually('the new version serves', async () => (await servingGeneration('balances')) === '2.1');

    expect((await servedDocuments(bench.readStore, 'balances'))['kim']?.document).toEqual({ userId: 'kim', balance: 2 * 999_994 });
    const after = await bench.log.charged('kim', 5);
    await upgraded.reaches(after);
    await eventually('the old release feeds the way back', () => old.status().every((one) => one.position === after));
    expect(await upgraded.switchBack('balances')).toMatchObject({ version: 1, generation: 1 });
    expect((await servedDocuments(bench.readStore, 'balances'))['kim']?.document).toEqual({ userId: 'kim', balance: 5 });
  });
});
