import { status } from '@grpc/grpc-js';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { systemClock } from '@shop/clock';
import { EventStoreUnavailableError, noStream } from '@shop/event-store';
import { openLease, type EventStoreDBOptions, type Lease } from '@shop/event-store/eventstoredb';
import { startEsdbSim, type EsdbSim } from './esdb-sim.js';
import { insist, leaseMs, noted, notesIn, openAdapter, type OpenedAdapter } from './testing/adapter.js';

jest.setTimeout(30_000); // for busy machines

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** Two nodes, the first of them leading. */
const cluster = async () => {
  const one = await startEsdbSim({ commitTimeoutMs: 80 });
  const two = await startEsdbSim({ commitTimeoutMs: 80, copyOf: one });
  two.follow(one);
  closing.push(one.stop, two.stop);
  const tellWhoLeads = (leader: EsdbSim) => {
    for (const node of [one, two])
      node.setMembers([one, two].map((member) => ({ ...member.endpoint, state: member === leader ? 'leader' : 'follower' })));
  };
  tellWhoLeads(one);
  return {
    one,
    two,
    url: `esdb://127.0.0.1:${one.endpoint.port},127.0.0.1:${two.endpoint.port}?tls=false&discoveryInterval=10`,
    /** The second node takes over, no sooner than a new leader acknowledges anything after the old one was last heard of. */
    takeOver: async () => {
      await systemClock.sleep(leaseMs * 2);
      two.lead(one);
      tellWhoLeads(two);
    },
  };
};
const open = async (url: string, options?: Partial<EventStoreDBOptions>): Promise<OpenedAdapter> => {
  const store = await openAdapter(url, options);
  closing.push(store.close);
  return store;
};
const stream = 'wallet-1';
const written = async (store: OpenedAdapter, expected: number, note: string) => {
  const result = await insist(store, stream, expected, [noted(note)]);
  if (result.outcome !== 'ok') throw new Error(`the append came to ${JSON.stringify(result)}`);
  return result;
};

describe('a node that does not lead', () => {
  it('sends appends and exact reads to the leader', async () => {
    const { one, two } = await cluster();
    const store = await open(two.url);
    expect(await store.append(stream, noStream, [noted('one')])).toMatchObject({ outcome: 'ok', revision: 0 });
    expect(await notesIn(store, stream)).toEqual(['one']);
    expect(await notesIn(await open(two.url), stream)).toEqual(['one']);
    expect([one.calls().append > 0, two.calls().append > 0]).toEqual([true, true]);
  });

  it('turns the lease on where it was thought that one node is all there is', async () => {
    const { one, two } = await cluster();
    const store = await open(two.url, { leaseMs: 0 });
    await written(store, noStream, 'one');
    const appends = one.calls().append;
    await systemClock.sleep(510);
    await notesIn(store, stream);
    expect(one.calls().append).toBeGreaterThan(appends);
    expect(store.warnings().join()).toMatch(/cluster/);
  });
});

describe('a leader that is killed', () => {
  it('loses nothing and doubles nothing: the same append again finds the next leader', async () => {
    const { one, two, url, takeOver } = await cluster();
    const store = await open(url);
    await written(store, noStream, 'one');
    one.setFaults(({ method }) => (method === 'append' ? { fault: 'silence-after' } : undefined));
    const append = [noted('two')];
    const first = store.append(stream, 0, append);
    expect(await first).toMatchObject({ outcome: 'unknown' });
    await takeOver();
    await one.stop();
    expect(await insist(store, stream, 0, append)).toMatchObject({ outcome: 'ok', revision: 1 });
    expect(await notesIn(store, stream)).toEqual(['one', 'two']);
    expect(two.calls().append).toBeGreaterThan(0);
  });
});

/** The first node stood still, the second was elected and acknowledged an event, the first wakes up and does not know. */
const wokenUpDeposed = async (options?: Partial<EventStoreDBOptions>) => {
  const nodes = await cluster();
  const { one, two } = nodes;
  const reader = await open(one.url, options);
  const elsewhere = await open(two.url);
  await written(reader, noStream, 'one');
  one.freeze();
  await nodes.takeOver();
  const { position } = await written(elsewhere, 0, 'two');
  one.loseQuorum();
  one.thaw();
  return { ...nodes, reader, elsewhere, position };
};

