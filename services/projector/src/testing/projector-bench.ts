import { afterEach, beforeEach } from '@jest/globals';
import { systemClock } from '@shop/clock';
import type { ReadStore } from '@shop/read-store';
import { openEmbeddedReadStore } from '@shop/read-store/embedded';
import { projections } from '../projections.js';
import { startProjector, type ProjectorParts, type ProjectorProcess } from './projector-process.js';
import { openShopLog, type ShopLog } from './shop-log.js';

export type ProjectorBench = {
  /** Empty before each test. */
  readonly log: ShopLog;
  readonly readStore: ReadStore;
  /** Another, empty read store takes the place of the one there was. */
  readonly loseReadStore: () => Promise<void>;
  /** A projector of all read models on both; it stops with the test. */
  readonly start: (parts?: Partial<ProjectorParts>) => ProjectorProcess;
  readonly stopAll: () => Promise<void>;
};

/** A log and a read store in memory for each test of a file, and the projectors that the test starts on them. */
export const projectorBench = (): ProjectorBench => {
  let log: ShopLog;
  let readStore: ReadStore;
  const running = new Set<ProjectorProcess>();
  const openReadStore = async (): Promise<void> => {
    readStore = await openEmbeddedReadStore({ inMemory: true, clock: systemClock });
  };
  const stopAll = async (): Promise<void> => {
    await Promise.all([...running].map((one) => one.stop()));
  };
  beforeEach(async () => {
    log = await openShopLog();
    await openReadStore();
  });
  afterEach(async () => {
    await stopAll();
    await readStore.close();
    await log.eventStore.close();
  });
  return {
    get log() {
      return log;
    },
    get readStore() {
      return readStore;
    },
    loseReadStore: async () => {
      await readStore.close();
      await openReadStore();
    },
    start: (parts) => {
      const { stop, kill, ...projector } = startProjector({ eventStore: log.eventStore, readStore, projections, ...parts });
      const one: ProjectorProcess = {
        ...projector,
        stop: async () => {
          running.delete(one);
          await stop();
        },
        kill: () => {
          running.delete(one); // what was under way in it may never come to an end
          kill();
        },
      };
      running.add(one);
      return one;
    },
    stopAll,
  };
};
