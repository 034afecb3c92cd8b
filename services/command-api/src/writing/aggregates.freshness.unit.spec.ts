import { describe, expect, it } from '@jest/globals';
import { manualClock } from '@shop/clock';
import type { EventStore } from '@shop/event-store';
import { faultyEventStore, type FaultScript } from '../testing/faulty-event-store.js';
import { memoryEventStore } from '../testing/memory-event-store.js';
import { asking, historyOf, label, openTills, parseTillEvent, payIn, takeOut, till, type TillCommand } from '../testing/till.js';

const turn = () => new Promise((resolve) => setImmediate(resolve));
const stream = 'wallet-1';
const writtenBy = { version: 1, correlationId: 'request', causationId: 'command' };

/** Two processes on one store, each with a cache of its own; the script is that of the first one's connection. */
const twoProcesses = (script: FaultScript = {}) => {
  const clock = manualClock();
  const inner = memoryEventStore();
  const store = faultyEventStore(inner, script);
  const alarms: object[] = [];
  const logger = { debug: () => undefined, error: (fields: object) => alarms.push(fields) };
  const one = openTills(store, { clock, logger });
  const two = openTills(inner, { clock, process: 'two' });
  const ask = (tills: typeof one) => (command: TillCommand, withinMs?: number) =>
    tills.execute(stream, command, asking(clock, withinMs === undefined ? {} : { withinMs }));
  return { clock, inner, store, alarms, one, two, here: ask(one), there: ask(two) };
};
const typesOf = async (store: ReturnType<typeof memoryEventStore>) => (await historyOf(store, stream)).map(({ type }) => type);

describe('an answer that writes nothing', () => {
  it('is never "unchanged" on the word of a stale cache', async () => {
    const { here, there, inner } = twoProcesses();
    await here(label('red'));
    await there(label('blue'));
    expect(await here(label('red'))).toMatchObject({ outcome: 'accepted' });
    expect(await typesOf(inner)).toEqual(['Labelled', 'Labelled', 'Labelled']);
  });

  it('is never a refusal on the word of a stale cache', async () => {
    const { here, there } = twoProcesses();
    expect(await here(takeOut('a', 5))).toEqual({ outcome: 'refused', refusal: { type: 'NotEnough', balance: 0 } });
    await there(payIn('b', 5));
    expect(await here(takeOut('a', 5))).toMatchObject({ outcome: 'accepted' });
  });

  it('rests on a tail read that began after the command arrived', async () => {
    let finish = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const { here, there, one, clock, store } = twoProcesses({ readStream: (call) => (call === 2 ? { begins: held } : undefined) });
    await here(takeOut('a', 5));
    const reading = one.readFresh(stream, clock.monotonic() + 1_000); // began before the command: proves nothing for it
    const refused = here(takeOut('a', 5));
    await there(payIn('b', 5));
    finish();
    expect(await refused).toMatchObject({ outcome: 'accepted' });
    await reading;
    expect(store.calls.readStream).toBe(3);
  });

  it('does not rest on a tail read that was under way when the command arrived', async () => {
    let finish = (): void => undefined;
    const answers = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const { here, there, store } = twoProcesses({ readStream: (call) => (call === 2 ? { answers } : undefined) });
    await here(label('x'));
    const before = here(takeOut('a', 5));
    await turn();
    await there(payIn('b', 5));
    const after = here(takeOut('c', 5));
    finish();
    expect(await before).toMatchObject({ outcome: 'refused' });
    expect(await after).toMatchObject({ outcome: 'accepted' });
    expect(store.calls.readStream).toBe(3);
  });

  it('shares one tail read with all that wait', async () => {
    const { here, store } = twoProcesses();
    await here(payIn('a', 1));
    const reads = store.calls.readStream;
    const answers = await Promise.all(Array.from({ length: 50 }, (_, index) => here(takeOut(`t${index}`, 5))));
    expect(new Set(answers.map(({ outcome }) => outcome))).toEqual(new Set(['refused']));
    expect(store.calls.readStream - reads).toBeLessThanOrEqual(2);
  });

  it('needs no tail read where an append of its batch proves the state', async () => {
    const { here, store } = twoProcesses();
    await here(payIn('a', 1));
    const reads = store.calls.readStream;
    const answers = await Promise.all([here(payIn('b', 1)), here(payIn('c', 1)), here(takeOut('d', 9)), here(label(''))]);
    expect(answers.map(({ outcome }) => outcome)).toEqual(['accepted', 'accepted', 'refused', 'repeated']);
    expect(store.calls.readStream).toBe(reads);
  });

  it('needs no tail read where a remembered id proves it', async () => {
    const { here, there, store } = twoProcesses();
    await here(payIn('a', 1));
    await there(payIn('b', 1));
    const reads = store.calls.readStream;
    expect(await here(payIn('a', 1))).toMatchObject({
      outcome: 'repeated',
      events: [{ data: { paymentId: 'a' } }],
      position: '0000000000000002',
    });
    expect(store.calls.readStream).toBe(reads);
  });
});

