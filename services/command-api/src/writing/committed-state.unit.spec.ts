import { describe, expect, it } from '@jest/globals';
import { manualClock } from '@shop/clock';
import type { EventStore, Snapshot } from '@shop/event-store';
import { keyed } from '../keyed.js';
import { faultyEventStore, type FaultScript } from '../testing/faulty-event-store.js';
import { memoryEventStore } from '../testing/memory-event-store.js';
import { asking, label, openTills, payIn, takeOut, tillCodec, type TillEvent } from '../testing/till.js';

const stream = 'wallet-1';
const turn = () => new Promise((resolve) => setImmediate(resolve));
const clock = manualClock();
const silent: { readonly debug: (fields: object) => void; readonly error: (fields: object) => void } = {
  debug: () => undefined,
  error: () => undefined,
};
const openOn = (store: EventStore, snapshotEvery = 10, logger = silent) => openTills(store, { clock, settings: { snapshotEvery }, logger });
const filled = async (payments: number, script: FaultScript = {}) => {
  const inner = memoryEventStore();
  const store = faultyEventStore(inner, script);
  const tills = openOn(store);
  for (let index = 0; index < payments; index += 1) await tills.execute(stream, payIn(`p${index}`, 1), asking(clock));
  await turn();
  return { inner, store, tills };
};
const freshOf = (tills: ReturnType<typeof openTills>) => tills.readFresh(stream, clock.monotonic() + 1_000);

describe('a snapshot', () => {
  it('is written behind every so many events, and saves the next process from reading them', async () => {
    const { inner, store, tills } = await filled(25);
    expect(store.calls.writeSnapshot).toBe(2);
    expect(await inner.readSnapshot(stream)).toMatchObject({ revision: 19, foldVersion: tillCodec.version });
    const from: number[] = [];
    const next = openOn(faultyEventStore(inner, { readStream: (_call, _stream, fromRevision) => void from.push(fromRevision) }));
    expect(await freshOf(next)).toEqual(await freshOf(tills));
    expect(from).toEqual([19]); // the last event in the snapshot too: it proves that the stream reaches that far
  });

  it('holds nothing of an append that is not acknowledged', async () => {
    let acknowledge = (): void => undefined;
    const until = new Promise<void>((resolve) => {
      acknowledge = resolve;
    });
    const { inner, tills } = await filled(9, { append: ({ call }) => (call === 10 ? { fault: 'slow-answer', until } : undefined) });
    const tenth = tills.execute(stream, payIn('p9', 1), asking(clock));
    await turn();
    expect(await inner.readSnapshot(stream)).toBeUndefined();
    acknowledge();
    await tenth;
    await turn();
    expect(await inner.readSnapshot(stream)).toMatchObject({ revision: 9 });
  });

  it.each<[string, (stored: Snapshot | undefined) => Snapshot | undefined]>([
    ['missing', () => undefined],
    [
      'of another version of the fold',
      (stored) => stored && { ...stored, foldVersion: 99, state: { balance: 1, label: 'wrong', payments: [] } },
    ],
    ['of another shape', (stored) => stored && { ...stored, state: { balance: 'much' } }],
    [
      'older than the last one',
      () => ({
        revision: 0,
        foldVersion: 1,
        state: tillCodec.toJson({
          balance: 1,
          label: '',
          payments: keyed<TillEvent>([['p0', { type: 'PaidIn', data: { paymentId: 'p0', amount: 1, balance: 1 } }]]),
        }),
      }),
    ],
    [
      'not readable',
      () => {
        throw new Error('broken disk');
      },
    ],
  ])('that is %s changes no answer', async (_, readSnapshot) => {
    const { inner, tills } = await filled(25);
    const next = openOn(faultyEventStore(inner, { readSnapshot }));
    expect(await freshOf(next)).toEqual(await freshOf(tills));
    expect(await next.execute(stream, payIn('p3', 1), asking(clock))).toMatchObject({ outcome: 'repeated' });
  });

  it('of a large state, which takes long, leaves the requests a long pause until the next one', async () => {
    let spent = 0;
    const slow = { ...clock, monotonic: () => clock.monotonic() + spent };
    const store = faultyEventStore(memoryEventStore());
    const codec: typeof tillCodec = {
      ...tillCodec,
      toJson: (state) => {
        spent += 20;
        return tillCodec.toJson(state);
      },
    };
    const tills = openTills(store, { clock: slow, codec, settings: { snapshotEvery: 10 } });
    const pay = async (from: number) => {
      for (let index = from; index < from + 50; index += 1) await tills.execute(stream, payIn(`p${index}`, 1), asking(slow));
    };
    await pay(0);
    expect(store.calls.writeSnapshot).toBe(1);
    await clock.advance(1_000);
    await pay(50);
    expect(store.calls.writeSnapshot).toBe(2);
  });

  it('of a state that remembers more and more comes less and less often', async () => {
    const at: number[] = [];
    const tills = openOn({ ...memoryEventStore(), writeSnapshot: async (_stream, { revision }) => void at.push(revision) });
    for (let index = 0; index < 200; index += 1) await tills.execute(stream, payIn(`p${index}`, 1), asking(clock));
    expect(at).toEqual([9, 19, 39, 79, 159]);
  });

  it('that cannot be written disturbs nobody and is tried again later', async () => {
    const { inner, store } = await filled(20, { writeSnapshot: (call) => (call === 1 ? 'unavailable' : undefined) });
    expect(store.calls.writeSnapshot).toBe(2);
    expect(await inner.readSnapshot(stream)).toMatchObject({ revision: 19 });
  });
});

