import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { systemClock } from '@shop/clock';
import { beginning, toPosition, type Position } from '@shop/event-store';
import { generationId, type Generation, type ReadStore } from '@shop/read-store';
import { openEmbeddedReadStore } from '@shop/read-store/embedded';
import { balances } from '../balances/balances.js';
import type { Feeding } from '../engine/feeding.js';
import { createCheckpoint, loadCheckpoint, moveCheckpoint } from '../engine/generation-state.js';
import { loadAlias, moveAlias } from '../engine/serving.js';
import { NotCaughtUpError, switchServing } from './switch.js';

const old: Generation = { projection: 'balances', version: 1, generation: 1 };
const built: Generation = { projection: 'balances', version: 1, generation: 2 };
let readStore: ReadStore;

beforeEach(async () => {
  readStore = await openEmbeddedReadStore({ inMemory: true, clock: systemClock });
  for (const generation of [old, built]) await createCheckpoint(readStore, generation);
  await moveAlias(readStore, undefined, old);
});
afterEach(() => readStore.close());

const stands = async (generation: Generation, position: Position): Promise<void> => {
  const now = await loadCheckpoint(readStore, generation);
  if (!now || !(await moveCheckpoint(readStore, now.guard, position, now.document))) throw new Error(`${generationId(generation)} moved`);
};
const serving = async () => (await loadAlias(readStore, 'balances'))?.document.generation;

/** Feeds the old generation: `lastBatch` is what it still finishes when it is asked to hold. */
const feedingWith = (lastBatch: () => Promise<void>): Feeding => ({
  fed: () => [
    {
      projection: balances,
      generation: old,
      serving: true,
      runner: {
        status: () => ({ state: 'following', position: beginning, eventsDone: 0, reason: null, parked: [], failure: null }),
        run: async () => undefined,
        between: async (work) => {
          await lastBatch();
          return work();
        },
        retry: async () => false,
      },
    },
  ],
  add: () => undefined,
  release: async () => undefined,
  look: async () => undefined,
  run: async () => undefined,
});

const switchWith = (lastBatch: () => Promise<void>, waitMs = 2_000) =>
  switchServing({ readStore, clock: systemClock, feeding: feedingWith(lastBatch), waitMs }, built);

describe('switching to another generation', () => {
  it('holds the serving one and waits for what its last batch has shown to readers', async () => {
    await stands(old, toPosition(5));
    await stands(built, toPosition(5));
    let servingWhileBehind: number | undefined;
    let caughtUp: Promise<void> = Promise.resolve();
    await switchWith(async () => {
      await stands(old, toPosition(9));
      caughtUp = (async () => {
        await systemClock.sleep(40);
        servingWhileBehind = await serving();
        await stands(built, toPosition(9));
      })();
    });
    await caughtUp;

    expect(servingWhileBehind).toBe(1);
    expect(await serving()).toBe(2);
    expect((await loadAlias(readStore, 'balances'))?.document.previous).toEqual(old);
  });

  it('is refused where the other does not come up to the serving one', async () => {
    await stands(old, toPosition(5));

    await expect(switchWith(async () => undefined, 30)).rejects.toThrow(NotCaughtUpError);
    expect(await serving()).toBe(1);
  });

  it('to the one that serves already changes nothing', async () => {
    await moveAlias(readStore, await loadAlias(readStore, 'balances'), built);
    const before = await loadAlias(readStore, 'balances');
    await switchWith(async () => undefined);

    expect(await loadAlias(readStore, 'balances')).toEqual(before);
  });
});
