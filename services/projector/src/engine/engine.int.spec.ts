import { describe, expect, it } from '@jest/globals';
import type { Position } from '@shop/event-store';
import { collectionOf, ReadStoreUnavailableError, stateCollections, type Checkpoint } from '@shop/read-store';
import { balances } from '../balances/balances.js';
import { bestSellers } from '../best-sellers/best-sellers.js';
import type { Projection } from '../projection.js';
import { projections } from '../projections.js';
import { toDo } from '../to-do/to-do.js';
import { eventually } from '../testing/eventually.js';
import { forever, gated, type WritePoint } from '../testing/faulty-read-store.js';
import { projectorBench } from '../testing/projector-bench.js';
import { foldOfLog, quickSettings, servedDocuments } from '../testing/projector-process.js';

const bench = projectorBench();
const { start } = bench;

const aBusyDay = async (orders: number): Promise<Position> => {
  await bench.log.registered('mug', 1_000);
  await bench.log.registered('pot', 1_000);
  await bench.log.charged('kim', 1_000_000);
  let last = await bench.log.charged('lee', 1_000_000);
  for (let order = 1; order <= orders; order += 1) {
    const product = order % 3 === 0 ? 'pot' : 'mug';
    await bench.log.reserved(product, `o${order}`, 2, 1_000 - 2 * order);
    last = await bench.log.paid(order % 2 === 0 ? 'kim' : 'lee', `o${order}`, product, 2, 1_000_000 - 1_000 * order);
  }
  return last;
};

const expectAllAsTheLogSays = async () => {
  for (const projection of projections)
    expect([projection.name, await servedDocuments(bench.readStore, projection.name)]).toEqual([
      projection.name,
      await foldOfLog(bench.log.eventStore, projection),
    ]);
};

const checkpointOf = async (name: string): Promise<Position | undefined> =>
  (await bench.readStore.load<Checkpoint>(stateCollections.checkpoints, [`${name}@1.1`])).get(`${name}@1.1`)?.guard;

/** The log, which does not tell where it ends before `tell` is called. */
const logThatTellsLate = () => {
  let tell: () => void = () => undefined;
  const told = new Promise<void>((resolve) => (tell = resolve));
  const { eventStore } = bench.log;
  return { eventStore: { ...eventStore, head: () => told.then(eventStore.head) }, tell: () => tell() };
};

/** A gate that shuts before the first write to a collection that fits; `shut` tells that it has. */
const gateAt = (fits: (point: WritePoint) => boolean) => {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  let isShut = false;
  let isOpen = false;
  return {
    isShut: () => isShut,
    open: () => {
      isOpen = true;
      open();
    },
    gate: (point: WritePoint) => {
      if (isOpen || !fits(point)) return undefined;
      isShut = true;
      return opened;
    },
  };
};

describe('what the read models say', () => {
  it('is what the log says, for events written before and after the start', async () => {
    await aBusyDay(20);
    const projector = start();
    await bench.log.charged('park', 7_000);
    await projector.reaches(await bench.log.charged('park', 8_000));

    await expectAllAsTheLogSays();
    expect((await servedDocuments(bench.readStore, 'balances'))['park']?.document).toEqual({ userId: 'park', balance: 8_000 });
  });

  it('is all that there is, where the log is empty and tells of its end later than the read store opens', async () => {
    const { eventStore, tell } = logThatTellsLate();
    const projector = start({ eventStore });
    await eventually('every read model waits for events', () => projector.status().length === projections.length);
    await new Promise((resolve) => setImmediate(resolve));
    tell();
    await eventually('every read model follows', () => projector.status().every(({ state }) => state === 'following'));
  });

  it('is known to stand at the end of the log, though it came there before the log told of its end and had nothing to write', async () => {
    const before = start();
    await before.reaches(await bench.log.charged('kim', 5_000));
    await before.stop();
    const last = await bench.log.registered('mug', 1_000); // nothing for the balances

    const { eventStore, tell } = logThatTellsLate();
    start({ eventStore });
    await eventually('the catalogue has the event', async () => Object.keys(await servedDocuments(bench.readStore, 'products')).length > 0);
    await new Promise((resolve) => setImmediate(resolve));
    tell();
    await eventually('the balances have passed it', async () => (await checkpointOf('balances')) === last);
  });

  it('is complete again after the read store was lost', async () => {
    const last = await aBusyDay(10);
    const before = start();
    await before.reaches(last);
    await before.stop();

    await bench.loseReadStore();
    await start().reaches(last);

    await expectAllAsTheLogSays();
  });

  it('is complete again though the read store was emptied under a running projector', async () => {
    await aBusyDay(5);
    const projector = start();
    await projector.reaches(await bench.log.charged('kim', 5));
    for (const collection of await bench.readStore.collections()) await bench.readStore.dropCollection(collection);
    const last = await bench.log.charged('kim', 6);

    await eventually(
      'the balance is back',
      async () => (await checkpointOf('balances')) === last && (await checkpointOf('orders')) === last,
    );
    await eventually(
      'all read models serve',
      async () => (await checkpointOf('best-sellers')) === last && (await checkpointOf('to-do')) === last,
    );
    await projector.reaches(last);
    await expectAllAsTheLogSays();
  });

  it('moves on past events that a read model has no use for', async () => {
    const projector = start({ projections: [balances] });
    const last = await bench.log.registered('mug', 5);

    await projector.reaches(last);

    expect(await checkpointOf('balances')).toBe(last);
    expect(projector.status()).toMatchObject([
      { projection: 'balances', state: 'following', eventsDone: 1, eventsBehind: 0, serving: true },
    ]);
  });
});

