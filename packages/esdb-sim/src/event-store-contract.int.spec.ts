import { randomUUID } from 'node:crypto';
import { afterAll, describe, expect, it, jest } from '@jest/globals';
import { systemClock } from '@shop/clock';
import { eventStoreContract } from '@shop/event-store/contract';
import { openEventStoreDB } from '@shop/event-store/eventstoredb';
import { startEsdbSim, type EsdbSim } from './esdb-sim.js';
import { damageSnapshot } from './testing/damage-snapshot.js';

jest.setTimeout(30_000); // for busy machines

const quiet = { warn: () => undefined, error: () => undefined };
const open = (url: string) => openEventStoreDB({ url, clock: systemClock, random: Math.random, newId: randomUUID, logger: quiet });

let sim: EsdbSim | undefined;
afterAll(async () => sim?.stop());
eventStoreContract('EventStoreDB (simulated)', {
  open: async () => {
    sim = await startEsdbSim();
    return open(sim.url);
  },
  damageSnapshot: damageSnapshot(() => sim?.url ?? ''),
});

describe('the contract on the simulator', () => {
  it('was kept without a batch append, and with no more than 64 calls at once', () => {
    expect(sim?.batchAppends()).toBe(0);
    expect(sim?.inFlight().most).toBeLessThanOrEqual(64 + 5);
  });
});
