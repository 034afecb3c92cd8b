import { randomUUID } from 'node:crypto';
import { afterAll, jest } from '@jest/globals';
import { systemClock } from '@shop/clock';
import { findEventStoreDb, type Engine } from '@shop/engines';
import { eventStoreContract } from '@shop/event-store/contract';
import { openEventStoreDB } from '@shop/event-store/eventstoredb';
import { damageSnapshot } from './testing/damage-snapshot.js';

jest.setTimeout(30_000); // for busy machines

const found = await findEventStoreDb();
let engine: Engine | undefined;
afterAll(async () => engine?.stop(), 20_000);

const quiet = { warn: () => undefined, error: () => undefined };
eventStoreContract(`EventStoreDB (${found.where ?? 'by its client'})`, {
  open: async () => {
    engine = await found.start?.();
    return openEventStoreDB({ url: engine?.address ?? '', clock: systemClock, random: Math.random, newId: randomUUID, logger: quiet });
  },
  absent: found.absent,
  damageSnapshot: damageSnapshot(() => engine?.address ?? ''),
});
