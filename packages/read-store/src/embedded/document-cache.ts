import type { Stored } from '../read-store.js';

/**
 * The documents used last, parsed: folding hot ones needs neither read nor parse. Exact only because one process owns the file
 * and every write passes here. Documents are values: nobody changes one that was handed out.
 */
export type DocumentCache = {
  readonly get: (collection: string, id: string) => Stored<object> | undefined;
  readonly put: (collection: string, stored: Stored<object>, size: number) => void;
  readonly forget: (collection: string, id: string) => void;
  readonly forgetAll: (collection: string) => void;
};

type Entry = { readonly stored: Stored<object>; readonly size: number };

/** @param room characters of JSON kept at most */
export const documentCache = (room: number): DocumentCache => {
  const collections = new Map<string, Map<string, Entry>>();
  let used = 0;

  const drop = (entries: Map<string, Entry>, id: string): void => {
    const entry = entries.get(id);
    if (!entry) return;
    entries.delete(id);
    used -= entry.size;
  };
  // A collection pays for its own growth with its oldest; only one that is empty by then lets the others pay.
  const makeRoom = (own: Map<string, Entry>): void => {
    for (const entries of [own, ...collections.values()]) {
      for (const id of entries.keys()) {
        if (used <= room) return;
        drop(entries, id);
      }
    }
  };
  const entriesOf = (collection: string): Map<string, Entry> => {
    const known = collections.get(collection);
    if (known) return known;
    const entries = new Map<string, Entry>();
    collections.set(collection, entries);
    return entries;
  };

  return {
    get: (collection, id) => {
      const entries = collections.get(collection);
      const entry = entries?.get(id);
      if (!entries || !entry) return undefined;
      entries.delete(id);
      entries.set(id, entry);
      return entry.stored;
    },
    put: (collection, stored, size) => {
      const entries = entriesOf(collection);
      drop(entries, stored.id);
      entries.set(stored.id, { stored, size });
      used += size;
      if (used > room) makeRoom(entries);
    },
    forget: (collection, id) => {
      const entries = collections.get(collection);
      if (entries) drop(entries, id);
    },
    forgetAll: (collection) => {
      for (const { size } of collections.get(collection)?.values() ?? []) used -= size;
      collections.delete(collection);
    },
  };
};
