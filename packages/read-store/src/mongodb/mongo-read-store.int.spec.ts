import { describe, expect, it } from '@jest/globals';
import { manualClock, systemClock, type Clock } from '@shop/clock';
import { readStoreContract } from '../contract.js';
import { ReadStoreUnavailableError, type GuardedWrite } from '../read-store.js';
import { duplicateKey, type MongoDriver } from './driver.js';
import { mongoReadStore } from './mongo-read-store.js';
import { answerWithinMs, triesOfWrite } from './patience.js';
import { inMemoryDriver } from './testing/in-memory-driver.js';

const silent = { warn: () => undefined };
const guard = (position: number) => position.toString(16).padStart(16, '0');
const insert = (id: string, v: unknown, at = 1): GuardedWrite<object> => ({ id, guard: guard(at), document: { v }, from: null });
const replace = (id: string, v: unknown, from: number, to: number): GuardedWrite<object> => ({ ...insert(id, v, to), from: guard(from) });
const down = () => Promise.reject(new ReadStoreUnavailableError('the connection broke'));
const forever = () => new Promise<never>(() => undefined);

readStoreContract('The adapter of MongoDB on a server in memory', {
  open: async () => {
    const driver = inMemoryDriver(systemClock);
    const client = () => mongoReadStore(driver, { clock: systemClock, random: () => 0.5, logger: silent });
    const [store, second] = [client(), client()];
    const elapse = (ms: number) => systemClock.sleep(ms);
    return { store, second, elapse, close: async () => void (await Promise.all([store.close(), second.close()])) };
  },
});

/** A store on a server some of whose calls are changed. Time passes whenever somebody waits. */
const storeOn = (change: (driver: MongoDriver) => Partial<MongoDriver> = () => ({})) => {
  const clock = manualClock();
  const server = inMemoryDriver(clock);
  const warnings: unknown[] = [];
  const logger = { warn: (_: object, message: string) => void warnings.push(message) };
  const noWallClock = () => {
    throw new Error('the wall clock of a process counts for nothing');
  };
  let sleeps = 0;
  const sleep: Clock['sleep'] = (ms, signal) => ((sleeps += 1), clock.sleep(ms, signal));
  const parts = { clock: { ...clock, now: noWallClock, sleep }, random: () => 0.5, logger };
  const client = (changed: Partial<MongoDriver> = {}) => mongoReadStore({ ...server, ...changed }, parts);
  const inTime = async <Result>(work: Promise<Result>): Promise<Result> => {
    let isDone = false;
    const done = () => (isDone = true);
    void work.then(done, done);
    for (let turns = 0; !isDone && turns < 1_000; turns += 1) await clock.advance(100);
    return work;
  };
  const document = async (id: string) => (await server.find('items', { _id: id }, {}))[0];
  return { store: client(change(server)), other: client(), server, clock, inTime, document, warnings, sleeps: () => sleeps };
};
/** Fails the first calls in the way told, then works. */
const first = <Parameters extends unknown[], Result>(
  times: number,
  fail: (work: () => Promise<Result>) => Promise<Result>,
  work: (...parameters: Parameters) => Promise<Result>,
) => {
  let left = times;
  return (...parameters: Parameters): Promise<Result> => ((left -= 1) >= 0 ? fail(() => work(...parameters)) : work(...parameters));
};

