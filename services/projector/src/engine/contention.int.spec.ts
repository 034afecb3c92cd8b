import { describe, expect, it } from '@jest/globals';
import { systemClock } from '@shop/clock';
import { beginning, type Position } from '@shop/event-store';
import { parseStored } from '@shop/events';
import { stateCollections, type BalanceDocument, type Checkpoint, type Generation, type ReadStore } from '@shop/read-store';
import { balances } from '../balances/balances.js';
import type { Projection } from '../projection.js';
import { eventually } from '../testing/eventually.js';
import { gated, type WritePoint } from '../testing/faulty-read-store.js';
import { projectorBench } from '../testing/projector-bench.js';
import { quickSettings, servedDocuments, type ProjectorProcess } from '../testing/projector-process.js';
import { applyBatch, BatchContendedError } from './batch.js';
import { loadParked, writeSkipped } from './generation-state.js';
import { toLogEvent, type LogEvent, type ParseEvent } from './log-event.js';
import { retryStream } from './parking.js';

const generation: Generation = { projection: 'balances', version: 1, generation: 1 };
const anyBalances: Projection = balances;
const never = new AbortController().signal;
const knowsMore: ParseEvent = (stored) =>
  stored.type === 'WalletFrozen'
    ? { type: 'CheckoutVoided', data: { userId: 'kim', orderId: 'o', checkoutId: 'c', occurredAt: '2026-01-05T03:04:05.678Z' } }
    : parseStored(stored);

const bench = projectorBench();

const start = (readStore = bench.readStore, projection: Projection = balances): ProjectorProcess =>
  bench.start({ readStore, projections: [projection] });
const dependencies = (store: ReadStore, parse: ParseEvent = parseStored) => ({
  projection: anyBalances,
  generation,
  readStore: store,
  eventStore: bench.log.eventStore,
  parse,
  clock: systemClock,
  random: () => 0.5,
  settings: quickSettings,
});
const wholeLog = async (): Promise<LogEvent[]> => {
  const events: LogEvent[] = [];
  for await (const page of bench.log.eventStore.readAll(beginning))
    events.push(...page.map((recorded) => toLogEvent(parseStored, recorded)));
  return events;
};
const balanceOf = async (userId: string) =>
  (await bench.readStore.load<BalanceDocument>('balances__v1_1', [userId])).get(userId)?.document.balance;

/** Holds the first write that fits until it is let go. */
const holdAt = (fits: (point: WritePoint) => boolean) => {
  let letGo: () => void = () => undefined;
  const gone = new Promise<void>((resolve) => (letGo = resolve));
  let isHeld = false;
  let isArmed = false;
  return {
    arm: () => {
      isArmed = true;
    },
    isHeld: () => isHeld,
    letGo,
    gate: (point: WritePoint) => {
      if (!isArmed || isHeld || !fits(point)) return undefined;
      isHeld = true;
      return gone;
    },
  };
};

describe('a batch', () => {
  const request = async () => ({ events: await wholeLog(), skipped: new Set<string>(), isHeld: () => false, tries: 1, signal: never });

  it('folds the rest onto what another writer had got to by then', async () => {
    const first = await bench.log.charged('kim', 1_000);
    await bench.log.charged('kim', 2_000);
    let isFirst = true;
    const racing = gated(bench.readStore, async ({ when }) => {
      if (!isFirst || when !== 'before') return;
      isFirst = false;
      await bench.readStore.write('balances__v1_1', [{ id: 'kim', from: null, guard: first, document: { userId: 'kim', balance: 1_000 } }]);
    });
    await applyBatch(dependencies(racing), await request());

    expect(await balanceOf('kim')).toBe(2_000);
  });

  it('leaves a document alone that another writer has taken further', async () => {
    await bench.log.charged('kim', 1_000);
    const batch = await request();
    const later = await bench.log.charged('kim', 2_000);
    await bench.readStore.write('balances__v1_1', [{ id: 'kim', from: null, guard: later, document: { userId: 'kim', balance: 2_000 } }]);

    expect(await applyBatch(dependencies(bench.readStore), batch)).toMatchObject({ wrote: false });
    expect(await balanceOf('kim')).toBe(2_000);
  });

  it('gives up after some rounds, for the checkpoint to stay where it is', async () => {
    await bench.log.charged('kim', 1_000);
    const refusing: ReadStore = { ...bench.readStore, write: async () => 0 };

    await expect(applyBatch(dependencies(refusing), await request())).rejects.toThrow(BatchContendedError);
  });
});

