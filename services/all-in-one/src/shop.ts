import { type Clock, newUuid, type Random, systemClock, systemRandom } from '@shop/clock';
import { isSampleRegistration } from '@shop/command-api';
import { beginning } from '@shop/event-store';
import type { EmbeddedEventStore } from '@shop/event-store/embedded';
import type { Logger } from 'pino';
import { Registry } from 'prom-client';
import { buildContainer, T, type ShopTools } from './container.js';
import { openStores, type Stores } from './data-folder.js';
import { folderOperations } from './folder-operations.js';
import { offerOperations } from './folder-door.js';
import { readSideHere, type ReadSide } from './read-side.js';
import { sampleCatalogue } from './sample-catalogue.js';
import type { Settings } from './settings.js';

export type ShopOptions = {
  readonly settings: Settings;
  readonly logger: Logger;
  /** Registers the sample catalogue in an empty shop. */
  readonly seed: boolean;
  readonly clock?: Clock;
  readonly random?: Random;
  readonly newId?: () => string;
  /** Default: in this thread. In one of its own it has the clock of the system, and nothing stands before its stores. */
  readonly readSide?: (tools: ShopTools) => ReadSide;
  /** What stands between the shop and its stores, such as faults in tests. */
  readonly behind?: (stores: Stores) => Stores;
};

export type RunningShop = {
  readonly url: string;
  readonly registry: Registry;
  /** Finishes what is under way and closes the folder. */
  readonly stop: () => Promise<void>;
};

/** An empty log, or one that begins with the sample catalogue: its registration may have been cut short by a kill. */
const wantsSamples = async (eventStore: EmbeddedEventStore): Promise<boolean> => {
  for await (const page of eventStore.readAll(beginning)) {
    const [first] = page;
    return first === undefined || isSampleRegistration(first);
  }
  return true;
};

/** A listening address as people write it in a URL. */
const hostIn = (host: string): string => {
  if (host === '127.0.0.1' || host === '0.0.0.0' || host === '::') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
};

/**
 * Runs the whole shop on one data folder and resolves when it takes requests.
 * @throws DataFolderInUseError where another process owns the folder; DamagedLogError; an error of the port that cannot be had
 */
export const openShop = async ({
  settings,
  logger,
  seed,
  clock = systemClock,
  random = systemRandom,
  newId = newUuid,
  readSide = readSideHere,
  behind = (stores) => stores,
}: ShopOptions): Promise<RunningShop> => {
  const registry = new Registry();
  const tools = { clock, random, newId, logger, registry, settings };
  const { openReadStore, openProjector } = readSide(tools);
  const stores = behind(await openStores(settings.dataFolder, tools, openReadStore));
  const closing: (() => Promise<unknown>)[] = [stores.close];
  const close = async () => {
    for (const each of closing.splice(0).reverse()) await each();
  };
  try {
    const { projector, close: closeProjector } = await openProjector(stores);
    closing.push(closeProjector);
    const container = buildContainer({ ...stores, ...tools, projector });
    const commandApi = container.get(T.CommandApi);
    const server = container.get(T.HttpServer);
    // The projector first: what a killed checkout left open is found in its to-do list before the first command is taken.
    for (const service of [projector, commandApi, container.get(T.QueryApi)]) {
      closing.push(service.stop);
      await service.start();
    }
    if (seed && (await wantsSamples(stores.eventStore))) await commandApi.registerSamples(sampleCatalogue);
    closing.push(server.stop);
    const { port } = await server.listen();
    const url = `http://${hostIn(settings.http.host)}:${port}`;
    const audited = { ...stores, dataFolder: settings.dataFolder, clock };
    closing.push(await offerOperations(settings.dataFolder, url, folderOperations(projector, audited)));
    return { url, registry, stop: close };
  } catch (error) {
    await close();
    throw error;
  }
};
