import { describe, expect, it } from '@jest/globals';
import { manualClock } from '@shop/clock';
import { EventStoreUnavailableError } from '@shop/event-store';
import { faultyEventStore, type AppendFault, type FaultScript } from '../testing/faulty-event-store.js';
import { memoryEventStore } from '../testing/memory-event-store.js';
import { asking, historyOf, openTills, payIn, takeOut, type TillCommand } from '../testing/till.js';

const stream = 'wallet-1';
const shopOn = (script: FaultScript) => {
  const clock = manualClock();
  const inner = memoryEventStore();
  const store = faultyEventStore(inner, script);
  const tills = openTills(store, { clock });
  const other = openTills(inner, { clock, process: 'two' });
  const send = (command: TillCommand, withinMs = 10_000) => tills.execute(stream, command, asking(clock, { withinMs }));
  const recover = (command: TillCommand) => tills.execute(stream, command, { ...asking(clock, { withinMs: 10_000 }), origin: 'recovery' });
  const elsewhere = (command: TillCommand) => other.execute(stream, command, asking(clock));
  return { clock, inner, store, send, recover, elsewhere };
};
const first = (fault: AppendFault): FaultScript => ({ append: ({ call }) => (call === 1 ? fault : undefined) });
/** How each answer ended and when, on the test's clock. */
const endings = (clock: ReturnType<typeof manualClock>, answers: readonly Promise<{ outcome: string }>[]) => {
  const ends: string[] = [];
  answers.forEach((answer, index) => {
    const note = (what: string) => {
      ends[index] = `${what} at ${clock.monotonic()}`;
    };
    answer.then(
      ({ outcome }) => note(outcome),
      (error: { code: string }) => note(error.code),
    );
  });
  return ends;
};

describe('an append of unknown outcome', () => {
  it.each([{ written: true }, { written: false }])(
    'is repeated identically and ends with the events there once (written before: $written)',
    async ({ written }) => {
      const { clock, inner, store, send } = shopOn(first({ fault: 'unknown', written }));
      const answers = Promise.all([send(payIn('a', 1)), send(payIn('b', 1))]);
      await clock.advance(1_000);
      expect((await answers).map(({ outcome }) => outcome)).toEqual(['accepted', 'accepted']);
      const [one, again] = store.appends;
      expect(again).toEqual({ ...one, call: 2 });
      expect(await historyOf(inner, stream)).toHaveLength(2);
    },
  );

  it('holds its stream back until it is known', async () => {
    const { clock, store, send } = shopOn({ append: ({ call }) => (call < 4 ? { fault: 'unknown', written: true } : undefined) });
    const one = send(payIn('a', 1));
    await clock.advance(0);
    const next = send(payIn('b', 1));
    await clock.advance(5_000);
    await Promise.all([one, next]);
    expect(store.appends.map(({ events }) => events.length)).toEqual([1, 1, 1, 1, 1]);
    expect(new Set(store.appends.slice(0, 4).map(({ events }) => events[0]?.id)).size).toBe(1);
  });

  it('that turns out a conflict is definite: decided again on what the others wrote', async () => {
    const { clock, inner, send, elsewhere } = shopOn(first({ fault: 'unknown', written: false }));
    const answer = send(payIn('a', 1));
    await clock.advance(0);
    await elsewhere(payIn('b', 10));
    await clock.advance(1_000);
    expect(await answer).toMatchObject({ outcome: 'accepted', events: [{ data: { balance: 11 } }] });
    expect(await historyOf(inner, stream)).toHaveLength(2);
  });

  it('is answered to each command at its own deadline, as what may have happened to it', async () => {
    const { clock, send, store } = shopOn({ append: () => ({ fault: 'unknown', written: false }) });
    const answers = [send(payIn('x', 5), 500), send(payIn('a', 5), 3_000), send(payIn('a', 5), 2_000), send(takeOut('b', 99), 1_000)];
    const ends = endings(clock, answers);
    await clock.advance(200);
    answers.push(send(payIn('c', 1), 600));
    const late = endings(clock, answers.slice(4));
    await clock.advance(4_000);
    expect(ends).toEqual([
      'OUTCOME_UNKNOWN at 500',
      'OUTCOME_UNKNOWN at 3000',
      'OUTCOME_UNKNOWN at 2000',
      'EVENT_STORE_UNAVAILABLE at 1000',
    ]);
    expect(late).toEqual(['EVENT_STORE_UNAVAILABLE at 800']); // it waited behind the append and was never decided
    expect(store.appends.flatMap(({ events }) => events).some(({ data }) => 'paymentId' in data && data.paymentId === 'c')).toBe(false);
  });

  it('goes on being tried until its last command is out of time, so the stream knows where it stands', async () => {
    let down = true;
    const { clock, inner, send, store } = shopOn({ append: () => (down ? { fault: 'unknown', written: false } : undefined) });
    const answers = [send(payIn('a', 1), 9_000)];
    await clock.advance(0);
    expect(store.appends).toHaveLength(1);
    const ends = endings(clock, answers);
    await clock.advance(8_000);
    down = false;
    await clock.advance(1_000);
    expect(ends).toEqual([expect.stringMatching(/^accepted/)]);
    expect(await historyOf(inner, stream)).toHaveLength(1);
  });

  it('that lands late is found by the next command', async () => {
    const { clock, inner, store, send } = shopOn({ append: ({ call }) => (call <= 3 ? { fault: 'lands-late' } : undefined) });
    const lost = expect(send(payIn('a', 10), 15)).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
    await clock.advance(2_000);
    await lost;
    expect(await historyOf(inner, stream)).toEqual([]);
    await store.landLate();
    const next = Promise.all([send(takeOut('b', 4)), send(payIn('a', 10))]);
    await clock.advance(2_000);
    expect((await next).map(({ outcome }) => outcome)).toEqual(['accepted', 'repeated']);
    expect(await historyOf(inner, stream)).toMatchObject([{ data: { balance: 10 } }, { data: { balance: 6 } }]);
  });

  it('that lands between the reading and the append of the next command makes that one decide again', async () => {
    const script: FaultScript = {
      append: ({ call }) => {
        if (call === 1) return { fault: 'lands-late' };
        return call === 2 ? { fault: 'slow', until: store.landLate() } : undefined;
      },
    };
    const { clock, inner, store, send } = shopOn(script);
    const lost = expect(send(payIn('a', 10), 1)).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
    await clock.advance(1);
    await lost;
    const next = send(payIn('b', 5));
    await clock.advance(1_000);
    expect(await next).toMatchObject({ outcome: 'accepted', events: [{ data: { balance: 15 } }] });
    expect(await historyOf(inner, stream)).toHaveLength(2);
  });

  it('whose call never returns keeps nobody beyond the deadline, and nothing overtakes it', async () => {
    let answer = (): void => undefined;
    const until = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const { clock, inner, store, send } = shopOn(first({ fault: 'slow', until }));
    const answers = [send(payIn('a', 1), 1_000), send(payIn('b', 1), 1_500)];
    const ends = endings(clock, answers);
    await clock.advance(3_000);
    expect(ends).toEqual(['OUTCOME_UNKNOWN at 1000', 'OUTCOME_UNKNOWN at 1500']);
    const next = send(payIn('c', 1));
    await clock.advance(100);
    expect(store.appends).toHaveLength(1);
    answer();
    expect(await next).toMatchObject({ outcome: 'accepted' });
    expect(await historyOf(inner, stream)).toHaveLength(3);
  });

  it('is not what a fault is: that fails its commands, and the stream goes on', async () => {
    const { send } = shopOn(first({ fault: 'throws', error: new RangeError('no JSON') }));
    await expect(send(payIn('a', 1))).rejects.toThrow('no JSON');
    expect(await send(payIn('a', 1))).toMatchObject({ outcome: 'accepted' });
  });
});

