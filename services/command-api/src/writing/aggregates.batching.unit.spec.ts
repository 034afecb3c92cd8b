import { describe, expect, it } from '@jest/globals';
import { manualClock } from '@shop/clock';
import { appendBytes } from '@shop/event-store';
import fc from 'fast-check';
import { faultyEventStore, type FaultScript } from '../testing/faulty-event-store.js';
import { memoryEventStore } from '../testing/memory-event-store.js';
import { asking, historyOf, openTills, payIn, takeOut, label, type TillAnswer, type TillCommand } from '../testing/till.js';
import type { CommandContext } from './execute.js';
import type { WritingMetrics } from './metrics.js';

const gate = () => {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
};
const turn = () => new Promise((resolve) => setImmediate(resolve));

const shopOn = (
  script: FaultScript = {},
  { maxAppendBytes = 1_000_000, ...options }: { readonly maxAppendBytes?: number } & Parameters<typeof openTills>[1] = {},
) => {
  const clock = manualClock();
  const store = faultyEventStore(memoryEventStore({ maxAppendBytes }), script);
  const tills = openTills(store, { clock, ...options });
  const send = (command: TillCommand, change: Partial<CommandContext> = {}, stream = 'wallet-1') =>
    tills.execute(stream, command, asking(clock, change));
  return { clock, store, tills, send };
};

const anyCommand: fc.Arbitrary<TillCommand> = fc.oneof(
  fc.record({
    type: fc.constantFrom('PayIn' as const, 'TakeOut' as const),
    paymentId: fc.nat(60).map((id) => `p${id}`),
    amount: fc.nat(9),
  }),
  fc.record({ type: fc.constant('Label' as const), label: fc.constantFrom('red', 'blue') }),
);
const withoutPosition = (answer: TillAnswer) =>
  answer.outcome === 'refused' ? answer : { outcome: answer.outcome, events: answer.events };

