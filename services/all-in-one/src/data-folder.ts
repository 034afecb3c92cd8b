import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '@shop/clock';
import type { Position, Staging } from '@shop/event-store';
import { openEmbeddedEventStore, type EmbeddedEventStore } from '@shop/event-store/embedded';
import { stateCollections, type ReadStore } from '@shop/read-store';
import { openEmbeddedReadStore } from '@shop/read-store/embedded';
import type { Logger } from 'pino';

export type Stores = {
  readonly eventStore: EmbeddedEventStore;
  /** Of the event store, as long as nothing stands before it. */
  readonly staging?: Staging | undefined;
  readonly readStore: ReadStore;
  readonly close: () => Promise<void>;
};

type LogMark = { readonly logId: string };
const markOf = 'log';

/** Documents are written before the checkpoint, so one of them may be ahead where no checkpoint is. */
const knowsMoreThan = async (head: Position, readStore: ReadStore): Promise<boolean> => {
  const newestFirst = { where: [], order: [{ field: 'guard', direction: 'descending' }], limit: 1 } as const;
  const counted: readonly string[] = [stateCollections.serving, stateCollections.parked, stateCollections.skipped, markOf]; // guards there are no positions
  const newestIn = async (collection: string) =>
    readStore.newestGuard ? readStore.newestGuard(collection) : (await readStore.find(collection, newestFirst))[0]?.guard;
  const collections = (await readStore.collections()).filter((collection) => !counted.includes(collection));
  const newest = await Promise.all(collections.map(newestIn));
  return newest.some((guard) => guard !== undefined && guard > head);
};

/**
 * Read models belong to one log and never know more than it. Where they do not fit (an events.db was restored, exchanged or lost) everything
 * folded from another past is dropped, the feed's place in it too, and folded again: an answer from a lost future would look exact.
 */
const dropForeignReadModels = async ({ eventStore, readStore }: Omit<Stores, 'close'>, logger: Logger): Promise<void> => {
  const mark = (await readStore.load<LogMark>(markOf, [markOf])).get(markOf);
  const isAhead = await knowsMoreThan(await eventStore.head(), readStore);
  if (!isAhead && mark?.document.logId === eventStore.logId) return;
  if (isAhead || mark) {
    logger.warn('the read models were folded from another events.db; they are built again from this one, and the feed is sent again');
    for (const collection of await readStore.collections()) await readStore.dropCollection(collection);
  }
  await readStore.write<LogMark>(markOf, [{ id: markOf, guard: '0', from: null, document: { logId: eventStore.logId } }]);
};

export type FolderTools = { readonly clock: Clock; readonly logger: Logger };

/** Opens the read models of a folder whose event store this process has. */
export type OpenReadStore = (folder: string, tools: FolderTools, eventStore: EmbeddedEventStore) => Promise<ReadStore>;

export const openReadStoreHere: OpenReadStore = (folder, { clock, logger }) =>
  openEmbeddedReadStore({ folder, clock, log: (message) => logger.warn(message) });

/**
 * Opens what a data folder holds; the event store comes first, as its lock says who owns the folder.
 * @throws DataFolderInUseError, DamagedLogError
 */
export const openStores = async (folder: string, tools: FolderTools, openReadStore = openReadStoreHere): Promise<Stores> => {
  const { logger } = tools;
  const eventStore = await openEmbeddedEventStore({ folder, log: (message) => logger.fatal(message) });
  try {
    const readStore = await openReadStore(folder, tools, eventStore);
    await dropForeignReadModels({ eventStore, readStore }, logger);
    return {
      eventStore,
      staging: eventStore.staging,
      readStore,
      close: async () => {
        await readStore.close();
        await eventStore.close();
      },
    };
  } catch (error) {
    await eventStore.close();
    throw error;
  }
};

export const isShopFolder = (folder: string): boolean => existsSync(join(folder, 'events.db'));

/** Every file that the shop makes in its data folder begins with one of these. */
const ours = ['events.db', 'read-models.db', 'order-feed.ndjson', 'shop-process.json'];

/**
 * Deletes what the shop wrote there, and nothing else: the folder may hold other things.
 * @throws DataFolderInUseError
 */
export const emptyFolder = async (folder: string): Promise<void> => {
  const owned = await openEmbeddedEventStore({ folder });
  await owned.close();
  const files = await readdir(folder);
  await Promise.all(files.filter((file) => ours.some((name) => file.startsWith(name))).map((file) => rm(join(folder, file))));
};