describe('a leader that stood still and wakes up deposed', () => {
  it('answers nobody with old data', async () => {
    const { one, two, reader, position } = await wokenUpDeposed();
    await expect(notesIn(reader, stream)).rejects.toBeInstanceOf(EventStoreUnavailableError);
    await expect(reader.head()).rejects.toBeInstanceOf(EventStoreUnavailableError);
    await expect(reader.readStreamBackwards(stream, 'end', 1)).rejects.toBeInstanceOf(EventStoreUnavailableError);
    one.follow(two);
    expect(await notesIn(reader, stream)).toEqual(['one', 'two']);
    expect(await reader.head()).toBe(position);
  });

  it('answers nobody with old data after a pause either', async () => {
    const { reader } = await wokenUpDeposed();
    await systemClock.sleep(3 * leaseMs);
    await expect(notesIn(reader, stream)).rejects.toBeInstanceOf(EventStoreUnavailableError);
  });

  it('would do so without the lease', async () => {
    const { reader, position } = await wokenUpDeposed({ leaseMs: 0 });
    expect(await notesIn(reader, stream)).toEqual(['one']);
    expect((await reader.head()) < position).toBe(true);
  });

  it('is left for the new leader by who knows both', async () => {
    const { one, two, url, takeOver } = await cluster();
    const [reader, elsewhere] = [await open(url), await open(two.url)];
    await written(reader, noStream, 'one');
    one.freeze();
    await takeOver();
    await written(elsewhere, 0, 'two');
    await expect(notesIn(reader, stream)).rejects.toBeInstanceOf(EventStoreUnavailableError); // the first call without an answer
    const insistOnReading = async (): Promise<unknown[]> => notesIn(reader, stream).catch(insistOnReading);
    expect(await insistOnReading()).toEqual(['one', 'two']); // though the first node never wakes up
  });
});

describe('a read that is under way when another call fails', () => {
  const readsNeeded = async (lease: (rule: Lease) => Lease) => {
    const { one } = await cluster();
    const store = await open(one.url, { lease: lease(openLease(systemClock, 5_000)) });
    await written(store, noStream, 'one');
    const before = one.calls().append;
    let answer = (): void => undefined;
    const until = new Promise<void>((resolve) => (answer = resolve));
    one.setFaults(({ method, number }) => {
      if (method === 'read' && number === 1) return { fault: 'slow', until };
      return method === 'append' && number === before + 1 ? { fault: 'status', when: 'before', code: status.UNAVAILABLE } : undefined;
    });
    const reading = notesIn(store, stream);
    while (one.calls().read === 0) await systemClock.sleep(1);
    expect(await store.append(stream, 0, [noted('two')])).toMatchObject({ outcome: 'unknown' });
    answer();
    expect(await reading).toEqual(['one']);
    return one.calls().read;
  };

  it('does not count and is sent again: it may have gone to another node', async () => {
    expect(await readsNeeded((lease) => lease)).toBe(2);
  });

  it('would count without the rule', async () => {
    expect(await readsNeeded((lease) => ({ ...lease, failed: () => undefined }))).toBe(1);
  });
});

