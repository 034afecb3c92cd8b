import { expect } from '@jest/globals';
import type { Decider } from '../decider.js';

const isIterable = (value: unknown): value is Iterable<unknown> => typeof value === 'object' && value !== null && Symbol.iterator in value;

/** Everything that a state holds, in order, as plain JSON: equal for equal states, whether they keep Maps or drafts of them. */
export const contentOf = (state: unknown): unknown =>
  JSON.parse(JSON.stringify(state, (_key, value: unknown) => (isIterable(value) ? [...value] : value)));

export const fold = <State, Command, Event, Refusal>(
  { initialState, evolve }: Decider<State, Command, Event, Refusal>,
  events: readonly Event[],
): State => {
  const state = initialState();
  events.forEach((event, revision) => evolve(state, event, revision));
  return state;
};

/** `given(events).when(command)` and one of the three ends; each also proves that deciding left the state as it was. */
export const specFor =
  <State, Command, Event, Refusal>(decider: Decider<State, Command, Event, Refusal>) =>
  (...history: readonly Event[]) => ({
    when: (command: Command) => {
      const decideAfter = (events: readonly Event[]) => {
        const state = Object.freeze(fold(decider, events));
        const before = contentOf(state);
        const decision = decider.decide(command, state);
        expect(contentOf(state)).toEqual(before);
        return decision;
      };
      const accepts = (events: readonly Event[]) => expect(decideAfter(history)).toEqual({ outcome: 'accepted', events });
      return {
        /** Exactly these, in this order; asked again the command is quiet, answering from the same events or from the state as it is. */
        thenEvents: (...events: readonly Event[]) => {
          accepts(events);
          const again = decideAfter([...history, ...events]);
          expect(again.outcome).toBe('repeated');
          if (again.outcome === 'repeated' && again.events.length > 0) expect(again.events).toEqual(events);
        },
        /** For a command that is bound to a revision, which its own events move on: asked again it is refused. */
        thenEventsThenRefused: (events: readonly Event[], refusal: Refusal) => {
          accepts(events);
          expect(decideAfter([...history, ...events])).toEqual({ outcome: 'refused', refusal });
        },
        /** Writes nothing. With events: answers from exactly these. */
        thenRepeated: (...events: readonly Event[]) => expect(decideAfter(history)).toMatchObject({ outcome: 'repeated', events }),
        thenRefused: (refusal: Refusal) => expect(decideAfter(history)).toEqual({ outcome: 'refused', refusal }),
      };
    },
  });
