import { LRUCache } from 'lru-cache';
import type { Stored } from '../read-store.js';

/**
 * The documents used last, parsed, in the version that stands in the file: folding hot ones needs neither read nor parse. Exact only
 * because one process owns the file and every write passes here. Documents are values: nobody changes one that was handed out.
 */
export type DocumentCache = {
  readonly get: (collection: string, id: string) => Stored<object> | undefined;
  /** Without counting it as used. */
  readonly peek: (collection: string, id: string) => Stored<object> | undefined;
  readonly put: (collection: string, stored: Stored<object>, size: number) => void;
  readonly forget: (collection: string, id: string) => void;
  readonly forgetAll: (collection: string) => void;
};

/** @param room characters of JSON kept at most, of each collection: one that only grows must not push out the hot documents of another */
export const documentCache = (room: number): DocumentCache => {
  const collections = new Map<string, LRUCache<string, Stored<object>>>();
  const documentsOf = (collection: string): LRUCache<string, Stored<object>> => {
    const known = collections.get(collection);
    if (known) return known;
    const documents = new LRUCache<string, Stored<object>>({ maxSize: Math.max(room, 1) });
    collections.set(collection, documents);
    return documents;
  };
  return {
    get: (collection, id) => collections.get(collection)?.get(id),
    peek: (collection, id) => collections.get(collection)?.peek(id),
    put: (collection, stored, size) => {
      // One that alone is larger than all the room must not leave its older version behind.
      documentsOf(collection).delete(stored.id);
      if (size <= room) documentsOf(collection).set(stored.id, stored, { size });
    },
    forget: (collection, id) => {
      collections.get(collection)?.delete(id);
    },
    forgetAll: (collection) => {
      collections.delete(collection);
    },
  };
};
