import { beforeEach, describe, expect, it } from '@jest/globals';
import { manualClock, type ManualClock } from '@shop/clock';
import { beginning, type EventStore } from '@shop/event-store';
import { collectionOf, generationId, stateCollections, type ReadStore, type ToDoDocument, type ToDoEntry } from '@shop/read-store';
import { openEmbeddedReadStore } from '@shop/read-store/embedded';
import { pino } from 'pino';
import { countingIds } from '../testing/shop-process.js';
import { wallet } from '../wallet/wallet.js';
import { finishing } from './finishing.js';
import { ground } from '../writing/ground.js';
import type { UnbookedSale, UnfinishedCheckout } from './recovery.js';
import { sweeper, type SweeperDependencies } from './sweeper.js';

const generation = { projection: 'to-do', version: 1, generation: 1 };
const collection = collectionOf(generation);
const noOrders = wallet.initialState();
const ago = (ms: number): string => new Date(clock.now().getTime() - ms).toISOString();
const entry = (checkoutId: string, since: string, kind: ToDoEntry['kind'] = 'open-reservation'): ToDoEntry => ({
  kind,
  reservationId: `${checkoutId}:mug`,
  checkoutId,
  orderId: `order of ${checkoutId}`,
  userId: 'ann',
  quantity: 1,
  since,
});

let clock: ManualClock;
let readStore: ReadStore;
let head: string;
let looks: string[];
let recovered: UnfinishedCheckout[];
/** Checkouts that their wallets have paid. */
let paid: Set<string>;
let sales: UnbookedSale[];
let failing: Set<string>;
let guards: number;
beforeEach(async () => {
  clock = manualClock();
  readStore = await openEmbeddedReadStore({ inMemory: true, clock });
  head = beginning;
  looks = [];
  recovered = [];
  paid = new Set();
  sales = [];
  failing = new Set();
  guards = 0;
  await readStore.write(stateCollections.serving, [{ id: 'to-do', guard: '1', from: null, document: { ...generation, previous: null } }]);
});

const checkpoint = async (position: string, state: 'following' | 'stopped' = 'following'): Promise<void> => {
  const id = generationId(generation);
  const earlier = (await readStore.load(stateCollections.checkpoints, [id])).get(id);
  const document = { ...generation, state, eventsDone: 0, reason: null };
  await readStore.write(stateCollections.checkpoints, [{ id, guard: position, from: earlier?.guard ?? null, document }]);
};
const list = async (productId: string, entries: readonly ToDoEntry[]): Promise<void> => {
  const earlier = (await readStore.load(collection, [productId])).get(productId);
  const oldest = entries.map(({ since }) => since).sort()[0] ?? null;
  const document: ToDoDocument = { productId, entries, oldest };
  guards += 1;
  await readStore.write(collection, [{ id: productId, guard: String(guards).padStart(16, '0'), from: earlier?.guard ?? null, document }]);
};
const checkouts = () => recovered.map(({ checkoutId }) => checkoutId);

const eventStore: Pick<EventStore, 'head'> = { head: async () => head };
const open = (given: Partial<SweeperDependencies> = {}) =>
  sweeper({
    eventStore,
    readStore,
    recovery: {
      lookAt: async ({ userId }) => {
        looks.push(userId);
        if (failing.has(userId)) throw new Error('cannot be read');
        return noOrders;
      },
      recover: async (checkout) => {
        recovered.push(checkout);
        if (failing.has(checkout.checkoutId)) throw new Error('cannot be finished');
        return checkout.entries.filter(({ checkoutId }) => paid.has(checkoutId));
      },
      sell: async (sale) => {
        sales.push(sale);
        if (failing.has(sale.productId)) throw new Error('cannot be sold');
      },
    },
    finishing: finishing(clock, ground(), 15_000),
    readAhead: async () => undefined,
    clock,
    newId: countingIds('sweep'),
    logger: pino({ level: 'silent' }),
    sweepAfterMs: 30_000,
    sweepEveryMs: 1_000,
    retryMs: 5_000,
    startWaitMs: 2_000,
    ...given,
  });

