import { randomUUID } from 'node:crypto';
import { status } from '@grpc/grpc-js';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { NO_STREAM, binaryEvent } from '@eventstore/db-client';
import { systemClock } from '@shop/clock';
import { beginning, EventStoreUnavailableError, noStream } from '@shop/event-store';
import { MissingRightError, type EventStoreDBOptions } from '@shop/event-store/eventstoredb';
import { conformanceDriver } from './conformance/driver.js';
import { startEsdbSim, type EsdbSim, type EsdbSimOptions } from './esdb-sim.js';
import type { Call, Fault } from './faults.js';
import { followed, insist, noted, notesIn, openAdapter, times, type OpenedAdapter } from './testing/adapter.js';

jest.setTimeout(30_000); // for busy machines

const closing: (() => Promise<unknown>)[] = [];
const sims: EsdbSim[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  for (const sim of sims.splice(0)) expect(sim.batchAppends()).toBe(0);
});

const started = async (options: EsdbSimOptions = {}, adapter: Partial<EventStoreDBOptions> = {}) => {
  const sim = await startEsdbSim({ commitTimeoutMs: 80, ...options });
  const store = await openAdapter(sim.url, adapter);
  sims.push(sim);
  closing.push(sim.stop, store.close);
  return { sim, store };
};
const driverOf = (sim: EsdbSim) => {
  const driver = conformanceDriver(sim.url);
  closing.push(driver.dispose);
  return driver;
};
const stream = 'wallet-1';
/** The fault strikes appends to the shop's stream so many times. */
const onAppends = (count: number, fault: Fault) => {
  let left = count;
  return ({ method, stream: name }: Call) => (method === 'append' && name === stream && (left -= 1) >= 0 ? fault : undefined);
};
const onFirst = (method: Call['method'], fault: Fault) => (call: Call) => (call.method === method && call.number === 1 ? fault : undefined);
/** One append each, to a stream that is as long as `from` says. */
const write = async (store: OpenedAdapter, from: number, ...notes: string[]) => {
  for (const [index, note] of notes.entries()) await insist(store, stream, from + index - 1, [noted(note)]);
};
const patient = { times: {} } as const;
const eventually = async (isTrue: () => boolean) => {
  while (!isTrue()) await systemClock.sleep(2);
};

