import type { Position } from '@shop/event-store';
import type { Now } from './at-once.js';
import type { Footing } from './ground.js';

/** Who asks, for how long, and what goes into the metadata of the events. */
export type CommandContext = {
  readonly correlationId: string;
  readonly causationId: string;
  readonly actor?: string;
  readonly traceparent?: string;
  /** Monotonic milliseconds of the clock: past it the command is never decided, and answered. */
  readonly deadline: number;
  /** Clients' commands are turned away when a queue is full; what finishes an order (release, sell, return, void, take out) never is. */
  readonly origin: 'client' | 'recovery';
  /** Where the store stages appends: of the work that the command is part of. It is not decided once something has been lost since. */
  readonly footing?: Footing | undefined;
};

export type Executed<Event, Refusal> =
  /** `position`: one that contains the effect: of the append, or the head read for it where nothing was written. */
  | { readonly outcome: 'accepted' | 'repeated'; readonly events: readonly Event[]; readonly position: Position }
  | { readonly outcome: 'refused'; readonly refusal: Refusal };

/**
 * Decides a command on its stream and appends what it comes to. No promise where the append could be staged at once: it holds for whoever
 * goes on in this process, and for anybody else once the ground is firm.
 * @throws Problem `OVERLOADED`, `WRITE_CONTENTION`, `EVENT_STORE_UNAVAILABLE` (no effect) or `OUTCOME_UNKNOWN` (the effect may have happened)
 */
export type Execute<Command, Event, Refusal> = (stream: string, command: Command, context: CommandContext) => Now<Executed<Event, Refusal>>;

/** A state of a stream and its last revision. Not to be changed by the reader. */
export type Fresh<State> = { readonly state: Readonly<State>; readonly revision: number };

/**
 * The state of a stream, holding everything acknowledged before the call. No promise where the store knows without asking that the state is that.
 * It goes on: it takes in what is written later, never what is not acknowledged yet. Who needs it as it was reads it at once.
 * @throws Problem `EVENT_STORE_UNAVAILABLE`
 */
export type ReadFresh<State> = (stream: string, deadline: number) => Now<Fresh<State>>;

/** A stream family's door: one per process and kind of stream. */
export type Aggregates<State, Command, Event, Refusal> = {
  readonly execute: Execute<Command, Event, Refusal>;
  readonly readFresh: ReadFresh<State>;
  /** The state as this process saw it last, without asking the store: others may have written since. Undefined where it is not in memory. */
  readonly lastSeen: (stream: string) => Fresh<State> | undefined;
  /** Resolves when every command taken has been answered; new ones are refused with `OVERLOADED`. */
  readonly stop: () => Promise<void>;
};