describe('The sweeper', () => {
  it('finishes what has been open for longer than any request may work, and leaves younger checkouts alone', async () => {
    await list('mug', [entry('old', ago(30_000)), entry('young', ago(29_999))]);
    await list('pen', [entry('older', ago(90_000), 'return-due')]);
    await open().sweep();
    expect(checkouts()).toEqual(['older', 'old']);
  });

  it('looks at a wallet once for everything that its checkouts left open', async () => {
    await list('mug', [entry('old', ago(40_000)), entry('other', ago(40_000)), { ...entry('her own', ago(40_000)), userId: 'eve' }]);
    await open().sweep();
    expect(looks).toEqual(['ann', 'eve']);
    expect(checkouts().sort()).toEqual(['her own', 'old', 'other']);
  });

  it('finishes everything that one checkout left open together', async () => {
    await list('mug', [entry('old', ago(40_000))]);
    await list('pen', [{ ...entry('old', ago(40_000)), reservationId: 'old:pen' }]);
    await open().sweep();
    expect(recovered).toEqual([
      {
        userId: 'ann',
        orderId: 'order of old',
        checkoutId: 'old',
        entries: [
          { ...entry('old', ago(40_000)), productId: 'mug' },
          { ...entry('old', ago(40_000)), reservationId: 'old:pen', productId: 'pen' },
        ],
      },
    ]);
  });

  it('tries all checkouts of a wallet again that it could not look at', async () => {
    failing.add('ann');
    await list('mug', [entry('one', ago(40_000)), entry('two', ago(40_000))]);
    const sweeping = open();
    await sweeping.sweep();
    expect([looks, checkouts(), sweeping.isDegraded()]).toEqual([['ann'], [], true]);
    failing.clear();
    await clock.advance(10_000);
    await sweeping.sweep();
    expect([checkouts(), sweeping.isDegraded()]).toEqual([['one', 'two'], false]);
  });

  it('books what several checkouts have sold of a product once, after it has looked at all of them', async () => {
    paid = new Set(['one', 'two']);
    await list('mug', [entry('one', ago(40_000)), entry('two', ago(40_000)), entry('unpaid', ago(40_000))]);
    await list('pen', [{ ...entry('two', ago(40_000)), reservationId: 'two:pen' }]);
    await open().sweep();
    expect(checkouts()).toEqual(['one', 'two', 'unpaid']);
    expect(sales.map(({ productId, entries }) => [productId, ...entries.map(({ reservationId }) => reservationId)])).toEqual([
      ['mug', 'one:mug', 'two:mug'],
      ['pen', 'two:pen'],
    ]);
  });

  it('books no more than five hundred sales of a product at once', async () => {
    const names = Array.from({ length: 1_001 }, (_, index) => `checkout ${index}`);
    paid = new Set(names);
    await list(
      'mug',
      names.map((name) => entry(name, ago(40_000))),
    );
    await open().sweep();
    expect(sales.map(({ entries }) => entries.length)).toEqual([500, 500, 1]);
    expect(new Set(sales.flatMap(({ entries }) => entries)).size).toBe(1_001);
  });

  it('tries a sale that fails again, and books those of other products', async () => {
    paid = new Set(['old']);
    failing.add('mug');
    await list('mug', [entry('old', ago(40_000))]);
    await list('pen', [{ ...entry('old', ago(40_000)), reservationId: 'old:pen' }]);
    const sweeping = open();
    await sweeping.sweep();
    expect(sales.map(({ productId }) => productId)).toEqual(['mug', 'pen']);
    expect(sweeping.isDegraded()).toBe(true);
    failing.clear();
    await list('pen', []);
    await clock.advance(10_000);
    await sweeping.sweep();
    expect(sales.map(({ productId }) => productId)).toEqual(['mug', 'pen', 'mug']);
    expect(sweeping.isDegraded()).toBe(false);
  });

  it('does not ask again at once about what the list still shows', async () => {
    await list('mug', [entry('old', ago(40_000))]);
    const sweeping = open();
    await sweeping.sweep();
    await sweeping.sweep();
    expect(recovered).toHaveLength(1);
    await clock.advance(5_000);
    await sweeping.sweep();
    expect(recovered).toHaveLength(2);
  });

  it('tries what fails more and more rarely, and lets it block nothing else', async () => {
    failing.add('broken');
    await list('mug', [entry('broken', ago(90_000)), entry('fine', ago(40_000))]);
    const sweeping = open();
    await sweeping.sweep();
    expect(checkouts()).toEqual(['broken', 'fine']);
    expect(sweeping.isDegraded()).toBe(true);
    await list('mug', [entry('broken', ago(90_000))]);
    await clock.advance(9_999);
    await sweeping.sweep();
    expect(recovered).toHaveLength(2);
    await clock.advance(1);
    await sweeping.sweep();
    await clock.advance(10_000);
    await sweeping.sweep();
    expect(recovered).toHaveLength(3);
    failing.clear();
    await clock.advance(10_000);
    await sweeping.sweep();
    expect(recovered).toHaveLength(4);
    expect(sweeping.isDegraded()).toBe(false);
  });

  it('is degraded no longer once the list shows that somebody else finished it', async () => {
    failing.add('broken');
    await list('mug', [entry('broken', ago(90_000))]);
    const sweeping = open();
    await sweeping.sweep();
    expect(sweeping.isDegraded()).toBe(true);
    await list('mug', []);
    await clock.advance(1_000);
    await sweeping.sweep();
    expect(sweeping.isDegraded()).toBe(false);
  });

  it('leaves it to whoever sweeps now to say what cannot be finished', async () => {
    failing.add('broken');
    await list('mug', [entry('broken', ago(90_000))]);
    const sweeping = open();
    await sweeping.sweep();
    await clock.advance(3_001);
    await readStore.takeLease('sweeper', 'another', 60_000);
    await sweeping.sweep();
    expect(sweeping.isDegraded()).toBe(false);
  });

  it('begins nothing more once it is to stop', async () => {
    await list(
      'mug',
      Array.from({ length: 40 }, (_, index) => ({ ...entry(`old-${index}`, ago(40_000)), userId: `customer ${index}` })),
    );
    let finish = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const begun: string[] = [];
    const sweeping = open({
      recovery: {
        lookAt: async () => noOrders,
        recover: async ({ checkoutId, entries }) => {
          begun.push(checkoutId);
          await held;
          return entries;
        },
        sell: async (sale) => void sales.push(sale),
      },
    });
    const swept = sweeping.sweep();
    for (let turns = 0; begun.length === 0 && turns < 100; turns += 1) await new Promise((resolve) => setImmediate(resolve));
    const stopped = sweeping.stop();
    finish();
    await Promise.all([swept, stopped]);
    expect(begun).toHaveLength(32);
    expect(sales).toEqual([]);
  });

  it('does nothing while another one sweeps, and takes over when that one is gone', async () => {
    await list('mug', [entry('old', ago(40_000))]);
    await readStore.takeLease('sweeper', 'another', 3_000);
    const sweeping = open();
    await sweeping.sweep();
    expect(recovered).toEqual([]);
    await clock.advance(3_001);
    await sweeping.sweep();
    expect(checkouts()).toEqual(['old']);
  });

  it('follows the list that serves, and finds nothing where none does yet', async () => {
    await list('mug', [entry('old', ago(40_000))]);
    const next = { ...generation, generation: 2 };
    await readStore.write(stateCollections.serving, [{ id: 'to-do', guard: '2', from: '1', document: { ...next, previous: generation } }]);
    await open().sweep();
    expect(recovered).toEqual([]);
    await readStore.write(collectionOf(next), [
      {
        id: 'mug',
        guard: '1',
        from: null,
        document: { productId: 'mug', entries: [entry('newer list', ago(40_000))], oldest: ago(40_000) },
      },
    ]);
    await open({ newId: countingIds('another') }).sweep();
    expect(recovered).toEqual([]); // the first one holds the lease
    await clock.advance(3_001);
    await open().sweep();
    expect(checkouts()).toEqual(['newer list']);
  });

  it('sweeps by itself until it is stopped, also after a sweep that failed', async () => {
    let broken = true;
    const sweeping = open({
      readStore: {
        ...readStore,
        takeLease: async (...lease) => {
          if (broken) throw new Error('the read store is down');
          return readStore.takeLease(...lease);
        },
      },
    });
    await list('mug', [entry('old', ago(40_000))]);
    sweeping.start();
    await clock.advance(1_000);
    expect(recovered).toEqual([]);
    broken = false;
    await clock.advance(1_000);
    expect(checkouts()).toEqual(['old']);
    await sweeping.stop();
    await clock.advance(60_000);
    expect(recovered).toHaveLength(1);
  });
});