describe('an append whose outcome is not known', () => {
  const faults: [string, Fault][] = [
    ['nobody answers it', { fault: 'silence' }],
    ['it is written and nobody answers', { fault: 'silence-after' }],
    ['the connection is cut before it', { fault: 'cut', when: 'before' }],
    ['the connection is cut after it', { fault: 'cut', when: 'after' }],
    ['the server times out before it', { fault: 'status', when: 'before', code: status.ABORTED }],
    ['the server times out after it', { fault: 'status', when: 'after', code: status.ABORTED }],
    ['the server is unavailable', { fault: 'status', when: 'before', code: status.UNAVAILABLE }],
    ['the server becomes unavailable after it', { fault: 'status', when: 'after', code: status.UNAVAILABLE }],
    ['the server cancels it', { fault: 'status', when: 'after', code: status.CANCELLED }],
    ['its deadline passes', { fault: 'status', when: 'after', code: status.DEADLINE_EXCEEDED }],
    ['the server fails without a word', { fault: 'status', when: 'after', code: status.UNKNOWN, details: '' }],
    [
      'the server breaks the stream',
      { fault: 'status', when: 'before', code: status.INTERNAL, details: 'Received RST_STREAM with code 0' },
    ],
  ];
  it.each(faults)('is said to be so where %s, and the same append again is there once', async (_, fault) => {
    const { sim, store } = await started();
    sim.setFaults(onAppends(1, fault));
    const append = [noted('one'), noted('two')];
    expect(await store.append(stream, noStream, append)).toMatchObject({ outcome: 'unknown' });
    expect(await insist(store, stream, noStream, append)).toMatchObject({ outcome: 'ok', revision: 1 });
    expect(await notesIn(store, stream)).toEqual(['one', 'two']);
  });

  it('stays unknown while retries meet the one that is still on its way', async () => {
    const { sim, store } = await started();
    await write(store, 0, 'zero');
    sim.loseQuorum();
    const append = [noted('one')];
    for (let tries = 0; tries < 3; tries += 1) expect(await store.append(stream, 0, append)).toMatchObject({ outcome: 'unknown' });
    sim.regainQuorum();
    expect(await insist(store, stream, 0, append)).toMatchObject({ outcome: 'ok', revision: 1 });
    expect(await notesIn(store, stream)).toEqual(['zero', 'one']);
  });

  it('that lands after the caller gave up shows as a conflict to the next', async () => {
    const { sim, store } = await started();
    let land = (): void => undefined;
    sim.setFaults(onAppends(1, { fault: 'late', until: new Promise((resolve) => (land = resolve)) }));
    expect(await store.append(stream, noStream, [noted('late')])).toMatchObject({ outcome: 'unknown' });
    const before = sim.committed();
    land();
    await eventually(() => sim.committed() > before);
    expect(await store.append(stream, noStream, [noted('next')])).toEqual({ outcome: 'conflict', revision: 0 });
    expect(await notesIn(store, stream)).toEqual(['late']);
  });

  it('is answered in time by a server that is silent for good, and nothing stays stuck behind it', async () => {
    const { sim, store } = await started();
    sim.setFaults(({ method }) => (method === 'append' ? { fault: 'silence' } : undefined));
    const streams = Array.from({ length: 100 }, (_, index) => `cart-${index}`);
    const results = await Promise.all(streams.map((name) => store.append(name, noStream, [noted('one')])));
    expect(new Set(results.map(({ outcome }) => outcome))).toEqual(new Set(['unknown']));
    sim.setFaults(undefined);
    expect(await store.append(stream, noStream, [noted('one')])).toMatchObject({ outcome: 'ok' });
  });
});