describe('a parked stream that is retried by one process while another has more for it', () => {
  const parkedWith = async (
    held: ReturnType<typeof holdAt>,
  ): Promise<{ readonly projector: ProjectorProcess; readonly last: Position }> => {
    const projector = start(gated(bench.readStore, held.gate));
    await bench.log.charged('kim', 1_000);
    const unknown = await bench.log.write('wallet-kim', 'WalletFrozen', { userId: 'kim' });
    await projector.reaches(unknown);
    held.arm();
    const last = await bench.log.charged('kim', 2_000);
    await eventually('the projector is held', held.isHeld);
    return { projector, last };
  };

  it.each([
    ['has not noted it yet', { collection: 'parked', when: 'before' }],
    ['has just noted it', { collection: 'parked', when: 'after' }],
    ['is about to pass it', { collection: 'checkpoints', when: 'before' }],
  ] as const)('loses nothing when the other %s', async (_, { collection, when }) => {
    const held = holdAt((point) => point.collection === collection && point.when === when);
    const { projector, last } = await parkedWith(held);

    expect(await retryStream(dependencies(bench.readStore, knowsMore), 'wallet-kim', never)).toBe(true);
    held.letGo();
    await projector.reaches(last);

    expect((await loadParked(bench.readStore, generation)).size).toBe(0);
    expect(await balanceOf('kim')).toBe(2_000);
  });
});

describe('an event that an operator skipped through another process', () => {
  it('is passed over by a projector that did not know', async () => {
    const projector = start();
    await projector.reaches(await bench.log.charged('kim', 1_000));
    await writeSkipped(bench.readStore, { projection: 'balances', stream: 'wallet-kim', revision: 1, reason: 'known', skippedAt: 'now' });
    await bench.log.write('wallet-kim', 'WalletFrozen', { userId: 'kim' });
    await projector.reaches(await bench.log.charged('kim', 2_000));

    expect(await projector.listParked()).toEqual([]);
    expect(await balanceOf('kim')).toBe(2_000);
  });
});

describe('two events of one stream that cannot be applied', () => {
  it('make everything from the first one on wait, whatever is wrong with each', async () => {
    const shaky: Projection = {
      ...balances,
      evolve: (document, event, context, id) => {
        if (context.revision === 1) throw new Error('no');
        return anyBalances.evolve(document, event, context, id);
      },
    };
    await bench.log.charged('kim', 1_000);
    await bench.log.charged('kim', 2_000);
    await bench.log.charged('kim', 3_000);
    const last = await bench.log.write('wallet-kim', 'WalletFrozen', { userId: 'kim' });
    const projector = start(bench.readStore, shaky);
    await projector.reaches(last);

    expect(await projector.listParked()).toMatchObject([{ revision: 1, waiting: 3, reason: 'no' }]);
    expect(await balanceOf('kim')).toBe(1_000);
  });
});

describe('the checkpoint', () => {
  it('never goes back, whoever comes late', async () => {
    const positions: string[] = [];
    const watched = gated(bench.readStore, async ({ collection, when }) => {
      if (collection !== stateCollections.checkpoints || when !== 'after') return;
      positions.push((await bench.readStore.load<Checkpoint>(collection, ['balances@1.1'])).get('balances@1.1')?.guard ?? '');
    });
    const both = [start(watched), start(watched)];
    let last: Position = beginning;
    for (let balance = 1; balance <= 50; balance += 1) last = await bench.log.charged(balance % 2 === 0 ? 'kim' : 'lee', balance);
    await Promise.all(both.map((one) => one.reaches(last)));

    expect(positions).toEqual([...positions].sort());
    expect(positions.at(-1)).toBe(last);
    expect(await servedDocuments(bench.readStore, 'balances')).toMatchObject({
      kim: { document: { balance: 50 } },
      lee: { document: { balance: 49 } },
    });
  });
});
