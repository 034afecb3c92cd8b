import { describe, expect, it } from '@jest/globals';
import { appendBytes, type NewEvent } from '@shop/event-store';
import fc from 'fast-check';
import { keyed } from '../keyed.js';
import { label, payIn, takeOut, till, type Till, type TillCommand, type TillEvent } from '../testing/till.js';
import { decideBatch, type Judgement } from './batch.js';

const toNewEvents = (events: readonly TillEvent[]): NewEvent[] =>
  events.map(({ type, data }) => ({ id: 'id', type, data, metadata: { version: 1, correlationId: 'c', causationId: 'c' } }));
const decideTogether = (commands: readonly TillCommand[], state: Till, maxBytes = 1_000_000) =>
  decideBatch(
    commands.map((command) => ({ command })),
    { state, revision: -1 },
    { decider: till, toNewEvents, maxBytes },
  );

const oneByOne = (commands: readonly TillCommand[]): Judgement<TillEvent, unknown>[] => {
  const state = till.initialState();
  return commands.map((command) => {
    const decision = till.decide(command, state);
    if (decision.outcome === 'accepted') for (const event of decision.events) till.evolve(state, event, 0);
    return decision;
  });
};

const command = fc.oneof(
  fc.record({
    type: fc.constantFrom('PayIn' as const, 'TakeOut' as const),
    paymentId: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    amount: fc.nat(9),
  }),
  fc.record({ type: fc.constant('Label' as const), label: fc.constantFrom('x', 'y') }),
);

describe('commands decided together', () => {
  it('come to what they would come to one after the other', () =>
    fc.assert(
      fc.property(fc.array(command, { maxLength: 30 }), (commands) => {
        expect(decideTogether(commands, till.initialState()).judgements).toEqual(oneByOne(commands));
      }),
      { numRuns: 1_000 },
    ));

  it('leave the state as it was', () => {
    const state: Till = { balance: 10, label: '', payments: keyed() };
    decideTogether([payIn('a', 5), takeOut('b', 15), label('x'), payIn('c', 1)], state);
    expect(state).toEqual({ balance: 10, label: '', payments: keyed() });
  });

  it('wait for the next append where their events would make this one too large', () => {
    const commands = [payIn('a', 5), payIn('b', 5), takeOut('c', 99), payIn('d', 5)];
    const [one] = toNewEvents([{ type: 'PaidIn', data: { paymentId: 'a', amount: 5, balance: 15 } }]);
    const { judgements, events } = decideTogether(commands, till.initialState(), one ? 2 * appendBytes(one) : 0);
    expect(judgements.map(({ outcome }) => outcome)).toEqual(['accepted', 'accepted', 'refused']);
    expect(events).toHaveLength(2);
  });

  it('are measured a few times at most, however many of them there are', () => {
    let written = 0;
    const counting = (events: readonly TillEvent[]): NewEvent[] =>
      toNewEvents(events).map((event) => {
        const toJSON = () => {
          written += 1;
          return event.data;
        };
        return { ...event, data: { ...event.data, toJSON } };
      });
    const commands = Array.from({ length: 500 }, (_, index) => ({ command: payIn(`p${index}`, 1) }));
    const roomForMost = 400 * 160;
    const { events } = decideBatch(
      commands,
      { state: till.initialState(), revision: -1 },
      { decider: till, toNewEvents: counting, maxBytes: roomForMost },
    );
    expect(events.length).toBeGreaterThan(300);
    expect(written).toBeGreaterThan(0);
    expect(written).toBeLessThan(4 * events.length);
  });

  it('take no harm from a bug in the rules for one of them', () => {
    const { judgements, facts } = decideTogether([payIn('a', 5), { type: 'Break' }, takeOut('b', 5)], till.initialState());
    expect(judgements.map(({ outcome }) => outcome)).toEqual(['accepted', 'fault', 'accepted']);
    expect(facts.map(({ type }) => type)).toEqual(['PaidIn', 'TakenOut']);
  });
});