describe('a write whose outcome is unknown', () => {
  const batch = [insert('new', 2, 2), replace('old', 2, 1, 2)];

  it('is made again where it never arrived, and is applied once', async () => {
    const { store, inTime, document, warnings } = storeOn(({ bulkWrite }) => ({ bulkWrite: first(2, down, bulkWrite) }));
    await inTime(store.write('items', [insert('old', 1)]));
    expect(await inTime(store.write('items', batch))).toBe(2);
    expect(await document('old')).toEqual({ _id: 'old', guard: guard(2), document: { v: 2 } });
    expect(warnings).toHaveLength(2);
  });

  it('changes nothing when made again after all where it had arrived, wholly or half', async () => {
    for (const arrived of [2, 1]) {
      const { store, server, inTime, document } = storeOn(({ bulkWrite }) => {
        const lost = async () => {
          await bulkWrite('items', [{ insertOne: { document: { _id: 'new', guard: guard(2), document: { v: 2 } } } }]);
          if (arrived === 2)
            await bulkWrite('items', [
              {
                replaceOne: {
                  filter: { _id: 'old', guard: guard(1) },
                  replacement: { guard: guard(2), document: { v: 2 } },
                  upsert: false,
                },
              },
            ]);
          return down();
        };
        return { bulkWrite: first(1, lost, bulkWrite) };
      });
      await server.bulkWrite('items', [{ insertOne: { document: { _id: 'old', guard: guard(1), document: { v: 1 } } } }]);
      expect(await inTime(store.write('items', batch))).toBe(2 - arrived);
      for (const id of ['new', 'old']) expect(await document(id)).toEqual({ _id: id, guard: guard(2), document: { v: 2 } });
    }
  });

  it('never goes over what another has written in between', async () => {
    const { store, inTime, document } = storeOn(({ bulkWrite }) => {
      const overtaken = async () => {
        await bulkWrite('items', [{ insertOne: { document: { _id: 'new', guard: guard(7), document: { v: 7 } } } }]);
        return down();
      };
      return { bulkWrite: first(1, overtaken, bulkWrite) };
    });
    expect(await inTime(store.write('items', [insert('new', 2, 2)]))).toBe(0);
    expect(await document('new')).toMatchObject({ document: { v: 7 } });
  });

  it('is not acknowledged before a majority has it', async () => {
    const { store, inTime } = storeOn(({ bulkWrite }) => ({
      bulkWrite: async (collection, operations) => ({ ...(await bulkWrite(collection, operations)), isDurable: false }),
    }));
    await expect(inTime(store.write('items', [insert('a', 1)]))).rejects.toThrow('no majority');
  });

  it('is given up after a few tries, and can be made again by whoever asked', async () => {
    let calls = 0;
    const { store, other, inTime } = storeOn(() => ({ bulkWrite: () => ((calls += 1), down()) }));
    await expect(inTime(store.write('items', batch))).rejects.toThrow(ReadStoreUnavailableError);
    expect(calls).toBe(triesOfWrite);
    expect(await other.write('items', [insert('new', 2, 2)])).toBe(1);
  });
});

describe('a write that was refused', () => {
  it('by a document that is there, even an older one, counts as not applied', async () => {
    const { store, other, inTime, document } = storeOn();
    await other.write('items', [insert('a', 'older', 1)]);
    expect(await inTime(store.write('items', [insert('a', 'newer', 5), insert('b', 1, 5)]))).toBe(1);
    expect(await document('a')).toMatchObject({ document: { v: 'older' } });
  });

  it('for any other reason is a failure, not a count', async () => {
    const refused = { inserted: 0, matched: 0, refusals: [duplicateKey, 121], isDurable: true };
    const { store, inTime } = storeOn(() => ({ bulkWrite: async () => refused }));
    await expect(inTime(store.write('items', [insert('a', 1)]))).rejects.toThrow('(121)');
  });

  it('never reaches the server where a document cannot be stored as it is', async () => {
    const { store } = storeOn(() => ({ bulkWrite: () => Promise.reject(new Error('asked')) }));
    await expect(store.write('items', [insert('a', 1), insert('b', undefined)])).rejects.toThrow('b.v is undefined');
  });
});

describe('a server that is not as it should be', () => {
  it('is not waited for without end when it freezes, be it for a read or a write', async () => {
    const { store, clock, inTime } = storeOn(() => ({ find: forever, bulkWrite: forever, findLease: forever, deleteOne: forever }));
    const began = clock.monotonic();
    await expect(inTime(store.load('items', ['a']))).rejects.toThrow(ReadStoreUnavailableError);
    expect(clock.monotonic() - began).toBeLessThan(answerWithinMs + 200);
    await expect(inTime(store.write('items', [insert('a', 1)]))).rejects.toThrow(ReadStoreUnavailableError);
    await expect(inTime(store.remove('items', 'a', guard(1)))).rejects.toThrow(ReadStoreUnavailableError);
    await expect(inTime(store.takeLease('sweeper', 'A', 1_000))).rejects.toThrow(ReadStoreUnavailableError);
  });

  it('loses nothing when it answers from the past: what is folded from an old version is refused', async () => {
    const { store, other, server, inTime, document } = storeOn(() => ({
      find: async () => [{ _id: 'a', guard: guard(1), document: { v: 1 } }],
    }));
    await server.bulkWrite('items', [{ insertOne: { document: { _id: 'a', guard: guard(1), document: { v: 1 } } } }]);
    await other.write('items', [replace('a', 3, 1, 3)]);
    const stale = (await store.load<{ v: number }>('items', ['a'])).get('a');
    expect(stale?.document).toEqual({ v: 1 });
    expect(await inTime(store.write('items', [{ id: 'a', guard: guard(4), document: { v: 4 }, from: stale?.guard ?? null }]))).toBe(0);
    expect(await document('a')).toMatchObject({ guard: guard(3), document: { v: 3 } });
  });

  it('stops what waits for it when the store is closed', async () => {
    const { store, inTime } = storeOn(() => ({ bulkWrite: down }));
    const write = store.write('items', [insert('a', 1)]);
    await store.close();
    await expect(inTime(write)).rejects.toThrow(ReadStoreUnavailableError);
    await expect(store.collections()).rejects.toThrow('closed');
    await expect(store.scan('items', { where: [], order: [] })[Symbol.asyncIterator]().next()).rejects.toThrow('closed');
  });
});