describe('what an append comes to', () => {
  it('has its position looked up where the server does not tell it', async () => {
    const { sim, store } = await started();
    sim.setFaults(onAppends(1, { fault: 'no-position' }));
    const result = await store.append(stream, noStream, [noted('one'), noted('two')]);
    expect(result).toMatchObject({ outcome: 'ok', revision: 1 });
    expect(result.outcome === 'ok' && result.position).toBe(await store.head());
  });

  it('tells of a conflict that is ahead of what can be read', async () => {
    const { sim, store } = await started({}, { leaseMs: 0, ...patient });
    await write(store, 0, 'one');
    sim.loseQuorum();
    const ahead = store.append(stream, 0, [noted('two')]);
    await systemClock.sleep(5);
    const other = await openAdapter(sim.url, { leaseMs: 0, ...patient });
    closing.push(other.close);
    expect(await other.append(stream, 0, [noted('other')])).toEqual({ outcome: 'conflict', revision: 1 });
    expect(await notesIn(other, stream)).toEqual(['one']);
    sim.regainQuorum();
    expect(await ahead).toMatchObject({ outcome: 'ok', revision: 1 });
    expect(await notesIn(other, stream, 1)).toEqual(['two']);
  });

  it('raises an alarm where our own first event stands in the place of a conflict: a batch was changed between two tries', async () => {
    const { store } = await started();
    const one = noted('one');
    await store.append(stream, noStream, [one, noted('two')]);
    expect(await store.append(stream, noStream, [one, noted('changed')])).toMatchObject({ outcome: 'conflict' });
    await notesIn(store, stream);
    expect(store.alarms()).toEqual(['corrupted-append']);
  });

  it('raises none for a conflict with others', async () => {
    const { store } = await started();
    await store.append(stream, noStream, [noted('one'), noted('two')]);
    expect(await store.append(stream, noStream, [noted('a'), noted('b')])).toMatchObject({ outcome: 'conflict' });
    await notesIn(store, stream);
    expect(store.alarms()).toEqual([]);
  });

  it.each([
    ['an id that is no UUID', { ...noted('one'), id: 'one' }],
    ['an empty type', { ...noted('one'), type: '' }],
    ['a type of the system', { ...noted('one'), type: '$one' }],
  ])('is an error for %s, before the server is asked', async (_, event) => {
    const { sim, store } = await started();
    await expect(store.append(stream, noStream, [event])).rejects.toThrow(TypeError);
    expect(sim.calls().append).toBe(0);
  });

  it.each(['', '$settings', 'order-1'])('is an error for the stream "%s", which is none of the shop', async (name) => {
    const { store } = await started();
    await expect(store.append(name, noStream, [noted('one')])).rejects.toThrow(TypeError);
  });

  it('is known before the next append to its stream is sent, while other streams go on', async () => {
    const { sim, store } = await started({}, patient);
    let answer = (): void => undefined;
    sim.setFaults(onAppends(1, { fault: 'slow', until: new Promise((resolve) => (answer = resolve)) }));
    const appends = [store.append(stream, noStream, [noted('one')]), store.append(stream, 0, [noted('two')])];
    await store.append('wallet-2', noStream, [noted('one')]);
    expect(sim.calls().append).toBe(2);
    answer();
    expect(await Promise.all(appends)).toMatchObject([{ revision: 0 }, { revision: 1 }]);
  });

  it('keeps to 64 calls at once, and to what a connection takes', async () => {
    const { store } = await started({ maxConcurrentStreams: 20 }, patient);
    const streams = Array.from({ length: 200 }, (_, index) => `cart-${index}`);
    const results = await Promise.all(streams.map((name) => store.append(name, noStream, [noted('one')])));
    expect(new Set(results.map(({ outcome }) => outcome))).toEqual(new Set(['ok']));
    const wide = await started({
      faults: ({ method }) => (method === 'append' ? { fault: 'slow', until: systemClock.sleep(20) } : undefined),
    });
    await Promise.all(streams.map((name) => wide.store.append(name, noStream, [noted('one')])));
    expect(wide.sim.inFlight().most).toBe(64);
  });
});

