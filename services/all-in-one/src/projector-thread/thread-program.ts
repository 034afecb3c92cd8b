import { once } from 'node:events';
import { platform, setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import { newUuid, systemClock, systemRandom } from '@shop/clock';
import { EventStoreUnavailableError } from '@shop/event-store';
import { remoteLog, type OfferedLog } from '@shop/event-store/embedded';
import { createLogger } from '@shop/http';
import { composeProjector, openNdjsonOrderFeed } from '@shop/projector';
import { openEmbeddedReadStore } from '@shop/read-store/embedded';
import { offerReadStore } from '@shop/read-store/remote';
import { openCalls } from '@shop/thread-calls';
import { Registry } from 'prom-client';
import type { ThreadOffers, ThreadOrder, ThreadTells } from './thread-calls.js';

if (!parentPort) throw new Error('this program runs in a thread of the shop');
// Where all cores are busy, whoever places an order goes before what is made of it. Only on Linux is that a thread's own.
if (platform() === 'linux') setPriority(5);
// eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- sent by `projectorThread`, of the same build
const [{ folder, settings, logLevel, log, calls: main }] = (await once(parentPort, 'message')) as [ThreadOrder];

const logger = createLogger(logLevel);
const leave = () => {
  log.close();
  main.close();
};

const open = async (): Promise<ThreadOffers> => {
  const readStore = await openEmbeddedReadStore({ folder, clock: systemClock, log: (message) => logger.warn(message) });
  const orderFeed = await openNdjsonOrderFeed(folder);
  const registry = new Registry();
  // Events gather where they are still text; the pages of this thread wait no longer than that.
  const lingerMs = settings.lingerMs / 2;
  const eventStore = remoteLog(openCalls<OfferedLog>(log, {}, { EventStoreUnavailableError }).theirs, {
    pace: { quietMs: lingerMs, busyMs: settings.busyLingerMs },
  });
  const projector = composeProjector({
    eventStore,
    readStore,
    orderFeed,
    clock: systemClock,
    random: systemRandom,
    newId: newUuid,
    logger,
    registry,
    settings: { ...settings, lingerMs, busyLingerMs: lingerMs },
  });
  const { start, stop, readiness, listParked, retryParked, skipParked, hurry } = projector;
  return {
    ...offerReadStore(readStore, (collection) => void calls.theirs.changed.asEvent(collection)),
    opened: async () => undefined,
    start,
    stop: async () => {
      await stop();
      await orderFeed.close();
    },
    readiness,
    metrics: () => registry.metrics(),
    rebuild: (number, request) =>
      projector.rebuild({ ...request, onProgress: (progress) => void calls.theirs.progress.asEvent(number, progress) }),
    listParked,
    retryParked,
    skipParked,
    hurry: () => {
      hurry();
      eventStore.hurry();
    },
    leave,
  };
};

const offers = await open().catch((error: unknown) => ({
  opened: async () => {
    throw error;
  },
  leave,
}));
const calls = openCalls<ThreadTells, typeof offers>(main, offers);