describe('a conflict', () => {
  it('has the whole batch decided again, refusals and repeats too', async () => {
    const { here, there, clock, inner } = twoProcesses();
    await here(payIn('a', 100));
    await there(takeOut('b', 90));
    const answers = Promise.all([
      here(takeOut('c', 5)),
      here(takeOut('d', 60)),
      here(takeOut('e', 50)),
      here(takeOut('d', 60)),
      here(takeOut('f', 5)),
    ]);
    await clock.advance(50);
    expect((await answers).map(({ outcome }) => outcome)).toEqual(['accepted', 'refused', 'refused', 'refused', 'accepted']);
    expect((await historyOf(inner, stream)).map(({ data }) => data)).toMatchObject([
      { balance: 100 },
      { balance: 10 },
      { balance: 5 },
      { balance: 0 },
    ]);
  });

  it('leaves no trace of the events that were not written', async () => {
    const { here, one, clock, inner } = twoProcesses({ append: ({ call }) => (call > 1 && call < 9 ? { fault: 'conflict' } : undefined) });
    await here(payIn('a', 10));
    const answers = Promise.allSettled(['b', 'c', 'd'].map((id) => here(payIn(id, 10), 2)));
    await clock.advance(200);
    for (const answer of await answers) expect(answer).toMatchObject({ reason: { code: 'WRITE_CONTENTION' } });
    const folded = till.initialState();
    for (const event of await historyOf(inner, stream)) till.evolve(folded, parseTillEvent(event), event.revision);
    expect((await one.readFresh(stream, clock.monotonic() + 1_000)).state).toEqual(folded);
    expect(await here(takeOut('e', 11))).toMatchObject({ outcome: 'refused', refusal: { balance: 10 } });
  });

  it('is tried again until the deadline, and then said to be contention', async () => {
    const { here, clock, inner, store } = twoProcesses({ append: () => ({ fault: 'conflict' }) });
    const answer = here(payIn('a', 1), 2_000);
    const failed = expect(answer).rejects.toMatchObject({ code: 'WRITE_CONTENTION' });
    await clock.advance(1_999);
    expect(store.appends.length).toBeGreaterThan(5);
    await clock.advance(1);
    await failed;
    await clock.advance(5_000);
    const tries = store.appends.length;
    await clock.advance(5_000);
    expect(store.appends).toHaveLength(tries);
    expect(await historyOf(inner, stream)).toEqual([]);
  });

  it('makes the winner of the next race stand back, so that the others get their turn', async () => {
    let finish = (): void => undefined;
    const until = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const { here, there, clock, store } = twoProcesses({ append: ({ call }) => (call === 3 ? { fault: 'slow', until } : undefined) });
    await here(payIn('a', 1));
    await there(payIn('b', 1));
    const raced = here(payIn('c', 1)); // a conflict, then an append that takes 40 ms
    await clock.advance(2);
    await clock.advance(40);
    finish();
    await raced;
    const next = here(payIn('d', 1));
    const theirs = there(payIn('e', 1));
    await clock.advance(10);
    expect(await theirs).toMatchObject({ outcome: 'accepted' });
    expect(store.appends).toHaveLength(3);
    await clock.advance(60);
    expect(await next).toMatchObject({ outcome: 'accepted', events: [{ data: { balance: 5 } }] });
  });

  it('is made possible for those who lose every race: a winner with one batch after the other stands back now and then', async () => {
    const sent: number[] = [];
    const script: FaultScript = {
      append: () => {
        sent.push(clock.monotonic());
        return { fault: 'slow', until: clock.sleep(10) };
      },
    };
    const { here, clock } = twoProcesses(script);
    const client = async (name: string) => {
      for (let index = 0; index < 20; index += 1) await here(payIn(`${name}${index}`, 1));
    };
    const clients = Promise.all([client('a'), client('b'), client('c')]);
    for (let ms = 0; ms < 1_000; ms += 1) await clock.advance(1);
    await clients;
    const waits = sent.slice(1).map((at, index) => at - (sent[index] ?? 0));
    expect(waits.filter((ms) => ms > 15)).toHaveLength(Math.floor(waits.length / 16));
  });

  it('backs off between tries', async () => {
    const { here, clock, store } = twoProcesses({ append: ({ expectedRevision }) => ({ fault: 'conflict', revision: expectedRevision }) });
    const answer = expect(here(payIn('a', 1), 2_000)).rejects.toMatchObject({ code: 'WRITE_CONTENTION' });
    await clock.advance(2_000);
    await answer;
    expect(store.appends.length).toBeGreaterThan(50);
    expect(store.appends.length).toBeLessThan(200);
  });

  it('waits at most a tenth of a second for a revision that does not show', async () => {
    const { here, clock, store } = twoProcesses({ append: ({ call }) => (call === 1 ? { fault: 'conflict', revision: 7 } : undefined) });
    const answer = here(payIn('a', 1));
    await clock.advance(90);
    expect(store.appends).toHaveLength(1);
    await clock.advance(20);
    expect(store.appends).toHaveLength(2);
    expect(await answer).toMatchObject({ outcome: 'accepted' });
  });

  it('below what is cached means another store: everything is read anew, with an alarm', async () => {
    const { here, one, clock, store, alarms } = twoProcesses({
      append: ({ call }) => (call === 4 ? { fault: 'conflict', revision: 0 } : undefined),
    });
    await here(payIn('a', 1));
    await here(payIn('b', 1));
    await one.execute('wallet-2', payIn('a', 1), asking(clock));
    const reads = store.calls.readStream;
    const third = here(payIn('c', 1));
    await clock.advance(10);
    expect(await third).toMatchObject({ outcome: 'accepted', events: [{ data: { balance: 3 } }] });
    expect(alarms).toMatchObject([{ alarm: 'store-behind', stream, revision: 0, expected: 1 }]);
    await one.execute('wallet-2', payIn('b', 1), asking(clock));
    expect(store.calls.readStream - reads).toBe(2);
  });
});