describe('a repeated append', () => {
  /** Its answer was lost, its leader deposed; that one finds it in its own log and acknowledges it without its cluster. */
  const repeated = async (lease: (rule: Lease) => Lease) => {
    const { one, two, takeOver } = await cluster();
    const store = await open(one.url, { lease: lease(openLease(systemClock, 2_000)) });
    const elsewhere = await open(two.url);
    one.setFaults(({ method, number }) => (method === 'append' && number === 1 ? { fault: 'silence-after' } : undefined));
    const append = [noted('one')];
    expect(await store.append(stream, noStream, append)).toMatchObject({ outcome: 'unknown' });
    await takeOver();
    await written(elsewhere, 0, 'two');
    one.loseQuorum();
    expect(await store.append(stream, noStream, append)).toMatchObject({ outcome: 'ok', revision: 0 });
    return store;
  };

  it('is no proof that its node still leads', async () => {
    const store = await repeated((lease) => lease);
    await expect(notesIn(store, stream)).rejects.toBeInstanceOf(EventStoreUnavailableError);
  });

  it('proves nothing either when its first answer had come', async () => {
    const { one, two, takeOver } = await cluster();
    const [store, elsewhere] = [await open(one.url), await open(two.url)];
    const append = [noted('one')];
    const first = await store.append(stream, noStream, append);
    await takeOver();
    await written(elsewhere, 0, 'two');
    one.loseQuorum();
    expect(await store.append(stream, noStream, append)).toEqual(first);
    await expect(notesIn(store, stream)).rejects.toBeInstanceOf(EventStoreUnavailableError);
  });

  it('would let old data through if it were', async () => {
    const store = await repeated((lease) => ({ ...lease, appending: (client) => lease.appending(client, 'first') }));
    expect(await notesIn(store, stream)).toEqual(['one']);
  });
});

describe('a connection that breaks', () => {
  /** The client was sent from the first node to the second; cut off there it goes on with the first, which thinks that it leads. */
  const changed = async (lease: (rule: Lease) => Lease) => {
    const { one, two, takeOver } = await cluster();
    const store = await open(one.url, { lease: lease(openLease(systemClock, 2_000)) });
    await written(store, noStream, 'one');
    await takeOver();
    one.follow(two);
    await written(store, 0, 'two');
    expect(await notesIn(store, stream)).toEqual(['one', 'two']);
    one.loseQuorum();
    two.setFaults(({ method }) => (method === 'read' ? { fault: 'cut', when: 'before' } : undefined));
    await expect(notesIn(store, stream)).rejects.toBeInstanceOf(EventStoreUnavailableError);
    return store;
  };

  it('ends the lease: the next node has to prove itself', async () => {
    const store = await changed((lease) => lease);
    await expect(notesIn(store, stream)).rejects.toBeInstanceOf(EventStoreUnavailableError);
  });

  it('would let old data through if the lease outlived it', async () => {
    const store = await changed((lease) => ({ ...lease, failed: () => undefined }));
    expect(await notesIn(store, stream)).toEqual(['one']);
  });
});

describe('a leader without a quorum', () => {
  it('acknowledges nothing, and the same append again is written once when the quorum is back', async () => {
    const { one } = await cluster();
    const store = await open(one.url);
    await written(store, noStream, 'one');
    one.loseQuorum();
    const append = [noted('two')];
    expect(await store.append(stream, 0, append)).toMatchObject({ outcome: 'unknown' });
    expect(await store.append(stream, 0, append)).toMatchObject({ outcome: 'unknown' });
    one.regainQuorum();
    expect(await insist(store, stream, 0, append)).toMatchObject({ outcome: 'ok', revision: 1 });
    expect(await notesIn(store, stream)).toEqual(['one', 'two']);
  });

  it('may refuse an append for an event that vanishes: it is not there to be read, and its place is free again', async () => {
    const { one, two, takeOver } = await cluster();
    const [store, ghost] = [await open(one.url), await open(one.url)];
    await written(store, noStream, 'one');
    one.loseQuorum();
    const vanishing = [noted('ghost')];
    expect(await ghost.append(stream, 0, vanishing)).toMatchObject({ outcome: 'unknown' });
    expect(await store.append(stream, 0, [noted('two')])).toEqual({ outcome: 'conflict', revision: 1 });
    await takeOver();
    one.follow(two);
    expect(await notesIn(store, stream)).toEqual(['one']);
    expect(await insist(store, stream, 0, [noted('two')])).toMatchObject({ outcome: 'ok', revision: 1 });
    expect(await insist(ghost, stream, 0, vanishing)).toEqual({ outcome: 'conflict', revision: 1 });
    expect(await notesIn(store, stream)).toEqual(['one', 'two']);
  });
});
