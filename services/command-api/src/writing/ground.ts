import type { EventStore, Position, Staging } from '@shop/event-store';
import { Problem } from '@shop/http';
import { isOutcomeUnknown } from '../faults.js';
import { oneAtATime } from './one-at-a-time.js';

/** What work rests on that began at some time: on nothing that was lost up to then, and on all that has been staged since. */
export type Footing = {
  readonly losses: number;
  /** The first batch that this work wrote into; 0 for an append that it waited for. */
  wroteIn: number | undefined;
};

/**
 * Where a store stages appends, commands are decided on events that are not on disk yet. Losing them is to the command side what a crash is:
 * whatever was begun before ends there, and what it left open is swept. Where a store does not, there is no footing, and nothing to wait for.
 */
export type Ground = {
  readonly staging: Staging | undefined;
  /** For work that begins now, before it looks at anything. */
  readonly stand: () => Footing | undefined;
  /** Whether nothing has been lost since. */
  readonly holds: (footing: Footing | undefined) => boolean;
  /**
   * Resolves when everything that this work rests on, what it wrote included, is on disk. Undefined where it is. `fault`: what it ended with.
   * @throws Problem `EVENT_STORE_UNAVAILABLE` (no effect) or `OUTCOME_UNKNOWN` where something was lost; never where the fault leaves the outcome open
   */
  readonly firm: (footing: Footing | undefined, fault?: unknown) => Promise<void> | undefined;
};

/** Position of the end of the log with all that this process has staged, read after the call. @throws EventStoreUnavailableError */
export const headOf = (eventStore: Pick<EventStore, 'head'>, { staging }: Ground): (() => Promise<Position>) =>
  oneAtATime(async () => (staging ? staging.head() : eventStore.head()));

export const ground = (staging?: Staging): Ground => {
  const holds: Ground['holds'] = (footing) => footing === undefined || staging === undefined || footing.losses === staging.losses();

  const throwIfLost = (footing: Footing, cause: unknown): void => {
    if (holds(footing) || (cause !== undefined && isOutcomeUnknown(cause))) return;
    const loss = staging?.lastLoss();
    const isLost = loss?.certain === true && footing.losses + 1 === staging?.losses() && (footing.wroteIn ?? Infinity) >= loss.from;
    throw new Problem(footing.wroteIn === undefined || isLost ? 'EVENT_STORE_UNAVAILABLE' : 'OUTCOME_UNKNOWN', {}, { cause });
  };

  return {
    staging,
    stand: () => staging && { losses: staging.losses(), wroteIn: undefined },
    holds,
    firm: (footing, fault) => {
      if (!staging || !footing) return undefined;
      const settled = staging.settled();
      if (settled) return settled.then(() => throwIfLost(footing, fault));
      throwIfLost(footing, fault);
      return undefined;
    },
  };
};