describe('a store that was set back', () => {
  it('is believed, and no snapshot that is ahead of it', async () => {
    const ahead = { revision: 5, foldVersion: 1, state: { balance: 500, label: '', payments: [] } };
    const { here, there, clock, alarms } = twoProcesses({ readSnapshot: () => ahead });
    await there(payIn('a', 1));
    const next = here(payIn('b', 1));
    await clock.advance(10);
    expect(await next).toMatchObject({ outcome: 'accepted', events: [{ data: { balance: 2 } }] });
    expect(alarms).toMatchObject([{ alarm: 'store-behind', stream, expected: 5 }]);
  });

  it('is believed also where nothing is written: no read and no refusal rests on a snapshot that is ahead of it', async () => {
    const ahead = { revision: 5, foldVersion: 1, state: { balance: 500, label: '', payments: [] } };
    const { here, there, one, clock } = twoProcesses({ readSnapshot: () => ahead });
    await there(payIn('a', 1));
    expect((await one.readFresh(stream, clock.monotonic() + 1_000)).state.balance).toBe(1);
    expect(await here(takeOut('b', 600))).toEqual({ outcome: 'refused', refusal: { type: 'NotEnough', balance: 1 } });
  });

  it('is read from its first event by who was just reading a snapshot', async () => {
    let finish = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const wrong = { revision: 0, foldVersion: 1, state: { balance: 500, label: '', payments: [] } };
    const { inner, store, clock } = twoProcesses({
      append: ({ call }) => (call === 2 ? { fault: 'conflict', revision: -1 } : undefined),
    });
    await inner.append('wallet-2', -1, [{ id: 'x', type: 'PaidIn', data: { paymentId: 'x', amount: 7, balance: 7 }, metadata: writtenBy }]);
    const slow = {
      ...store,
      readSnapshot: async (name: string) => {
        if (name !== 'wallet-2') return undefined;
        await held;
        return wrong;
      },
    };
    const tills = openTills(slow, { clock });
    await tills.execute(stream, payIn('a', 1), asking(clock));
    const reading = tills.readFresh('wallet-2', clock.monotonic() + 1_000);
    const writing = tills.execute(stream, payIn('b', 1), asking(clock)); // finds the store set back
    await clock.advance(10);
    await writing;
    finish();
    expect((await reading).state.balance).toBe(7);
  });

  it('is read anew by a read that was under way', async () => {
    let finish = (): void => undefined;
    const answers = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const { here, one, clock, store } = twoProcesses({
      append: ({ call }) => (call === 2 ? { fault: 'conflict', revision: -1 } : undefined),
      readStream: (call) => (call === 2 ? { answers } : undefined),
    });
    await here(payIn('a', 1));
    const reading = one.readFresh('wallet-2', clock.monotonic() + 1_000);
    await turn();
    expect(store.calls.readStream).toBe(2);
    const writing = here(payIn('b', 1));
    await clock.advance(10);
    await writing;
    const reads = store.calls.readStream;
    finish();
    await reading;
    expect(store.calls.readStream).toBe(reads + 1);
  });
});

