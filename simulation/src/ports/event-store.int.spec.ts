import { afterAll, describe, expect, it } from '@jest/globals';
import { beginning, noStream, type EventStore } from '@shop/event-store';
import { eventStoreContract } from '@shop/event-store/contract';
import { stagingContract } from '@shop/event-store/staging-contract';
import type { Fault } from '../faults/faults.js';
import { watchAppends } from '../judges/sightings.js';
import { openWorld, type OpenWorld } from '../testing/open-world.js';
import { simulatedEventStore } from './event-store.js';
import { simulatedStaging } from './staging.js';
import { simulatedLog, type SimulatedLog } from './simulated-log.js';

const worlds: OpenWorld[] = [];
afterAll(() => worlds.forEach(({ close }) => close()));

const open = (
  on: readonly Fault[] = [],
  seed = 1,
): { readonly world: OpenWorld; readonly log: SimulatedLog; readonly store: EventStore } => {
  const world = openWorld({ on, seed });
  worlds.push(world);
  const log = simulatedLog();
  const { witness } = watchAppends(world.sim, log);
  const parts = { ...world, log, witness, pageEvents: 64 };
  return { world, log, store: simulatedEventStore(parts, world.sim.actor('one')) };
};

let log: SimulatedLog | undefined;
eventStoreContract('the simulated event store', {
  open: async () => {
    const opened = open();
    log = opened.log;
    return opened.store;
  },
  damageSnapshot: async (stream) => {
    log?.snapshots.set(stream, []);
  },
});

stagingContract('the simulated event store', {
  open: () => {
    const world = openWorld();
    worlds.push(world);
    const log = simulatedLog();
    const { witness } = watchAppends(world.sim, log);
    const staging = simulatedStaging({ ...world, log, witness });
    const who = world.sim.actor('one');
    return {
      store: simulatedEventStore({ ...world, log, staging, witness, pageEvents: 64 }, who),
      staging: staging.seenBy(who),
      lose: async () => {
        const losses = staging.seenBy(who).losses();
        while (staging.seenBy(who).losses() === losses) staging.crash();
      },
    };
  },
});

const event = (id: string) => ({ id, type: 'Noted', data: {}, metadata: { version: 1, correlationId: 'r', causationId: 'c' } });

describe('the simulated event store, when things go wrong', () => {
  it('loses an acknowledgement of what it wrote, and knows the retry', async () => {
    const { store, log: written } = open(['append acknowledgement lost'], 3);
    const outcomes: string[] = [];
    for (let revision = 0; revision < 60; revision += 1) {
      const again = () => store.append('product-p', revision - 1, [event(`e${revision}`)]);
      outcomes.push((await again()).outcome);
      expect(written.revisionOf('product-p')).toBe(revision);
      while ((await again()).outcome === 'unknown');
    }
    expect(new Set(outcomes)).toEqual(new Set(['ok', 'unknown']));
    expect(written.all()).toHaveLength(60);
  });

  it('lets nothing of a dead process come back, neither as an answer nor as an error', async () => {
    const world = openWorld();
    worlds.push(world);
    const { sim, faults } = world;
    const mine = simulatedLog();
    const { witness } = watchAppends(sim, mine);
    const actor = sim.actor('dying');
    const store = simulatedEventStore({ sim, faults, log: mine, witness, pageEvents: 64 }, actor);
    let settled = false;
    const settle = () => {
      settled = true;
    };
    void store.append('product-p', noStream, [event('e')]).then(settle, settle);
    void store.head().then(settle, settle);
    const sent = sim.kill(actor);
    for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(settled).toBe(false);
    expect(mine.all()).toEqual([]);
    for (const land of sent) land();
    expect(mine.head() > beginning).toBe(true);
  });
});