describe('At the start of a process that owns the shop', () => {
  it('everything open is tried once, however young', async () => {
    await checkpoint(head);
    await list('mug', [entry('young', ago(1)), entry('old', ago(90_000))]);
    const sweeping = open();
    await sweeping.sweepAll();
    expect(checkouts()).toEqual(['young', 'old']);
    expect(sweeping.isDegraded()).toBe(false);
  });

  it('the list is read only when it has reached the end of the log', async () => {
    head = '0000000000000009';
    await checkpoint('0000000000000008');
    const sweeping = open();
    const swept = sweeping.sweepAll();
    await clock.advance(100);
    await list('mug', [entry('last', ago(1))]);
    await checkpoint('0000000000000009');
    await clock.advance(100);
    await swept;
    expect(checkouts()).toEqual(['last']);
    expect(sweeping.isDegraded()).toBe(false);
  });

  it('what the list will name is read while it is waited for, and no longer', async () => {
    head = '0000000000000009';
    await checkpoint('0000000000000008');
    await list('mug', [entry('last', ago(1))]);
    const told: string[] = [];
    const readAhead = async (signal: AbortSignal) => {
      told.push('reads');
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      told.push(`stops before ${checkouts().length === 0 ? 'anything' : 'nothing'} is finished`);
    };
    const swept = open({ readAhead }).sweepAll();
    await clock.advance(100);
    expect(told).toEqual(['reads']);
    await checkpoint('0000000000000009');
    await clock.advance(100);
    await swept;
    expect(told).toEqual(['reads', 'stops before anything is finished']);
    expect(checkouts()).toEqual(['last']);
  });

  it('a list that does not get there in time makes the shop degraded until it does', async () => {
    head = '0000000000000009';
    await checkpoint('0000000000000008');
    await list('mug', [entry('seen', ago(1))]);
    const sweeping = open();
    const swept = sweeping.sweepAll();
    await clock.advance(2_100);
    await swept;
    expect(checkouts()).toEqual(['seen']);
    expect(sweeping.isDegraded()).toBe(true);
    await checkpoint('0000000000000009');
    await sweeping.sweep();
    expect(sweeping.isDegraded()).toBe(false);
  });

  it('a list that has stopped is not waited for', async () => {
    head = '0000000000000009';
    await checkpoint('0000000000000003', 'stopped');
    await list('mug', [entry('seen', ago(1))]);
    const sweeping = open();
    await sweeping.sweepAll(); // the clock stands still
    expect(checkouts()).toEqual(['seen']);
    expect(sweeping.isDegraded()).toBe(true);
  });

  it('what cannot be finished makes it degraded, and the rest is finished all the same', async () => {
    failing.add('broken');
    await checkpoint(head);
    await list('mug', [entry('broken', ago(2)), entry('fine', ago(1))]);
    const sweeping = open();
    await sweeping.sweepAll();
    expect(checkouts()).toEqual(['broken', 'fine']);
    expect(sweeping.isDegraded()).toBe(true);
  });

  it('a read store that is down makes it degraded', async () => {
    const sweeping = open({ readStore: { ...readStore, load: () => Promise.reject(new Error('the read store is down')) } });
    await sweeping.sweepAll();
    expect(sweeping.isDegraded()).toBe(true);
  });
});
