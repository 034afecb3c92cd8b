import { randomUUID } from 'node:crypto';
import { EventStoreDBClient, binaryEvent } from '@eventstore/db-client';
import { afterAll, describe, expect, it, jest } from '@jest/globals';
import { systemClock } from '@shop/clock';
import { eventStoreContract } from '@shop/event-store/contract';
import { openEventStoreDB } from '@shop/event-store/eventstoredb';
import { startEsdbSim, type EsdbSim } from './esdb-sim.js';

jest.setTimeout(30_000); // for busy machines

const quiet = { warn: () => undefined, error: () => undefined };
const open = (url: string) => openEventStoreDB({ url, clock: systemClock, random: Math.random, newId: randomUUID, logger: quiet });

/** Writes a last part whose hash is not that of its bytes. */
const damageSnapshot = (url: () => string) => async (stream: string) => {
  const client = EventStoreDBClient.connectionString(url());
  const metadata = { snapshot: 'damaged', part: 1, parts: 1, hash: 'of other bytes', revision: 4, foldVersion: 1 };
  const event = binaryEvent({ type: 'SnapshotPart', data: Buffer.from('{"available":11}'), metadata });
  await client.appendToStream(`snap-${stream}`, [event], { expectedRevision: 0n, credentials: { username: 'any', password: 'any' } });
  await client.dispose();
};

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

const real = process.env['EVENTSTOREDB_URL'];
eventStoreContract('EventStoreDB', {
  open: () => open(real ?? ''),
  absent: real === undefined || real === '' ? 'EVENTSTOREDB_URL is not set' : undefined,
  damageSnapshot: damageSnapshot(() => real ?? ''),
});