describe('a read', () => {
  it.each<[string, Fault]>([
    ['is never answered', { fault: 'silence' }],
    ['stops half-way', { fault: 'stall', after: 1 }],
    ['breaks off half-way', { fault: 'break', after: 1, code: status.UNAVAILABLE }],
    ['is cut off', { fault: 'cut', when: 'before' }],
  ])('that %s is an error, never a shorter stream, and the next one is whole', async (_, fault) => {
    const { sim, store } = await started();
    await insist(store, stream, noStream, [noted('one'), noted('two')]);
    sim.setFaults(onFirst('read', fault));
    await expect(notesIn(store, stream)).rejects.toBeInstanceOf(EventStoreUnavailableError);
    expect(await notesIn(store, stream)).toEqual(['one', 'two']);
    sim.setFaults(onFirst('read-all', fault));
    const other = await openAdapter(sim.url);
    closing.push(other.close);
    const first = sim.calls()['read-all'] + 1;
    sim.setFaults(({ method, number }) => (method === 'read-all' && number === first ? fault : undefined));
    const whole = async () => {
      for await (const page of other.readAll(beginning)) return page.length;
      return 0;
    };
    await expect(whole()).rejects.toBeInstanceOf(EventStoreUnavailableError);
    expect(await whole()).toBe(2);
  });

  it('that ends because its client was given up is an error, never a shorter log', async () => {
    const { sim, store } = await started({}, { times: { ...times, read: 20_000 } });
    await insist(store, stream, noStream, [noted('one'), noted('two')]);
    sim.setFaults(({ method }) =>
      method === 'append' ? { fault: 'silence' } : method === 'read-all' ? { fault: 'stall', after: 1 } : undefined,
    );
    const whole = async () => {
      for await (const page of store.readAll(beginning)) return page.length;
      return 0;
    };
    const reading = expect(whole()).rejects.toBeInstanceOf(EventStoreUnavailableError);
    expect(await store.append(stream, 1, [noted('three')])).toMatchObject({ outcome: 'unknown' });
    await reading;
  });

  it('needs no lease event while commands keep the lease, and one for all who read at once where there are none', async () => {
    const { sim, store } = await started({}, { leaseMs: 5_000, ...patient });
    await insist(store, stream, noStream, [noted('one')]);
    await notesIn(store, stream);
    expect(sim.calls().append).toBe(1);
    const reader = await openAdapter(sim.url, { leaseMs: 5_000, ...patient });
    closing.push(reader.close);
    await Promise.all(Array.from({ length: 50 }, () => notesIn(reader, stream)));
    await Promise.all(Array.from({ length: 50 }, () => reader.head()));
    expect(sim.calls().append).toBe(2);
  });

  it('raises an alarm for a stream that was deleted or cut off in front', async () => {
    const { sim, store } = await started();
    await insist(store, stream, noStream, [noted('one'), noted('two')]);
    await insist(store, 'wallet-2', noStream, [noted('one')]);
    const { client, credentials } = driverOf(sim);
    await client.setStreamMetadata(stream, { truncateBefore: 1 }, { expectedRevision: NO_STREAM, credentials });
    await client.tombstoneStream('wallet-2', { expectedRevision: 0n, credentials });
    await expect(notesIn(store, stream)).rejects.toThrow(/no revision 0/);
    await expect(notesIn(store, 'wallet-2')).rejects.toThrow(/deleted/);
    await expect(store.append('wallet-2', 0, [noted('two')])).rejects.toThrow(/stream-deleted/);
    expect(store.alarms()).toEqual(['truncated', 'tombstone', 'tombstone']);
    expect(await followed(store, beginning, 3)).toEqual(['one', 'two', 'one']);
  });
});

describe('the head of the log', () => {
  it('is found behind pages of events that are not of the shop, and not looked for again', async () => {
    const { sim, store } = await started({}, { leaseMs: 0, ...patient });
    const empty = await store.head();
    expect(empty).toBe(beginning);
    const result = await insist(store, stream, noStream, [noted('one')]);
    sim.writeSystemEvents(300);
    const before = sim.calls()['read-all'];
    expect(await store.head()).toBe(result.outcome === 'ok' ? result.position : '');
    expect(sim.calls()['read-all'] - before).toBe(6);
    sim.writeSystemEvents(10);
    await store.head();
    await store.head();
    expect(sim.calls()['read-all'] - before).toBe(6 + 2 + 1);
  });

  it('is asked for once by all who wait, and again by who comes later', async () => {
    const { sim, store } = await started({}, { leaseMs: 0, ...patient });
    await Promise.all(Array.from({ length: 100 }, () => store.head()));
    expect(sim.calls()['read-all']).toBeLessThanOrEqual(4);
    const { position } = { position: beginning, ...(await insist(store, stream, noStream, [noted('one')])) };
    expect(await store.head()).toBe(position);
  });

  it('is found from what another process noted with its lease', async () => {
    const { sim, store } = await started({}, { leaseMs: 30, ...patient });
    await insist(store, stream, noStream, [noted('one')]);
    sim.writeSystemEvents(640);
    await store.head();
    await systemClock.sleep(40);
    await store.head(); // takes the lease with an event that carries the head
    await systemClock.sleep(40);
    await store.head();
    const cold = await openAdapter(sim.url, { leaseMs: 0, ...patient });
    closing.push(cold.close);
    const before = sim.calls()['read-all'];
    expect(await cold.head()).toBe(await store.head());
    expect(sim.calls()['read-all'] - before).toBeLessThanOrEqual(4);
  });
});

