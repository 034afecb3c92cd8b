import { MessageChannel, type Worker } from 'node:worker_threads';
import { offerLog, type EmbeddedEventStore } from '@shop/event-store/embedded';
import type { LogLevel } from '@shop/http';
import type { ProjectorSettings, RebuildProgress } from '@shop/projector';
import { ReadStoreUnavailableError, type ReadStore } from '@shop/read-store';
import { remoteReadStore } from '@shop/read-store/remote';
import { openCalls } from '@shop/thread-calls';
import type { ShopProjector } from '../container.js';
import type { ThreadOffers, ThreadOrder, ThreadTells } from './thread-calls.js';

export type ProjectorThread = {
  /** Closing it ends the thread. */
  readonly readStore: ReadStore;
  readonly projector: ShopProjector;
};

export type ProjectorThreadOptions = {
  /** Of `beginThread`. */
  readonly worker: Worker;
  readonly folder: string;
  readonly eventStore: EmbeddedEventStore;
  readonly settings: ProjectorSettings;
  readonly logLevel: LogLevel;
  /** The thread has ended by itself, after its stores were open. */
  readonly onLost: (reason: Error) => void;
};

/**
 * Runs read store, projector and feed of a data folder in a thread of its own: whoever places an order does not share a core with what is
 * made of it. Where the thread ends, calls under way and later ones are rejected.
 * @throws ReadStoreUnavailableError
 */
export const projectorThread = async ({
  worker,
  folder,
  eventStore,
  settings,
  logLevel,
  onLost,
}: ProjectorThreadOptions): Promise<ProjectorThread> => {
  const log = new MessageChannel();
  const calls = new MessageChannel();
  const order: ThreadOrder = { folder, settings, logLevel, log: log.port1, calls: calls.port1 };
  worker.ref();
  worker.postMessage(order, [log.port1, calls.port1]);
  openCalls(log.port2, offerLog(eventStore));
  const rebuilds = new Map<number, (progress: RebuildProgress) => void>();
  let rebuildsBegun = 0;

  const tells: ThreadTells = {
    changed: (collection) => remote.changed(collection),
    progress: (number, progress) => rebuilds.get(number)?.(progress),
  };
  const { theirs, end } = openCalls<ThreadOffers, ThreadTells>(calls.port2, tells, { ReadStoreUnavailableError });
  const remote = remoteReadStore(theirs);
  let state: 'opening' | 'open' | 'over' = 'opening';
  let cause: unknown;
  worker.once('error', (error) => {
    cause = error;
  });
  const ended = new Promise<void>((resolve) => {
    worker.once('exit', () => {
      const reason = new ReadStoreUnavailableError('the thread of the read models has ended', { cause });
      end(reason);
      log.port2.close();
      calls.port2.close();
      resolve();
      const isLost = state === 'open';
      state = 'over';
      if (isLost) onLost(reason);
    });
  });
  const leave = async () => {
    state = 'over';
    await theirs.leave.asEvent().catch(() => undefined); // it has ended already
    await ended;
  };

  try {
    await theirs.opened();
    state = 'open';
  } catch (error) {
    await leave();
    throw error;
  }
  return {
    readStore: {
      ...remote.store,
      close: async () => {
        if (state === 'over') return ended;
        await remote.store.close();
        await leave();
      },
    },
    projector: {
      name: 'projector',
      routes: [],
      start: theirs.start,
      stop: async () => {
        if (state === 'open') await theirs.stop();
      },
      readiness: theirs.readiness,
      metrics: theirs.metrics,
      rebuild: async ({ onProgress, ...request }) => {
        const number = (rebuildsBegun += 1);
        if (onProgress) rebuilds.set(number, onProgress);
        try {
          return await theirs.rebuild(number, request);
        } finally {
          rebuilds.delete(number);
        }
      },
      listParked: theirs.listParked,
      retryParked: theirs.retryParked,
      skipParked: theirs.skipParked,
      hurry: () => void theirs.hurry.asEvent(),
    },
  };
};
