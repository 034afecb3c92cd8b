import { describe, expect, it } from '@jest/globals';
import { parseStored } from '@shop/events';
import { loadServing, stateCollections, type ReadModelName, type SkippedEvent } from '@shop/read-store';
import { balances } from '../balances/balances.js';
import { bestSellers } from '../best-sellers/best-sellers.js';
import type { Projection } from '../projection.js';
import { projections } from '../projections.js';
import { eventually } from '../testing/eventually.js';
import { gated } from '../testing/faulty-read-store.js';
import { projectorBench } from '../testing/projector-bench.js';
import { servedDocuments } from '../testing/projector-process.js';
import type { ParseEvent } from './log-event.js';

const anyBalances: Projection = balances;

const bench = projectorBench();
const { start, stopAll } = bench;

/** A release that knows what an unknown type means: nothing of interest. */
const knowsMore: ParseEvent = (stored) =>
  stored.type === 'WalletFrozen'
    ? { type: 'CheckoutVoided', data: { userId: 'kim', orderId: 'o', checkoutId: 'c', occurredAt: '2026-01-05T03:04:05.678Z' } }
    : parseStored(stored);

const balanceOf = async (userId: string) => (await servedDocuments(bench.readStore, 'balances'))[userId]?.document;
const parkedOf = async (name: ReadModelName) =>
  (await loadServing(bench.readStore, name))?.parked.map(({ stream, revision, waiting }) => ({ stream, revision, waiting }));
const skippedEvents = () => bench.readStore.find<SkippedEvent>(stateCollections.skipped, { where: [], order: [], limit: 10 });

describe('an event that nobody knows', () => {
  it('makes its own stream wait in every read model of that kind of stream, while all others go on', async () => {
    const projector = start();
    await bench.log.registered('mug', 10);
    await bench.log.registered('pot', 10);
    await bench.log.charged('kim', 1_000);
    await bench.log.write('product-mug', 'ProductPainted', { productId: 'mug', colour: 'red' });
    await bench.log.reserved('mug', 'o1', 1, 9);
    const last = await bench.log.reserved('pot', 'o2', 3, 7);
    await projector.reaches(last);

    const waits = [{ stream: 'product-mug', revision: 1, waiting: 2 }];
    expect(await parkedOf('products')).toEqual(waits);
    for (const name of ['balances', 'statement', 'orders', 'carts', 'best-sellers'] as const)
      expect([name, await parkedOf(name)]).toEqual([name, []]);
    const products = await servedDocuments(bench.readStore, 'products');
    expect([products['mug']?.document, products['pot']?.document]).toMatchObject([{ stock: 10 }, { stock: 7 }]);
  });

  it('stops a read model whose documents mix streams, before that event and saying why', async () => {
    const projector = start();
    await bench.log.reserved('mug', 'o1', 1, 9);
    const before = await bench.log.reserved('mug', 'o2', 1, 8);
    await bench.log.write('product-mug', 'ProductPainted', { productId: 'mug', colour: 'red' });
    const last = await bench.log.reserved('pot', 'o3', 3, 7);
    await projector.reaches(last);

    const toDo = await loadServing(bench.readStore, 'to-do');
    expect([toDo?.state, toDo?.position]).toEqual(['stopped', before]);
    expect(Object.keys(await servedDocuments(bench.readStore, 'to-do'))).toEqual(['mug']);
    expect(projector.status().find((one) => one.projection === 'to-do')?.reason).toContain('product-mug/2');
    expect(await loadServing(bench.readStore, 'best-sellers')).toMatchObject({ state: 'following', position: last });
    await bench.log.write('wallet-kim', 'WalletFrozen', { userId: 'kim' });
    await eventually('best sellers have stopped', async () => (await loadServing(bench.readStore, 'best-sellers'))?.state === 'stopped');
  });

  it('is nobody’s business in a stream of another kind', async () => {
    const projector = start({ projections: [balances] });
    const last = await bench.log.write('product-mug', 'ProductPainted', { productId: 'mug' });
    await projector.reaches(last);

    expect(await parkedOf('balances')).toEqual([]);
  });

  it('lets what is late be counted once, and not again after a crash behind the note', async () => {
    await bench.log.charged('kim', 1_000);
    await bench.log.write('wallet-kim', 'WalletFrozen', { userId: 'kim' });
    const last = await bench.log.charged('kim', 2_000);
    await start({ projections: [balances] }).reaches(last);
    await stopAll();
    await bench.readStore.dropCollection(stateCollections.checkpoints);
    await start({ projections: [balances] }).reaches(last);

    expect(await parkedOf('balances')).toEqual([{ stream: 'wallet-kim', revision: 1, waiting: 2 }]);
    expect(await balanceOf('kim')).toEqual({ userId: 'kim', balance: 1_000 });
  });

  it('is noted before the checkpoint passes it', async () => {
    const order: string[] = [];
    const watched = gated(bench.readStore, ({ collection, when }) => {
      if (when === 'after' && (collection === 'parked' || collection === 'checkpoints')) order.push(collection);
    });
    const projector = start({ projections: [balances], readStore: watched });
    await projector.reaches(await bench.log.charged('kim', 1_000));
    order.length = 0;
    await projector.reaches(await bench.log.write('wallet-kim', 'WalletFrozen', { userId: 'kim' }));

    expect(order).toEqual(['parked', 'checkpoints']);
  });
});