describe('the writer of a stream', () => {
  it('appends a lone command at once', async () => {
    const { store, send } = shopOn();
    await send(payIn('a', 5));
    let turned = false;
    setImmediate(() => {
      turned = true;
    });
    expect(await send(payIn('b', 5))).toMatchObject({ outcome: 'accepted', events: [{ data: { balance: 10 } }] });
    expect(turned).toBe(false); // nothing is waited for, not even the next turn
    expect(store.appends).toHaveLength(2);
  });

  it('writes a hundred commands that wait together with one or two appends', async () => {
    const { store, send } = shopOn();
    const answers = await Promise.all(Array.from({ length: 100 }, (_, index) => send(payIn(`p${index}`, 1))));
    expect(store.appends.length).toBeLessThanOrEqual(2);
    expect(answers.map((answer) => answer.outcome !== 'refused' && answer.events[0]?.data)).toEqual(
      Array.from({ length: 100 }, (_, index) => ({ paymentId: `p${index}`, amount: 1, balance: index + 1 })),
    );
  });

  it('gives a hundred commands in one append what they would get one after the other', () =>
    fc.assert(
      fc.asyncProperty(fc.array(anyCommand, { minLength: 1, maxLength: 100 }), async (commands) => {
        const together = shopOn();
        const apart = shopOn();
        const answers = await Promise.all(commands.map((command) => together.send(command)));
        const expected: TillAnswer[] = [];
        for (const command of commands) expected.push(await apart.send(command));
        expect(together.store.appends.length).toBeLessThanOrEqual(1);
        expect(answers.map(withoutPosition)).toEqual(expected.map(withoutPosition));
        expect(await historyOf(together.store, 'wallet-1')).toEqual(await historyOf(apart.store, 'wallet-1'));
      }),
      { numRuns: 200 },
    ));

  it('gathers what comes while an append is under way into the next one', async () => {
    const slow = gate();
    const { store, send } = shopOn({ append: ({ call }) => (call === 1 ? { fault: 'slow', until: slow.opened } : undefined) });
    const first = send(payIn('a', 1));
    await turn();
    const rest = Array.from({ length: 50 }, (_, index) => send(payIn(`p${index}`, 1)));
    await turn();
    expect(store.appends).toHaveLength(1);
    slow.open();
    await Promise.all([first, ...rest]);
    expect(store.appends.map(({ events }) => events.length)).toEqual([1, 50]);
  });

  it('answers nobody before the append is known, neither a refusal nor a repeat', async () => {
    const slow = gate();
    const { store, send } = shopOn({ append: ({ call }) => (call === 2 ? { fault: 'slow', until: slow.opened } : undefined) });
    await send(payIn('a', 10));
    const answered: string[] = [];
    const noting = async (name: string, command: TillCommand) => {
      const { outcome } = await send(command);
      answered.push(`${name} ${outcome}`);
    };
    const waiting = gate();
    const all = [waiting.opened.then(() => noting('lone', payIn('b', 1)))];
    waiting.open();
    await turn();
    all.push(noting('taken', takeOut('c', 11)), noting('too much', takeOut('d', 1)), noting('again', takeOut('c', 11)));
    await turn();
    expect(store.appends).toHaveLength(2);
    expect(answered).toEqual([]);
    slow.open();
    await Promise.all(all);
    expect(answered).toEqual(['lone accepted', 'taken accepted', 'too much refused', 'again repeated']);
    expect(store.appends).toHaveLength(3);
  });

  it('answers a repeat only after the append of what it repeats has landed', async () => {
    const slow = gate();
    const { send, tills, clock } = shopOn({ append: ({ call }) => (call === 2 ? { fault: 'slow', until: slow.opened } : undefined) });
    await send(payIn('a', 10));
    let answers = 0;
    const both = [payIn('b', 1), payIn('b', 1)].map((command) =>
      tills.execute('wallet-1', command, asking(clock)).then(({ outcome }) => {
        answers += 1;
        return outcome;
      }),
    );
    await turn();
    expect(answers).toBe(0);
    slow.open();
    expect(await Promise.all(both)).toEqual(['accepted', 'repeated']);
  });

  it('never puts more into an append than the store takes', async () => {
    const { store, send } = shopOn({}, { maxAppendBytes: 1_000 });
    await Promise.all(Array.from({ length: 40 }, (_, index) => send(payIn(`p${index}`, 1))));
    const sizes = store.appends.map(({ events }) => events.reduce((sum, event) => sum + appendBytes(event), 0));
    expect(Math.max(...sizes)).toBeLessThanOrEqual(1_000);
    expect(Math.min(...sizes.slice(1, -1))).toBeGreaterThan(700);
    expect(await historyOf(store, 'wallet-1')).toHaveLength(40);
  });

  it('writes down who asked and why beside every event', async () => {
    const { store, send } = shopOn();
    await send(payIn('a', 5), { correlationId: 'r1', causationId: 'c1', actor: 'user-1', traceparent: '00-1-2-01' });
    await send(payIn('b', 5), { correlationId: 'r2', causationId: 'c2' });
    const history = await historyOf(store, 'wallet-1');
    expect(history.map(({ id }) => id)).toEqual(['one-1', 'one-2']);
    expect(history.map(({ metadata }) => metadata)).toEqual([
      { version: 1, correlationId: 'r1', causationId: 'c1', actor: 'user-1', traceparent: '00-1-2-01' },
      { version: 1, correlationId: 'r2', causationId: 'c2' },
    ]);
  });

  it('names the position of the append, and of the head where nothing was written', async () => {
    const { store, send } = shopOn();
    await send(payIn('a', 5));
    await send(payIn('x', 5), {}, 'wallet-2');
    expect(await send(payIn('b', 5))).toMatchObject({ outcome: 'accepted', position: '0000000000000003' });
    await send(payIn('y', 5), {}, 'wallet-2');
    expect(await send(payIn('a', 5))).toMatchObject({ outcome: 'repeated', position: '0000000000000004' });
    expect(store.calls.head).toBe(1);
  });

  it('asks for the head once for all repeats that wait together', async () => {
    const { store, send } = shopOn();
    await send(payIn('a', 5));
    await Promise.all(Array.from({ length: 50 }, () => send(payIn('a', 5))));
    expect(store.calls.head).toBeLessThanOrEqual(2);
    expect(store.appends).toHaveLength(1);
  });

  it('asks for the head once for repeats on many streams that wait together', async () => {
    const { store, send } = shopOn();
    const streams = Array.from({ length: 50 }, (_, index) => `wallet-${index}`);
    await Promise.all(streams.map((stream) => send(payIn('a', 5), {}, stream)));
    await Promise.all(streams.map((stream) => send(payIn('a', 5), {}, stream)));
    expect(store.calls.head).toBeLessThanOrEqual(2);
  });

  it('lets a bug in the rules fail its own command alone', async () => {
    const { send } = shopOn();
    const [before, bug, after] = await Promise.allSettled([send(payIn('a', 5)), send({ type: 'Break' }), send(takeOut('b', 5))]);
    expect([before, after]).toMatchObject([{ value: { outcome: 'accepted' } }, { value: { outcome: 'accepted' } }]);
    expect(bug).toMatchObject({ reason: { message: 'the rules are broken' } });
  });

  it('turns clients away at once when the queue of a stream is full, but never what finishes an order', async () => {
    const slow = gate();
    const { send } = shopOn({ append: () => ({ fault: 'slow', until: slow.opened }) }, { settings: { queueLimit: 3 } });
    const taken = ['a', 'b', 'c'].map((id) => send(payIn(id, 1)));
    await expect(send(payIn('d', 1))).rejects.toMatchObject({ code: 'OVERLOADED' });
    const finishing = send(payIn('e', 1), { origin: 'recovery' });
    const elsewhere = send(payIn('a', 1), {}, 'wallet-2');
    slow.open();
    expect((await Promise.all([...taken, finishing, elsewhere])).map(({ outcome }) => outcome)).toEqual(Array(5).fill('accepted'));
    expect(await send(payIn('d', 1))).toMatchObject({ outcome: 'accepted' });
  });

  it('finishes what it holds when it stops, and takes nothing new', async () => {
    const slow = gate();
    const { send, tills } = shopOn({ append: () => ({ fault: 'slow', until: slow.opened }) });
    const taken = [send(payIn('a', 1)), send(payIn('b', 1))];
    let stopped = false;
    const stop = tills.stop().then(() => {
      stopped = true;
    });
    await turn();
    expect(stopped).toBe(false);
    await expect(send(payIn('c', 1))).rejects.toMatchObject({ code: 'OVERLOADED' });
    slow.open();
    await stop;
    expect((await Promise.all(taken)).map(({ outcome }) => outcome)).toEqual(['accepted', 'accepted']);
  });

  it('forgets the streams that were not used for longest', async () => {
    const { send, store } = shopOn({}, { settings: { cachedStreams: 2 } });
    for (const stream of ['wallet-1', 'wallet-2', 'wallet-1', 'wallet-3'])
      await send(payIn(`${stream}-${store.appends.length}`, 1), {}, stream);
    const reads = store.calls.readStream;
    await send(payIn('more', 1), {}, 'wallet-1');
    expect(store.calls.readStream).toBe(reads);
    await send(payIn('more', 1), {}, 'wallet-2');
    expect(store.calls.readStream).toBe(reads + 1);
  });

  it('keeps one writer for a stream, however many others are busy', async () => {
    const { opened, open } = gate();
    const { send, store } = shopOn(
      { append: ({ call }) => (call === 1 ? { fault: 'slow', until: opened } : undefined) },
      { settings: { cachedStreams: 1 } },
    );
    const busy = send(payIn('a', 1), {}, 'wallet-1');
    await turn();
    const others = [send(payIn('b', 1), {}, 'wallet-2'), send(payIn('c', 1), {}, 'wallet-2')];
    await Promise.all(others);
    expect(store.appends.map(({ stream }) => stream)).toEqual(['wallet-1', 'wallet-2']);
    open();
    await busy;
  });

  it('keeps the states of streams that exist, however many names are asked for that do not', async () => {
    const { send, store, tills, clock } = shopOn({}, { settings: { cachedStreams: 2 } });
    await send(payIn('a', 1));
    for (let index = 0; index < 10; index += 1) await tills.readFresh(`wallet-none-${index}`, clock.monotonic() + 1_000);
    const reads = store.calls.readStream;
    await send(payIn('b', 1));
    expect(store.calls.readStream).toBe(reads);
  });

  it('reports appends, commands in them, conflicts and unknown outcomes', async () => {
    const seen: string[] = [];
    const metrics: WritingMetrics = {
      appended: (kind, commands, events) => seen.push(`${kind}: ${commands} commands, ${events} events`),
      conflicted: (kind) => seen.push(`${kind}: conflict`),
      outcomeUnknown: (kind) => seen.push(`${kind}: unknown`),
      queued: (kind, commands) => seen.push(`${kind}: ${commands} queued`),
    };
    const { clock, send } = shopOn(
      {
        append: ({ call }) =>
          call === 1 ? { fault: 'unknown', written: false } : call === 2 ? { fault: 'conflict', revision: 0 } : undefined,
      },
      { metrics },
    );
    const both = Promise.all([send(label('x')), send(takeOut('a', 5))]);
    await clock.advance(2_000);
    await both;
    expect(seen).toEqual(['till: 2 queued', 'till: unknown', 'till: conflict', 'till: 2 queued', 'till: 2 commands, 1 events']);
  });
});