describe('an event that this code does not understand', () => {
  const strange = (inner: EventStore, revision: number) =>
    inner.append(stream, revision - 1, [
      { id: `strange-${revision}`, type: 'TillStolen', data: {}, metadata: { version: 1, correlationId: 'c', causationId: 'c' } },
    ]);

  it('closes its stream to every command and read, and no other stream', async () => {
    const { inner, store, tills } = await filled(3);
    await strange(inner, 3);
    const tries = [payIn('p9', 1), takeOut('p10', 99), label('x')].map((command) => tills.execute(stream, command, asking(clock)));
    const advanced = clock.advance(500);
    for (const answer of await Promise.allSettled([...tries, freshOf(tills)]))
      expect(answer).toMatchObject({ reason: { code: 'EVENT_STORE_UNAVAILABLE' } });
    await advanced;
    await expect(tills.execute(stream, payIn('p1', 1), asking(clock))).rejects.toMatchObject({ code: 'EVENT_STORE_UNAVAILABLE' });
    expect(store.appends.at(-1)?.expectedRevision).toBe(2); // never appended past it
    expect(await tills.execute('wallet-2', payIn('a', 1), asking(clock))).toMatchObject({ outcome: 'accepted' });
  });

  it('closes its stream even to what is remembered, as soon as a read has met it', async () => {
    const { inner, store, tills } = await filled(3);
    await strange(inner, 3);
    await expect(freshOf(tills)).rejects.toMatchObject({ code: 'EVENT_STORE_UNAVAILABLE' });
    for (const command of [payIn('p1', 1), payIn('p9', 1)])
      await expect(tills.execute(stream, command, asking(clock))).rejects.toMatchObject({ code: 'EVENT_STORE_UNAVAILABLE' });
    expect(store.appends).toHaveLength(3);
  });

  it('raises an alarm naming stream and revision, now and then', async () => {
    const inner = memoryEventStore();
    await strange(inner, 0);
    const alarms: object[] = [];
    const tills = openOn(inner, 10, { debug: () => undefined, error: (fields) => void alarms.push(fields) });
    for (let index = 0; index < 20; index += 1) await expect(freshOf(tills)).rejects.toMatchObject({ code: 'EVENT_STORE_UNAVAILABLE' });
    await expect(tills.execute(stream, payIn('a', 1), asking(clock))).rejects.toMatchObject({ code: 'EVENT_STORE_UNAVAILABLE' });
    expect(alarms).toMatchObject([{ alarm: 'unknown-event', stream, revision: 0 }]);
    await clock.advance(60_000);
    await expect(freshOf(tills)).rejects.toMatchObject({ code: 'EVENT_STORE_UNAVAILABLE' });
    expect(alarms).toHaveLength(2);
  });
});

describe('a read that breaks off', () => {
  it('goes on where it ended', async () => {
    const { inner } = await filled(100);
    const from: number[] = [];
    const script: FaultScript = {
      readSnapshot: () => undefined,
      readStream: (call, _stream, fromRevision) => {
        from.push(fromRevision);
        return call === 1 ? 'breaks-off' : undefined;
      },
    };
    const reading = freshOf(openOn(faultyEventStore(inner, script)));
    await clock.advance(500);
    expect(await reading).toMatchObject({ state: { balance: 100 }, revision: 99 });
    expect(from).toEqual([0, 64]);
  });
});