describe('an event that a projection cannot apply', () => {
  it('is tried again a few times before its stream waits', async () => {
    let failures = 0;
    const shaky: Projection = {
      ...balances,
      evolve: (document, event, context, id) => {
        if (context.revision === 1 && failures < 2) {
          failures += 1;
          throw new Error('not now');
        }
        return anyBalances.evolve(document, event, context, id);
      },
    };
    const projector = start({ projections: [shaky] });
    await bench.log.charged('kim', 1_000);
    await projector.reaches(await bench.log.charged('kim', 2_000));

    expect(failures).toBe(2);
    expect(await parkedOf('balances')).toEqual([]);
    expect(await balanceOf('kim')).toEqual({ userId: 'kim', balance: 2_000 });
  });
});

describe('a parked stream', () => {
  const park = async () => {
    const projector = start();
    await bench.log.charged('kim', 1_000);
    await bench.log.write('wallet-kim', 'WalletFrozen', { userId: 'kim' });
    await bench.log.charged('kim', 2_000);
    const last = await bench.log.charged('lee', 500);
    await projector.reaches(last);
    expect(await balanceOf('kim')).toEqual({ userId: 'kim', balance: 1_000 });
    return projector;
  };

  it('heals at the start of a release that knows the event', async () => {
    await park();
    await stopAll();
    const last = await bench.log.charged('kim', 3_000);
    const newRelease = start({ parse: knowsMore });
    await newRelease.reaches(last);
    await eventually('nothing waits', async () => (await newRelease.listParked()).length === 0);

    for (const projection of projections) expect((await loadServing(bench.readStore, projection.name))?.position).toBe(last);
    expect(await balanceOf('kim')).toEqual({ userId: 'kim', balance: 3_000 });
    expect(Object.keys(await servedDocuments(bench.readStore, 'statement'))).toHaveLength(4);
  });

  it('goes on waiting when it is retried too early, and everything that follows with it', async () => {
    const projector = await park();
    const entry = (await projector.listParked()).find((one) => one.projection === 'balances');

    expect(await projector.retryParked(entry?.id ?? '')).toBe(false);
    await projector.reaches(await bench.log.charged('kim', 3_000));
    expect(await parkedOf('balances')).toEqual([{ stream: 'wallet-kim', revision: 1, waiting: 3 }]);
    expect(await balanceOf('kim')).toEqual({ userId: 'kim', balance: 1_000 });
    await expect(projector.retryParked('balances@1.1/wallet-nobody')).rejects.toThrow('nothing is parked');
  });

  it('goes on behind an event that an operator has skipped, in that read model alone and for good', async () => {
    const projector = await park();
    const entry = (await projector.listParked()).find((one) => one.projection === 'balances');

    expect(await projector.skipParked(entry?.id ?? '', 'never mind')).toBe(true);
    expect(await balanceOf('kim')).toEqual({ userId: 'kim', balance: 2_000 });
    expect(await parkedOf('balances')).toEqual([]);
    expect(await parkedOf('statement')).toEqual([{ stream: 'wallet-kim', revision: 1, waiting: 2 }]);
    expect((await skippedEvents()).map(({ document }) => document)).toMatchObject([
      { projection: 'balances', stream: 'wallet-kim', revision: 1, reason: 'never mind' },
    ]);
    expect((await projector.rebuild({ name: 'balances' })).comparison).toMatchObject({ compared: 2, differences: 0 });
    expect(await parkedOf('balances')).toEqual([]);
  });

  it('loses nothing when two projectors know it and one retries while the other gets more for it', async () => {
    const bothParse: ParseEvent = (stored) => (healed ? knowsMore(stored) : parseStored(stored));
    let healed = false;
    const one = start({ projections: [balances], parse: bothParse });
    const other = start({ projections: [balances], parse: bothParse });
    await bench.log.write('wallet-kim', 'WalletFrozen', { userId: 'kim' });
    let last = await bench.log.charged('kim', 1);
    await Promise.all([one.reaches(last), other.reaches(last)]);
    const [entry] = await one.listParked();
    healed = true;
    const retried = one.retryParked(entry?.id ?? '');
    for (let balance = 2; balance <= 40; balance += 1) last = await bench.log.charged('kim', balance);
    await retried;
    await Promise.all([one.reaches(last), other.reaches(last)]);
    for (const left of await one.listParked()) await one.retryParked(left.id);

    expect(await one.listParked()).toEqual([]);
    expect(await balanceOf('kim')).toEqual({ userId: 'kim', balance: 40 });
  });
});

