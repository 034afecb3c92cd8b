import { ReadStoreUnavailableError, type Query, type ReadStore, type Stored } from '@shop/read-store';
import type { Actor, Simulation } from '../core/simulation.js';
import type { Faults } from '../faults/faults.js';
import type { SimulatedDocuments } from './simulated-documents.js';

export type ReadStoreParts = {
  readonly sim: Simulation;
  readonly documents: SimulatedDocuments;
  readonly faults: Faults;
  /** Documents that a scan reads at a time. */
  readonly scanDocuments: number;
};

const slowest = 4_000;
const longestOutage = 20_000;

// eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- whoever names the collection knows what is in it, as with every store
const typed = <Document extends object>(stored: Stored<object>): Stored<Document> => stored as Stored<Document>;

/** The documents as one process sees them: every call waits for the scheduler, and may go wrong. */
export const simulatedReadStore = (parts: ReadStoreParts, who: Actor): ReadStore => {
  const { sim, documents, faults, scanDocuments } = parts;
  const { random } = sim;
  let closed = false;

  /** For everybody, for a while. */
  const isDown = (): boolean => {
    if (faults.strikes('read store down')) documents.outage.until = sim.now() + random() * longestOutage;
    return !faults.ended() && sim.now() < documents.outage.until;
  };
  const call = async (point: string, about: string): Promise<void> => {
    await sim.step(who, point, about);
    if (closed || isDown()) throw new ReadStoreUnavailableError('down, as the seed has it');
    if (faults.strikes('read store slow')) await sim.sleep(who, random() ** 3 * slowest);
  };
  const timedOut = () => new ReadStoreUnavailableError('no answer, as the seed has it');

  return {
    ensureCollection: async (collection) => {
      await call('ensure', collection);
      documents.ensure(collection);
    },
    collections: async () => {
      await call('collections', '');
      return documents.collections();
    },
    dropCollection: async (collection) => {
      await call('drop', collection);
      documents.drop(collection);
    },
    load: async <Document extends object>(collection: string, ids: readonly string[]) => {
      await call('load', collection);
      const found = documents.load(collection, ids);
      if (random() < 0.1) await sim.step(who, 'load answer', collection);
      return new Map([...found].map(([id, stored]) => [id, typed<Document>(stored)]));
    },
    write: async (collection, writes) => {
      const apply = (some: typeof writes) => some.filter((write) => documents.write(collection, write)).length;
      await sim.step(who, 'write', collection, () => void apply(writes));
      if (closed || isDown()) throw new ReadStoreUnavailableError('down, as the seed has it');
      if (faults.strikes('read store slow')) await sim.sleep(who, random() ** 3 * slowest);
      if (writes.length > 1 && faults.strikes('half a bulk applied')) {
        apply(writes.filter(() => random() < 0.5));
        throw timedOut();
      }
      const applied = apply(writes);
      await sim.step(who, 'write answer', collection);
      if (faults.strikes('timed out yet applied')) throw timedOut();
      return applied;
    },
    remove: async (collection, id, guard) => {
      await call('remove', collection);
      const removed = documents.remove(collection, id, guard);
      if (faults.strikes('timed out yet applied')) throw timedOut();
      return removed;
    },
    find: async <Document extends object>(collection: string, query: Query) => {
      await call('find', collection);
      return documents.find(collection, query).map((stored) => typed<Document>(stored));
    },
    scan: async function* <Document extends object>(collection: string, query: Pick<Query, 'where' | 'order'>) {
      for (let last: Stored<object> | undefined; ;) {
        await call('scan', collection);
        const page = documents.findAfter(collection, { ...query, limit: scanDocuments }, last);
        for (const stored of page) yield typed<Document>(stored);
        last = page.at(-1);
        if (!last || page.length < scanDocuments) return;
      }
    },
    count: async (collection, where) => {
      await call('count', collection);
      return documents.count(collection, where);
    },
    watch: (watched, changed) => {
      let told = true;
      const tell = (collection: string): void => {
        if (collection !== watched || !told || !who.alive) return;
        told = false;
        const late = faults.strikes('word of a change lost') ? sim.sleep(who, random() * slowest) : Promise.resolve();
        void late
          .then(() => sim.step(who, 'word of a change', watched))
          .then(() => {
            told = true;
            if (documents.onChanged.has(tell)) changed();
          });
      };
      documents.onChanged.add(tell);
      return () => void documents.onChanged.delete(tell);
    },
    takeLease: async (name, owner, ttlMs) => {
      await call('take lease', name);
      if (faults.strikes('lease lost')) documents.forgetLeases();
      const lease = documents.takeLease(name, owner, ttlMs, sim.now());
      return lease && { name, owner, epoch: lease.epoch };
    },
    releaseLease: async ({ name, owner, epoch }) => {
      await call('release lease', name);
      documents.releaseLease(name, owner, epoch);
    },
    close: async () => {
      closed = true;
    },
  };
};

const nothing = async (): Promise<never> => {
  throw new Error('the audit only reads');
};

/** The documents as they stand, at once and without fail: for the audit at the end. */
export const documentsAsTheyStand = (documents: SimulatedDocuments): ReadStore => ({
  ensureCollection: nothing,
  collections: async () => documents.collections(),
  dropCollection: nothing,
  load: async <Document extends object>(collection: string, ids: readonly string[]) =>
    new Map([...documents.load(collection, ids)].map(([id, stored]) => [id, typed<Document>(stored)])),
  write: nothing,
  remove: nothing,
  find: async <Document extends object>(collection: string, query: Query) =>
    documents.find(collection, query).map((stored) => typed<Document>(stored)),
  scan: async function* <Document extends object>(collection: string, query: Pick<Query, 'where' | 'order'>) {
    for (const stored of documents.find(collection, { ...query, limit: Infinity })) yield typed<Document>(stored);
  },
  count: async (collection, where) => documents.count(collection, where),
  watch: () => () => undefined,
  takeLease: nothing,
  releaseLease: nothing,
  close: async () => undefined,
});