describe('a lease in time of the server', () => {
  it('does not go by the clocks of processes, however wrong', async () => {
    const { store, other, clock } = storeOn();
    const lease = await store.takeLease('sweeper', 'A', 1_000);
    await clock.advance(900);
    expect(await other.takeLease('sweeper', 'B', 10)).toBeUndefined(); // the holder's time counts, not that of who asks
    await clock.advance(200);
    const taken = await other.takeLease('sweeper', 'B', 1_000);
    expect(taken?.epoch).toBe((lease?.epoch ?? 0) + 1);
    expect(await store.takeLease('sweeper', 'A', 1_000)).toBeUndefined();
  });

  it('asks the server for its time once in a while, and counts on from there', async () => {
    let asked = 0;
    const { store, other, clock } = storeOn(({ serverTime }) => ({ serverTime: () => ((asked += 1), serverTime()) }));
    await other.takeLease('sweeper', 'A', 60_000);
    for (let turn = 0; turn < 20; turn += 1) {
      expect(await store.takeLease('sweeper', 'B', 60_000)).toBeUndefined();
      await clock.advance(1_000);
    }
    expect(asked).toBeLessThanOrEqual(2);
  });

  it('is had once where the answer to taking it was lost', async () => {
    const { store, other, inTime } = storeOn(({ updateLease }) => ({
      updateLease: first(1, async (work) => (await work(), down()), updateLease),
    }));
    const lease = await inTime(store.takeLease('sweeper', 'A', 60_000));
    expect(lease).toEqual({ name: 'sweeper', owner: 'A', epoch: 1 });
    expect(await other.takeLease('sweeper', 'B', 60_000)).toBeUndefined();
  });

  it('that was given back is a new one when its holder takes it again', async () => {
    const { store } = storeOn();
    const lease = await store.takeLease('sweeper', 'A', 60_000);
    if (lease) await store.releaseLease(lease);
    expect(await store.takeLease('sweeper', 'A', 60_000)).toEqual({ name: 'sweeper', owner: 'A', epoch: 2 });
  });
});

describe('watching', () => {
  const watched = (fail?: () => boolean) => {
    let looks = 0;
    const all = storeOn(({ versions }) => ({
      versions: (collection) => {
        looks += 1;
        return fail?.() ? down() : versions(collection);
      },
    }));
    return { ...all, looks: () => looks };
  };

  it('looks only while somebody watches, once for all of them', async () => {
    const { store, clock, looks, sleeps } = watched();
    await clock.advance(1_000);
    expect(looks()).toBe(0);
    const stops = Array.from({ length: 50 }, () => store.watch('items', () => undefined));
    await clock.advance(1_000);
    expect(looks()).toBeGreaterThanOrEqual(1_000 / (20 * 1.25));
    expect(looks()).toBeLessThanOrEqual(80);
    stops.forEach((stop) => stop());
    await clock.advance(50);
    const soFar = [looks(), sleeps()];
    await clock.advance(1_000);
    expect([looks(), sleeps()]).toEqual(soFar);
  });

  it('tells soon of each change and not of none, and of the time before the first look', async () => {
    const { store, other, clock } = watched();
    await other.write('items', [insert('a', 1)]);
    let told = 0;
    const stop = store.watch('items', () => (told += 1));
    await clock.advance(1_000);
    expect(told).toBe(1);
    for (const change of [
      () => other.write('items', [replace('a', 2, 1, 2)]),
      () => other.write('items', [insert('b', 1)]),
      () => other.remove('items', 'b', guard(1)),
    ]) {
      await change();
      const before = told;
      await clock.advance(25);
      expect(told).toBe(before + 1);
      await clock.advance(1_000);
      expect(told).toBe(before + 1);
    }
    await other.write('others', [insert('a', 1)]);
    await other.write('items', [insert('a', 'refused')]);
    await clock.advance(1_000);
    expect(told).toBe(4);
    stop();
  });

  it('goes on after a time without the server, telling what changed meanwhile, and says so once', async () => {
    let isDown = false;
    const { store, other, clock, warnings, looks } = watched(() => isDown);
    let told = 0;
    const stop = store.watch('items', () => (told += 1));
    await clock.advance(100);
    isDown = true;
    await other.write('items', [insert('a', 1)]);
    const before = looks();
    await clock.advance(60_000);
    expect(looks() - before).toBeLessThan(150);
    expect(warnings).toEqual(['changes of the read store cannot be seen']);
    isDown = false;
    await clock.advance(1_000);
    expect(told).toBe(2);
    stop();
  });

  it('ends with the store', async () => {
    const { store, clock, looks } = watched();
    store.watch('items', () => undefined);
    await clock.advance(100);
    await store.close();
    const before = looks();
    await clock.advance(10_000);
    expect(looks()).toBe(before);
  });
});