describe('a store that knows the last revision of a stream without asking anybody', () => {
  const twoOn = () => {
    const clock = manualClock();
    const inner = memoryEventStore();
    const revisions = new Map<string, number>();
    const knowing: EventStore = {
      ...inner,
      append: async (name, expected, events) => {
        const result = await inner.append(name, expected, events);
        if (result.outcome === 'ok') revisions.set(name, result.revision);
        return result;
      },
      lastRevision: (name) => revisions.get(name) ?? -1,
    };
    const store = faultyEventStore(knowing);
    const one = openTills(store, { clock });
    const two = openTills(knowing, { clock, process: 'two' });
    return { clock, store, one, here: (command: TillCommand) => one.execute(stream, command, asking(clock)), two };
  };

  it('proves a cached state without a read, for who looks and for a refusal', async () => {
    const { clock, store, one, here } = twoOn();
    await here(payIn('a', 1));
    const reads = store.calls.readStream;
    expect(one.readFresh(stream, clock.monotonic() + 1_000)).toMatchObject({ state: { balance: 1 }, revision: 0 });
    expect(await here(takeOut('b', 5))).toMatchObject({ outcome: 'refused' });
    expect(store.calls.readStream).toBe(reads);
  });

  it('has the tail read where others have written', async () => {
    const { clock, one, two, here } = twoOn();
    await here(payIn('a', 1));
    await two.execute(stream, payIn('b', 4), asking(clock));
    expect(await one.readFresh(stream, clock.monotonic() + 1_000)).toMatchObject({ state: { balance: 5 }, revision: 1 });
    await two.execute(stream, payIn('c', 5), asking(clock));
    expect(await here(takeOut('d', 11))).toMatchObject({ outcome: 'refused', refusal: { balance: 10 } });
    expect(await here(takeOut('e', 10))).toMatchObject({ outcome: 'accepted' });
  });
});