describe('following the log', () => {
  it('uses one live subscription for all who follow', async () => {
    const { sim, store } = await started();
    const stop = new AbortController();
    const follow = async () => {
      let events = 0;
      for await (const page of store.subscribe(beginning, stop.signal)) events += page.length;
      return events;
    };
    const following = [follow(), follow(), follow()];
    await eventually(() => sim.calls().subscribe === 1);
    await write(store, 0, 'one', 'two', 'three');
    await systemClock.sleep(30);
    stop.abort();
    expect(await Promise.all(following)).toEqual([3, 3, 3]);
    expect(sim.calls().subscribe).toBe(1);
  });

  it.each<[string, Fault]>([
    ['is ended by the server without an error', { fault: 'end', after: 2 }],
    ['breaks', { fault: 'break', after: 2, code: status.UNAVAILABLE }],
    ['is refused as a slow consumer', { fault: 'break', after: 2, code: status.ABORTED }],
    ['is silent from the beginning', { fault: 'silence' }],
    ['falls silent', { fault: 'stall', after: 2 }],
  ])('says so when its subscription %s, and goes on from the last event without gap or duplicate', async (_, fault) => {
    const { sim, store } = await started();
    await write(store, 0, 'zero');
    const start = await store.head();
    sim.setFaults(onFirst('subscribe', fault));
    const notes: string[] = [];
    let last = start;
    const follow = async () => {
      for await (const page of store.subscribe(last, new AbortController().signal)) {
        for (const { data, position } of page) {
          notes.push(JSON.stringify(data));
          last = position;
        }
        if (notes.length === 5) return;
      }
    };
    const dropped = expect(follow()).rejects.toBeInstanceOf(EventStoreUnavailableError);
    await eventually(() => sim.calls().subscribe === 1);
    await write(store, 1, 'one', 'two', 'three', 'four', 'five');
    await dropped;
    expect(notes.length).toBeLessThan(5);
    await follow();
    expect(notes).toEqual(['one', 'two', 'three', 'four', 'five'].map((note) => JSON.stringify({ note })));
  });

  it('passes over what a server delivers again', async () => {
    const { sim, store } = await started();
    await write(store, 0, 'one', 'two');
    const after = await store.head();
    sim.setFaults(onFirst('subscribe', { fault: 'redeliver', records: 5 }));
    const following = followed(store, after, 2);
    await eventually(() => sim.calls().subscribe === 1);
    await write(store, 2, 'three', 'four');
    expect(await following).toEqual(['three', 'four']);
  });

  it('passes over what a server delivers again to who catches up', async () => {
    const { sim, store } = await started();
    const first = await insist(store, stream, noStream, [noted('one')]);
    await write(store, 1, 'two');
    sim.setFaults(({ method, number }) => (method === 'subscribe' && number === 2 ? { fault: 'redeliver', records: 5 } : undefined));
    const following = followed(store, first.outcome === 'ok' ? first.position : '', 2);
    await eventually(() => sim.calls().subscribe === 2);
    await write(store, 2, 'three');
    expect(await following).toEqual(['two', 'three']);
  });

  it('catches up from where nobody else stands, four at a time', async () => {
    const { sim, store } = await started({}, patient);
    const numbers = Array.from({ length: 50 }, (_, index) => String(index));
    await insist(store, stream, noStream, numbers.map(noted));
    let goOn = (): void => undefined;
    const until = new Promise<void>((resolve) => (goOn = resolve));
    sim.setFaults(({ method, number }) => (method === 'subscribe' && number > 1 ? { fault: 'slow', until } : undefined));
    const following = Array.from({ length: 6 }, () => followed(store, beginning, 50));
    await eventually(() => sim.calls().subscribe === 5);
    await systemClock.sleep(30);
    expect(sim.calls().subscribe).toBe(5);
    goOn();
    for (const notes of await Promise.all(following)) expect(notes).toEqual(numbers);
  });
});

