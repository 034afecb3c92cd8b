import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '@shop/clock';
import { openEmbeddedEventStore, type EmbeddedEventStore } from '@shop/event-store/embedded';
import type { ReadStore } from '@shop/read-store';
import { openEmbeddedReadStore } from '@shop/read-store/embedded';
import type { Logger } from 'pino';

export type Stores = { readonly eventStore: EmbeddedEventStore; readonly readStore: ReadStore; readonly close: () => Promise<void> };

/**
 * Opens what a data folder holds; the event store comes first, as its lock says who owns the folder.
 * @throws DataFolderInUseError, DamagedLogError
 */
export const openStores = async (
  folder: string,
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): Promise<Stores> => {
  const eventStore = await openEmbeddedEventStore({ folder });
  try {
    const readStore = await openEmbeddedReadStore({ folder, clock, log: (message) => logger.warn(message) });
    return {
      eventStore,
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
