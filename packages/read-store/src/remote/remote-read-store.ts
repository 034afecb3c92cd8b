import { readPages, type OfferedPages } from '@shop/thread-calls';
import { watchers } from '../embedded/watchers.js';
import type { ReadStore, Stored } from '../read-store.js';
import type { OfferedReadStore, Scan } from './offered-read-store.js';

type Told<Arguments extends readonly unknown[]> = { readonly asEvent: (...about: Arguments) => Promise<void> };

/** `OfferedReadStore` as another thread calls it; errors that cross need `ReadStoreUnavailableError` among those known there. */
export type ReadStoreCalls = Omit<OfferedReadStore, 'endScan' | 'watch'> & {
  readonly endScan: Told<[reading: number]>;
  readonly watch: Told<[collection: string]>;
};

export type RemoteReadStore = {
  readonly store: ReadStore;
  /** To be called when the other thread tells of a change. */
  readonly changed: (collection: string) => void;
};

/** Where the other thread has ended there is nobody to tell, and whoever waits for an answer of it learns that. */
const tell = (told: Promise<void>): void => void told.catch(() => undefined);

/** A read store of another thread of this process. */
export const remoteReadStore = (calls: ReadStoreCalls): RemoteReadStore => {
  const pages: OfferedPages<Scan, readonly Stored<object>[]> = {
    next: calls.nextOfScan,
    end: (reading) => tell(calls.endScan.asEvent(reading)),
  };
  const scans = readPages(pages);
  const watching = watchers();
  return {
    store: {
      ensureCollection: calls.ensureCollection,
      collections: calls.collections,
      dropCollection: calls.dropCollection,
      load: calls.load,
      write: calls.write,
      remove: calls.remove,
      find: calls.find,
      scan: async function* <Document extends object>(collection: string, query: Scan['query']) {
        for await (const page of scans({ collection, query }))
          // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- the caller names what it stored in this collection
          yield* page as readonly Stored<Document>[];
      },
      count: calls.count,
      ...(calls.newestGuard && { newestGuard: calls.newestGuard }),
      watch: (collection, changed) => {
        tell(calls.watch.asEvent(collection));
        return watching.watch(collection, changed);
      },
      takeLease: calls.takeLease,
      releaseLease: calls.releaseLease,
      close: calls.close,
    },
    changed: watching.tell,
  };
};