describe('a fresh read', () => {
  it('holds what other processes wrote', async () => {
    const { one, here, there, clock } = twoProcesses();
    await here(payIn('a', 1));
    await there(payIn('b', 1));
    expect(await one.readFresh(stream, clock.monotonic() + 1_000)).toMatchObject({ state: { balance: 2 }, revision: 1 });
  });

  it('of a stream that nobody wrote to is the initial state', async () => {
    const { one, clock } = twoProcesses();
    expect(await one.readFresh('wallet-9', clock.monotonic() + 1_000)).toEqual({ state: till.initialState(), revision: -1 });
  });

  it('never sees what an append under way is about to write', async () => {
    let open = (): void => undefined;
    const until = new Promise<void>((resolve) => {
      open = resolve;
    });
    const { one, here, clock } = twoProcesses({ append: ({ call }) => (call === 2 ? { fault: 'slow', until } : undefined) });
    await here(payIn('a', 1));
    const writing = Promise.all([here(payIn('b', 1)), here(payIn('c', 1)), here(payIn('d', 1))]);
    await turn();
    const seen = await one.readFresh(stream, clock.monotonic() + 1_000);
    expect(seen).toMatchObject({ state: { balance: 1 }, revision: 0 });
    open();
    await writing;
    expect(await one.readFresh(stream, clock.monotonic() + 1_000)).toMatchObject({ state: { balance: 4 }, revision: 3 });
  });

  it('that brings the events of an append before its acknowledgement does not count them twice', async () => {
    let open = (): void => undefined;
    const until = new Promise<void>((resolve) => {
      open = resolve;
    });
    const { one, here, there, clock, alarms } = twoProcesses({
      append: ({ call }) => (call === 2 ? { fault: 'slow-answer', until } : undefined),
    });
    await here(payIn('a', 1));
    const writing = here(payIn('b', 1));
    await there(payIn('c', 1));
    expect(await one.readFresh(stream, clock.monotonic() + 1_000)).toMatchObject({ state: { balance: 3 }, revision: 2 });
    open();
    expect(await writing).toMatchObject({ outcome: 'accepted', events: [{ data: { balance: 2 } }] });
    expect(await here(payIn('d', 1))).toMatchObject({ outcome: 'accepted', events: [{ data: { balance: 4 } }] });
    expect(alarms).toEqual([]);
  });

  it('whose answer comes after the acknowledgement of what it brings does not count that twice', async () => {
    let finish = (): void => undefined;
    const answers = new Promise<void>((resolve) => {
      finish = resolve;
    });
    let acknowledge = (): void => undefined;
    const until = new Promise<void>((resolve) => {
      acknowledge = resolve;
    });
    const { one, here, clock } = twoProcesses({
      append: ({ call }) => (call === 2 ? { fault: 'slow-answer', until } : undefined),
      readStream: (call) => (call === 2 ? { answers } : undefined),
    });
    await here(payIn('a', 1));
    const writing = here(payIn('b', 1));
    await turn();
    const reading = one.readFresh(stream, clock.monotonic() + 1_000);
    await turn();
    acknowledge();
    await writing;
    finish();
    expect(await reading).toMatchObject({ state: { balance: 2 }, revision: 1 });
  });

  it('is shared by all who asked before it began', async () => {
    const { one, here, clock, store } = twoProcesses();
    await here(payIn('a', 1));
    const reads = store.calls.readStream;
    await Promise.all(Array.from({ length: 100 }, async () => one.readFresh(stream, clock.monotonic() + 1_000)));
    expect(store.calls.readStream - reads).toBeLessThanOrEqual(2);
  });

  it('is tried again while the store is down, until the deadline', async () => {
    let down = true;
    const { one, clock } = twoProcesses({ readStream: () => (down ? 'unavailable' : undefined) });
    const patient = one.readFresh(stream, 5_000);
    const failed = expect(one.readFresh(stream, 1_000)).rejects.toMatchObject({ code: 'EVENT_STORE_UNAVAILABLE' });
    await clock.advance(1_000);
    await failed;
    down = false;
    await clock.advance(1_000);
    expect(await patient).toMatchObject({ revision: -1 });
  });
});
