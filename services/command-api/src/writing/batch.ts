import { appendBytes, appendBytesAtMost, type NewEvent, type Revision } from '@shop/event-store';
import type { Decider, Decision } from '../decider.js';

/** What a command came to; `fault` is a bug in its decision, which is its own affair and not that of the others. */
export type Judgement<Event, Refusal> = Decision<Event, Refusal> | { readonly outcome: 'fault'; readonly error: unknown };

export type Batch<Event, Refusal> = {
  /** Of the first commands, in their order; those whose events did not fit into the append come with the next one. */
  readonly judgements: readonly Judgement<Event, Refusal>[];
  readonly facts: readonly Event[];
  /** The same events as the store takes them. */
  readonly events: readonly NewEvent[];
};

/** Whether an outcome is only as true as the state is fresh: neither an append nor a remembered id proves it. */
export const needsFreshState = (judgement: Judgement<unknown, unknown>): boolean => {
  switch (judgement.outcome) {
    case 'accepted':
      return judgement.events.length === 0;
    case 'repeated':
      return !judgement.remembered;
    case 'refused':
    case 'fault':
      return true;
  }
};

type Deciding<State, Command, Event, Refusal, Asked> = {
  readonly decider: Decider<State, Command, Event, Refusal>;
  readonly toNewEvents: (events: readonly Event[], asked: Asked) => readonly NewEvent[];
  readonly maxBytes: number;
};

/** What most batches are, and the short way to them: neither a draft nor a measure is needed where nobody else joins the append. */
const decideOne = <State, Command, Event, Refusal, Asked extends { readonly command: Command }>(
  asked: Asked,
  state: Readonly<State>,
  { decider, toNewEvents }: Deciding<State, Command, Event, Refusal, Asked>,
): Batch<Event, Refusal> => {
  try {
    const decision = decider.decide(asked.command, state);
    if (decision.outcome !== 'accepted' || decision.events.length === 0) return { judgements: [decision], facts: [], events: [] };
    return { judgements: [decision], facts: decision.events, events: toNewEvents(decision.events, asked) };
  } catch (error) {
    return { judgements: [{ outcome: 'fault', error }], facts: [], events: [] };
  }
};

const sumOf = (events: readonly NewEvent[], measure: (event: NewEvent) => number): number => {
  let sum = 0;
  for (const event of events) sum += measure(event);
  return sum;
};

/** Whether an append still holds no more than it may with more events. They are measured only where they might not fit, and then once. */
const fitting = (maxBytes: number) => {
  let atMost = 0;
  let measured = 0;
  let bytes = 0; // of the events measured
  return (events: readonly NewEvent[], more: readonly NewEvent[]): boolean => {
    atMost += sumOf(more, appendBytesAtMost);
    if (atMost <= maxBytes) return true;
    bytes += sumOf(events.slice(measured), appendBytes);
    measured = events.length;
    atMost = bytes + sumOf(more, appendBytes);
    return atMost <= maxBytes;
  };
};

/**
 * Decides commands one after the other, each on what the ones before it leave behind, until their events fill an append.
 * The state stays as it is: what is about to be appended goes into a draft, and is forgotten with it should it not be written.
 */
export const decideBatch = <State, Command, Event, Refusal, Asked extends { readonly command: Command }>(
  commands: readonly Asked[],
  { state, revision }: { readonly state: Readonly<State>; readonly revision: Revision },
  deciding: Deciding<State, Command, Event, Refusal, Asked>,
): Batch<Event, Refusal> => {
  const [first] = commands;
  if (first && commands.length === 1) return decideOne(first, state, deciding);
  const { decider, toNewEvents, maxBytes } = deciding;
  const fits = fitting(maxBytes);
  const judgements: Judgement<Event, Refusal>[] = [];
  const facts: Event[] = [];
  const events: NewEvent[] = [];
  let draft: State | undefined;
  let drafted = 0; // how many of the facts the draft holds: those of the last command are never needed

  for (const asked of commands) {
    for (const fact of facts.slice(drafted)) {
      draft ??= decider.draft(state);
      drafted += 1;
      decider.evolve(draft, fact, revision + drafted);
    }
    try {
      const decision = decider.decide(asked.command, draft ?? state);
      if (decision.outcome === 'accepted' && decision.events.length > 0) {
        const made = toNewEvents(decision.events, asked);
        if (!fits(events, made) && events.length > 0) break;
        events.push(...made);
        facts.push(...decision.events);
      }
      judgements.push(decision);
    } catch (error) {
      judgements.push({ outcome: 'fault', error });
    }
  }
  return { judgements, facts, events };
};
