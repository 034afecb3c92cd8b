import type { Clock } from '@shop/clock';
import { beginning, type Position } from '@shop/event-store';
import { generationId, type Generation, type ReadStore } from '@shop/read-store';
import type { Feeding } from '../engine/feeding.js';
import { loadCheckpoint } from '../engine/generation-state.js';
import { isSame, loadAlias, moveAlias } from '../engine/serving.js';

export type SwitchDependencies = {
  readonly readStore: ReadStore;
  readonly clock: Clock;
  readonly feeding: Feeding;
  readonly waitMs: number;
};

/** The generation to switch to does not come up to the serving one: nobody feeds it, or it has stopped. */
export class NotCaughtUpError extends Error {
  override readonly name = 'NotCaughtUpError';
}

const lookMs = 5;
/** How long the serving generation may be held for the last few events; readers wait for that long at most. */
const holdMs = 1_000;

const positionOf = async (readStore: ReadStore, generation: Generation): Promise<Position> =>
  (await loadCheckpoint(readStore, generation))?.guard ?? beginning;

/**
 * Makes readers follow a generation, by one guarded write, once it is as far as the serving one. The serving one is held between two
 * batches meanwhile where this process feeds it, so that no reader ever sees an older state after the switch than before.
 */
export const switchServing = async ({ readStore, clock, feeding, waitMs }: SwitchDependencies, to: Generation): Promise<void> => {
  const end = clock.monotonic() + waitMs;
  const reaches = async (position: Position, until: number): Promise<boolean> => {
    while ((await positionOf(readStore, to)) < position) {
      if (clock.monotonic() >= until) return false;
      await clock.sleep(lookMs);
    }
    return true;
  };
  const attempt = async (): Promise<boolean> => {
    const alias = await loadAlias(readStore, to.projection);
    if (!alias) return moveAlias(readStore, undefined, to);
    if (isSame(alias.document, to)) return true;
    if (!(await reaches(await positionOf(readStore, alias.document), end)))
      throw new NotCaughtUpError(`${generationId(to)} is behind the serving ${generationId(alias.document)} and does not catch up`);
    const held = feeding.fed().find(({ generation }) => isSame(generation, alias.document))?.runner;
    const move = async () =>
      (await reaches(await positionOf(readStore, alias.document), clock.monotonic() + holdMs)) && moveAlias(readStore, alias, to);
    return held ? held.between(move) : move();
  };
  while (!(await attempt()))
    if (clock.monotonic() >= end) throw new NotCaughtUpError(`${generationId(to)} could not be switched to in time`);
};
