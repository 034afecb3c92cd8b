import type { EventStore } from '@shop/event-store';
import { openEventStoreDB } from '@shop/event-store/eventstoredb';
import type { ReadStore } from '@shop/read-store';
import { openMongoReadStore } from '@shop/read-store/mongodb';
import { watchRights, type Rights } from './rights.js';
import type { ProcessTools } from './process-tools.js';
import type { StoreSettings } from './store-settings.js';

export type Stores = {
  readonly eventStore: EventStore;
  readonly readStore: ReadStore;
  /** Whether the user of the event store may do what the shop needs. */
  readonly rights: Rights;
  readonly close: () => Promise<void>;
};

/** The stores of a service that runs on engines. They need not be there yet: whoever asks one that is not is told, and asks again. */
export const openStores = async ({ eventStoreDb, mongoDb, production }: StoreSettings, tools: ProcessTools): Promise<Stores> => {
  const eventStore = await openEventStoreDB({ ...eventStoreDb, production, ...tools });
  const readStore = await openMongoReadStore({ ...mongoDb, ...tools });
  const rights = watchRights(eventStore.checkRights, tools);
  return {
    eventStore,
    readStore,
    rights,
    close: async () => {
      rights.stop();
      await Promise.all([readStore.close(), eventStore.close()]);
    },
  };
};
