import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Decider, Decision, StateCodec } from '../decider.js';
import { contentOf, fold } from './spec-for.js';

type Laws<State, Command, Event extends { readonly type: string }, Refusal> = {
  readonly decider: Decider<State, Command, Event, Refusal>;
  readonly snapshot: StateCodec<State>;
  readonly command: fc.Arbitrary<Command>;
  /** What the shop's own processes never send after these events. */
  readonly isSent?: (command: Command, history: readonly Event[]) => boolean;
  /** Every one of them must come up, or the law would prove less than it says. */
  readonly eventTypes: readonly Event['type'][];
  /** Throws where the history breaks an invariant. By its own arithmetic: it uses neither `decide` nor `evolve`. */
  readonly audit: (history: readonly Event[]) => void;
};

const runs = { numRuns: 100, seed: 20260105, endOnFailure: false };

/** What must hold for any decider and any commands, whatever they are about. */
export const deciderLaws = <State, Command, Event extends { readonly type: string }, Refusal>(
  laws: Laws<State, Command, Event, Refusal>,
): void => {
  const { decider, snapshot, isSent = () => true, eventTypes, audit } = laws;
  const commands = fc.array(laws.command, { maxLength: 60, size: 'max' });

  /** One command after the other, each with an append of its own. */
  const oneByOne = (sent: readonly Command[]) => {
    const state = decider.initialState();
    const history: Event[] = [];
    const decisions: Decision<Event, Refusal>[] = [];
    const taken = sent.filter((command) => {
      if (!isSent(command, history)) return false;
      const before = contentOf(state);
      const decision = decider.decide(command, Object.freeze({ ...state }));
      expect(decider.decide(command, state)).toEqual(decision);
      expect(contentOf(state)).toEqual(before);
      decisions.push(decision);
      if (decision.outcome === 'accepted') for (const event of decision.events) decider.evolve(state, event, history.push(event) - 1);
      return true;
    });
    return { state, history, decisions, taken };
  };

  it('decides every command, the same way each time, and leaves the state alone; every event keeps the invariants', () => {
    const seen = new Map<string, number>();
    fc.assert(
      fc.property(commands, (sent) => {
        const { history } = oneByOne(sent);
        audit(history);
        for (const { type } of history) seen.set(type, (seen.get(type) ?? 0) + 1);
      }),
      runs,
    );
    expect(eventTypes.filter((type) => (seen.get(type) ?? 0) < 10)).toEqual([]);
  });

  it('comes to the same state from all events at once, step by step, and from a snapshot and the rest', () => {
    fc.assert(
      fc.property(commands, fc.nat(60), (sent, cut) => {
        const { state, history } = oneByOne(sent);
        const at = Math.min(cut, history.length);
        const stored = JSON.stringify(snapshot.toJson(fold(decider, history.slice(0, at))));
        const restored = snapshot.fromJson(JSON.parse(stored));
        history.slice(at).forEach((event, index) => decider.evolve(restored, event, at + index));
        expect(contentOf(fold(decider, history))).toEqual(contentOf(state));
        expect(contentOf(restored)).toEqual(contentOf(state));
      }),
      runs,
    );
  });

  it('decides a batch on a draft as it would one by one, and a dropped draft leaves no trace', () => {
    fc.assert(
      fc.property(commands, fc.nat(60), (sent, cut) => {
        const { state, history, decisions, taken } = oneByOne(sent);
        const first = oneByOne(taken.slice(0, cut));
        const before = contentOf(first.state);
        const draft = decider.draft(first.state);
        let revision = first.history.length;
        const batch = taken.slice(cut).map((command) => {
          const decision = decider.decide(command, draft);
          if (decision.outcome === 'accepted') for (const event of decision.events) decider.evolve(draft, event, revision++);
          return decision;
        });
        expect(batch).toEqual(decisions.slice(cut));
        expect(contentOf(draft)).toEqual(contentOf(state));
        expect(contentOf(first.state)).toEqual(before);
        history.slice(first.history.length).forEach((event, index) => decider.evolve(first.state, event, first.history.length + index));
        expect(contentOf(first.state)).toEqual(contentOf(state));
      }),
      runs,
    );
  });
};