describe('a store that surely took nothing, such as on a full disk', () => {
  const full = (call: number): AppendFault | undefined =>
    call < 3 ? { fault: 'throws', error: new EventStoreUnavailableError('full') } : undefined;

  it('turns clients away at once, without effect, and takes the next ones when it has room again', async () => {
    const { clock, inner, store, send } = shopOn({ append: ({ call }) => full(call) });
    const ends = endings(clock, [send(payIn('a', 1)), send(payIn('b', 1))]);
    await clock.advance(0);
    expect(ends).toEqual(['EVENT_STORE_UNAVAILABLE at 0', 'EVENT_STORE_UNAVAILABLE at 0']);
    const later = send(payIn('a', 1));
    await clock.advance(1_000);
    await expect(later).rejects.toMatchObject({ code: 'EVENT_STORE_UNAVAILABLE' });
    const last = send(payIn('a', 1));
    await clock.advance(1_000);
    expect(await last).toMatchObject({ outcome: 'accepted' });
    expect(store.appends).toHaveLength(3);
    expect(await historyOf(inner, stream)).toHaveLength(1);
  });

  it('goes on being asked by what finishes orders', async () => {
    const { clock, recover } = shopOn({ append: ({ call }) => full(call) });
    const finished = recover(payIn('a', 1));
    await clock.advance(3_000);
    expect(await finished).toMatchObject({ outcome: 'accepted' });
  });

  it('proves nothing about an earlier try of the same append', async () => {
    const { clock, inner, send } = shopOn({
      append: ({ call }) => (call === 1 ? { fault: 'unknown', written: true } : call < 4 ? full(2) : undefined),
    });
    const answer = send(payIn('a', 1));
    await clock.advance(5_000);
    expect(await answer).toMatchObject({ outcome: 'accepted' });
    expect(await historyOf(inner, stream)).toHaveLength(1);
  });
});

describe('a deadline', () => {
  it('that has passed means the command is never decided', async () => {
    const { clock, inner, store, send } = shopOn({});
    await clock.advance(100);
    await expect(send(payIn('a', 1), 0)).rejects.toMatchObject({ code: 'EVENT_STORE_UNAVAILABLE' });
    await clock.advance(100);
    expect(store.appends).toEqual([]);
    expect(await historyOf(inner, stream)).toEqual([]);
  });

  it('ends the patience with a store that cannot be read', async () => {
    const { clock, store, send } = shopOn({ readStream: () => 'unavailable' });
    const ends = endings(clock, [send(payIn('a', 1), 1_000), send(takeOut('b', 1), 2_000)]);
    await clock.advance(3_000);
    expect(ends).toEqual(['EVENT_STORE_UNAVAILABLE at 1000', 'EVENT_STORE_UNAVAILABLE at 2000']);
    expect(store.appends).toEqual([]);
  });

  it('leaves time for a store that comes back', async () => {
    const { clock, send } = shopOn({
      readStream: (call) => (call < 4 ? 'unavailable' : undefined),
      head: (call) => (call < 3 ? 'unavailable' : undefined),
    });
    const answers = Promise.all([send(payIn('a', 1)), send(takeOut('b', 9))]);
    await clock.advance(5_000);
    expect((await answers).map(({ outcome }) => outcome)).toEqual(['accepted', 'refused']);
    const again = send(payIn('a', 1));
    await clock.advance(5_000);
    expect(await again).toMatchObject({ outcome: 'repeated' });
  });
});
