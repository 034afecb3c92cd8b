import type { Clock } from '@shop/clock';
import type { Lease, ReadStore } from '../read-store.js';
import type { Database } from './database.js';

type Held = { readonly lease: Lease; readonly until: number };

const epochs = '"_leases"';

/**
 * Holders and their time live in memory: one process owns the file, so with it every holder has gone and a restart waits for nobody.
 * Epochs are on disk, so that they rise over restarts too.
 */
export const leases = (database: Database, clock: Clock): Pick<ReadStore, 'takeLease' | 'releaseLease'> => {
  const held = new Map<string, Held>();
  database.define(`CREATE TABLE IF NOT EXISTS ${epochs} (name TEXT PRIMARY KEY, epoch INTEGER NOT NULL) WITHOUT ROWID`);

  const nextEpoch = (name: string): number => {
    database.run(`INSERT INTO ${epochs} VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET epoch = epoch + 1`, [name]);
    return database.number(`SELECT CAST(epoch AS INTEGER) FROM ${epochs} WHERE name = ?`, [name]);
  };
  return {
    takeLease: async (name, owner, ttlMs) => {
      database.throwIfStopped();
      const now = clock.monotonic();
      const current = held.get(name);
      const stands = current !== undefined && current.until > now;
      if (stands && current.lease.owner !== owner) return undefined;
      const lease = stands ? current.lease : { name, owner, epoch: nextEpoch(name) };
      held.set(name, { lease, until: now + ttlMs });
      return lease;
    },
    releaseLease: async ({ name, owner, epoch }) => {
      const current = held.get(name)?.lease;
      if (current?.owner === owner && current.epoch === epoch) held.delete(name);
    },
  };
};
