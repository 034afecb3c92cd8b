import type { Worker } from 'node:worker_threads';
import { composeProjector, openNdjsonOrderFeed } from '@shop/projector';
import type { ShopProjector, ShopTools } from './container.js';
import { openReadStoreHere, type OpenReadStore, type Stores } from './data-folder.js';
import { projectorThread, type ProjectorThread } from './projector-thread/projector-thread.js';

/** Read store, projector and feed of a shop: where they work. */
export type ReadSide = {
  readonly openReadStore: OpenReadStore;
  /** Of the stores that were opened; `close` what it opened besides when it has stopped. */
  readonly openProjector: (stores: Stores) => Promise<{ readonly projector: ShopProjector; readonly close: () => Promise<void> }>;
};

/** In the thread that takes requests: by its clock, and on stores that may have something in front of them. */
export const readSideHere = ({ settings, ...ports }: ShopTools): ReadSide => ({
  openReadStore: openReadStoreHere,
  openProjector: async ({ eventStore, readStore }) => {
    const orderFeed = await openNdjsonOrderFeed(settings.dataFolder);
    const projector = composeProjector({ ...ports, eventStore, readStore, orderFeed, settings: settings.projector });
    return { projector, close: orderFeed.close };
  },
});

/** In a thread of their own, which has been begun. */
export const readSideIn =
  (worker: Worker) =>
  ({ settings }: ShopTools): ReadSide => {
    let thread: ProjectorThread | undefined;
    return {
      openReadStore: async (folder, _tools, eventStore) => {
        thread = await projectorThread({
          worker,
          folder,
          eventStore,
          settings: settings.projector,
          logLevel: settings.http.logLevel,
          // Nobody catches it: a shop does not go on without.
          onLost: (reason) => {
            throw reason;
          },
        });
        return thread.readStore;
      },
      openProjector: async () => {
        if (!thread) throw new Error('the read store comes first: the projector works on it');
        return { projector: thread.projector, close: async () => undefined };
      },
    };
  };