describe('a projector that dies', () => {
  it.each([
    ['before the documents are written', { collection: 'best-sellers__v1_1', when: 'before' }],
    ['between the documents and the checkpoint', { collection: 'checkpoints', when: 'before' }],
    ['after the checkpoint', { collection: 'checkpoints', when: 'after' }],
  ] as const)('leaves nothing lost and nothing counted twice when it dies %s', async (_, { collection, when }) => {
    await start().reaches(await aBusyDay(2));
    await bench.stopAll();
    const last = await bench.log.paid('kim', 'o99', 'mug', 3, 500);
    const dies = gateAt((point) => point.collection === collection && point.when === when);
    const victim = start({
      projections: [bestSellers],
      readStore: gated(bench.readStore, (point) => (dies.gate(point) ? forever() : undefined)),
    });
    await eventually('it has died', dies.isShut);
    victim.kill();

    await start().reaches(last);

    await expectAllAsTheLogSays();
  });

  it('writes its checkpoint only after the documents', async () => {
    const last = await aBusyDay(3);
    let documents = 0;
    let early = 0;
    const watched = gated(bench.readStore, ({ collection, when }) => {
      if (collection === 'balances__v1_1' && when === 'after') documents += 1;
      if (collection === 'checkpoints' && when === 'before' && documents === 0) early += 1;
    });
    const first = start({ projections: [balances], readStore: watched });
    await first.reaches(last);

    expect(documents).toBeGreaterThan(0);
    expect(early).toBe(1); // the one that opens the generation, at the beginning of the log
  });
});

describe('two projectors on one read store', () => {
  it('say what one would say', async () => {
    const one = start();
    const other = start();
    const last = await aBusyDay(60);
    await Promise.all([one.reaches(last), other.reaches(last)]);

    await expectAllAsTheLogSays();
  });

  it.each(['best-sellers__v1_1', 'checkpoints'])(
    'are not disturbed by one that was frozen before a write to %s and wakes up late',
    async (collection) => {
      await start().reaches(await aBusyDay(3));
      await bench.stopAll();
      await bench.log.paid('kim', 'o50', 'mug', 3, 900);
      const frozen = gateAt((point) => point.collection === collection && point.when === 'before');
      const zombie = start({ projections: [bestSellers], readStore: gated(bench.readStore, frozen.gate) });
      await eventually('it is frozen', frozen.isShut);
      const living = start();
      await bench.log.paid('kim', 'o51', 'mug', 4, 800);
      const last = await bench.log.paid('lee', 'o52', 'pot', 5, 700);
      await living.reaches(last);
      const before = await checkpointOf('best-sellers');

      frozen.open();
      await zombie.reaches(last);

      expect(await checkpointOf('best-sellers')).toBe(before);
      await expectAllAsTheLogSays();
    },
  );
});

describe('a read store that fails', () => {
  it('gets every event once, though writes are applied without an answer and answers are lost', async () => {
    let calls = 0;
    const shaky = gated(bench.readStore, () => {
      calls += 1;
      if (calls % 5 === 0) throw new ReadStoreUnavailableError('lost');
    });
    const projector = start({ readStore: shaky });
    const last = await aBusyDay(30);
    await projector.reaches(last);

    await expectAllAsTheLogSays();
  });
});

describe('a late or repeated delivery', () => {
  it.each([balances, toDo, bestSellers])('changes nothing in $name', async (projection: Projection) => {
    const last = await aBusyDay(8);
    await start({ projections: [projection] }).reaches(last);
    await bench.stopAll();
    const before = await servedDocuments(bench.readStore, projection.name);
    // The checkpoint goes back to the start, as if it had never been written: every event comes again.
    await bench.readStore.dropCollection(stateCollections.checkpoints);

    await start({ projections: [projection], settings: { ...quickSettings, pageEvents: 3 } }).reaches(last);

    expect(await servedDocuments(bench.readStore, projection.name)).toEqual(before);
    expect(before).toEqual(await foldOfLog(bench.log.eventStore, projection));
    expect(await bench.readStore.collections()).toContain(collectionOf({ projection: projection.name, version: 1, generation: 1 }));
  });
});