describe('snapshots', () => {
  it('of which the writer did not finish leave the one before in force', async () => {
    const { sim, store } = await started();
    const snapshot = { revision: 4, foldVersion: 1, state: { available: 10 } };
    await store.writeSnapshot(stream, snapshot);
    const { client, credentials } = driverOf(sim);
    const metadata = { snapshot: randomUUID(), part: 1, parts: 2, hash: 'of the whole', revision: 9, foldVersion: 1 };
    await client.appendToStream(`snap-${stream}`, [binaryEvent({ type: 'SnapshotPart', data: Buffer.from('{'), metadata })], {
      expectedRevision: 0n,
      credentials,
    });
    expect(await store.readSnapshot(stream)).toEqual(snapshot);
    await store.writeSnapshot(stream, { ...snapshot, revision: 9 });
    expect((await store.readSnapshot(stream))?.revision).toBe(9);
  });

  it('do not pile up: a few whole ones are kept', async () => {
    const { sim, store } = await started();
    for (let revision = 0; revision < 80; revision += 1) await store.writeSnapshot(stream, { revision, foldVersion: 1, state: revision });
    expect(await driverOf(sim).count(`snap-${stream}`)).toBe('64');
    expect((await store.readSnapshot(stream))?.revision).toBe(79);
  });

  it('say so when they cannot be written, and do no harm', async () => {
    const { sim, store } = await started();
    sim.setFaults(({ stream: name }) =>
      name?.startsWith('snap-') ? { fault: 'status', when: 'before', code: status.UNAVAILABLE } : undefined,
    );
    await expect(store.writeSnapshot(stream, { revision: 1, foldVersion: 1, state: {} })).rejects.toBeInstanceOf(
      EventStoreUnavailableError,
    );
    await write(store, 0, 'one');
    expect(await notesIn(store, stream)).toEqual(['one']);
  });
});

describe('a user without enough rights', () => {
  const may = async (denied: Call['method'][]) => {
    const { sim, store } = await started();
    sim.setFaults(({ method }) => (denied.includes(method) ? { fault: 'access-denied' } : undefined));
    return store;
  };
  it('is told which right is missing', async () => {
    await expect((await may([])).checkRights()).resolves.toBeUndefined();
    await expect((await may(['read-all'])).checkRights()).rejects.toThrow(MissingRightError);
    await expect((await may(['read-all'])).checkRights()).rejects.toThrow(/\$all/);
    await expect((await may(['append'])).checkRights()).rejects.toThrow(/may not append/);
    await expect((await may(['append'])).append(stream, noStream, [noted('one')])).rejects.toThrow(/may not append/);
    await expect((await may(['read-all'])).head()).rejects.toThrow(/\$all/);
  });
});

describe('a server that is not there', () => {
  it('is said to be unavailable, and found when it comes', async () => {
    const { sim, store } = await started();
    const { port } = sim.endpoint;
    await sim.stop();
    expect(await store.append(stream, noStream, [noted('one')])).toMatchObject({ outcome: 'unknown' });
    await expect(store.head()).rejects.toBeInstanceOf(EventStoreUnavailableError);
    await expect(store.checkRights()).rejects.toBeInstanceOf(EventStoreUnavailableError);
    const again = await startEsdbSim({ port });
    closing.push(again.stop);
    expect(await insist(store, stream, noStream, [noted('one')], 500)).toMatchObject({ outcome: 'ok' });
  });

  it('answers nothing any more once the store is closed', async () => {
    const { store } = await started();
    await store.close();
    await expect(store.head()).rejects.toBeInstanceOf(EventStoreUnavailableError);
    expect(await store.append(stream, noStream, [noted('one')])).toMatchObject({ outcome: 'unknown' });
  });

  it('never has its password printed by the client in production', async () => {
    process.env['DEBUG'] = 'esdb:*';
    await started({}, { production: true });
    expect(process.env['DEBUG']).toBeUndefined();
  });
});