describe('a stopped projection', () => {
  const stopped = async () => {
    const projector = start({ projections: [bestSellers] });
    await bench.log.paid('kim', 'o1', 'mug', 2, 900);
    await bench.log.write('wallet-kim', 'WalletFrozen', { userId: 'kim' });
    const last = await bench.log.paid('kim', 'o2', 'mug', 3, 800);
    await eventually('it has stopped', () => projector.status().some((one) => one.state === 'stopped'));
    return { projector, last };
  };
  const expectBothOrders = async () =>
    expect((await servedDocuments(bench.readStore, 'best-sellers'))['day:2026-01-05:mug']?.document).toMatchObject({
      units: 5,
      revenue: 2_500,
    });

  it('shows the event that it stands before, and goes on once that is skipped', async () => {
    const { projector, last } = await stopped();
    const [entry] = await projector.listParked();
    expect(entry).toMatchObject({ projection: 'best-sellers', stream: 'wallet-kim', revision: 1 });
    expect(await projector.retryParked(entry?.id ?? '')).toBe(false);

    expect(await projector.skipParked(entry?.id ?? '', 'of no matter')).toBe(true);
    await eventually('it is at the end', () => projector.status().every((one) => one.position === last && one.state === 'following'));
    await eventually('nothing waits', async () => (await projector.listParked()).length === 0);
    await expectBothOrders();
  });

  it('goes on at the start of a release that knows the event', async () => {
    const { last } = await stopped();
    await stopAll();
    const newRelease = start({ projections: [bestSellers], parse: knowsMore });
    await eventually('it is at the end', () => newRelease.status().some((one) => one.position === last && one.state === 'following'));

    await eventually('nothing waits', async () => (await newRelease.listParked()).length === 0);
    await expectBothOrders();
  });
});
