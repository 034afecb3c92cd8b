import type { Clock } from '@shop/clock';
import { holdsReadModel } from '../projection-state.js';
import type { Query, ReadStore, Stored } from '../read-store.js';
import { openInFolder, openInMemory } from './database.js';
import { documentCache } from './document-cache.js';
import { leases } from './leases.js';
import { newestGuards } from './newest-guards.js';
import { modelDocuments, type ModelDocuments } from './model-documents.js';
import { stateDocuments, type StateDocuments } from './state-documents.js';
import { tables } from './tables.js';
import { watchers } from './watchers.js';
import { writeBehind } from './write-behind.js';

export type EmbeddedReadStoreOptions = (
  | {
      /** The data folder, which one process owns; it must exist. */
      readonly folder: string;
      readonly inMemory?: undefined;
    }
  | {
      readonly folder?: undefined;
      /** Keeps nothing over a restart; for tests. */
      readonly inMemory: true;
    }
) & {
  readonly clock: Clock;
  /** Told when the file has to be built again from the log. */
  readonly log?: (message: string) => void;
  /** About how many characters of JSON may have their documents kept parsed, per collection. */
  readonly cacheSize?: number;
};

/* eslint-disable @typescript-eslint/consistent-type-assertions -- the caller names what it stored in this collection */
const trusted = <Document extends object>(found: readonly Stored<object>[]) => found as readonly Stored<Document>[];
const trustedById = <Document extends object>(found: ReadonlyMap<string, Stored<object>>) => found as ReadonlyMap<string, Stored<Document>>;
const trustedOneByOne = <Document extends object>(found: Iterable<Stored<object>>) => found as Iterable<Stored<Document>>;
/* eslint-enable @typescript-eslint/consistent-type-assertions */

const newestFirst: Query = { where: [], order: [{ field: 'guard', direction: 'descending' }], limit: 1 };

/** The read store of one process, in one file of its data folder. @throws ReadStoreUnavailableError where the file cannot be opened, or another process has it */
export const openEmbeddedReadStore = async (options: EmbeddedReadStoreOptions): Promise<ReadStore> => {
  const { folder, clock, log = () => undefined, cacheSize = 8 * 1024 * 1024 } = options;
  const database = folder === undefined ? openInMemory() : openInFolder(folder, log);
  const collections = tables(database);
  const newest = newestGuards(database);
  const models = modelDocuments(database, collections, documentCache(cacheSize), newest);
  const states = stateDocuments(database, collections);
  const file = writeBehind(models, states);
  const { watch, tell } = watchers();
  const documentsOf = (collection: string) => (holdsReadModel(collection) ? models : states);
  const changed = (collection: string): void => {
    file.noted();
    tell(collection);
  };
  const query = <Answer>(collection: string, ask: (documents: ModelDocuments | StateDocuments) => Answer): Answer => {
    const answer = ask(documentsOf(collection));
    file.queried(collection);
    return answer;
  };
  return {
    ensureCollection: async (collection, indexes) => {
      models.keepNoRows(collection);
      collections.ensure(collection, indexes);
    },
    collections: async () => collections.names(),
    dropCollection: async (collection) => {
      newest.forget(collection);
      collections.drop(collection);
      documentsOf(collection).forget(collection);
      file.startOver();
      tell(collection);
    },
    load: async <Document extends object>(collection: string, ids: readonly string[]) =>
      trustedById<Document>(documentsOf(collection).load(collection, ids)),
    write: async (collection, writes) => {
      if (writes.length === 0) return 0;
      file.makeRoom();
      const applied = documentsOf(collection).write(collection, writes);
      if (applied > 0) changed(collection);
      return applied;
    },
    remove: async (collection, id, guard) => {
      const removed = documentsOf(collection).remove(collection, id, guard);
      if (removed) changed(collection);
      return removed;
    },
    find: async <Document extends object>(collection: string, wanted: Query) =>
      trusted<Document>(query(collection, (documents) => documents.find(collection, wanted))),
    scan: async function* <Document extends object>(collection: string, query: Pick<Query, 'where' | 'order'>) {
      yield* trustedOneByOne<Document>(documentsOf(collection).scan(collection, query));
    },
    count: async (collection, where) => query(collection, (documents) => documents.count(collection, where)),
    newestGuard: async (collection) => {
      if (!collections.has(collection)) return undefined;
      return holdsReadModel(collection) ? newest.of(collection) : states.find(collection, newestFirst)[0]?.guard;
    },
    watch,
    ...leases(database, clock),
    close: async () => {
      file.finish();
      database.close();
    },
  };
};
