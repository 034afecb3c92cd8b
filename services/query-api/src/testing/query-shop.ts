import { manualClock, type ManualClock } from '@shop/clock';
import { beginning, toPosition, type Position } from '@shop/event-store';
import { openEmbeddedEventStore } from '@shop/event-store/embedded';
import { createHttpServer, readHttpSettings, type Service } from '@shop/http';
import {
  collectionOf,
  generationId,
  parkedId,
  readModelIndexes,
  readModelNames,
  stateCollections,
  type Checkpoint,
  type Generation,
  type ParkedStream,
  type ReadModelDocuments,
  type ReadModelName,
  type ReadStore,
  type Serving,
} from '@shop/read-store';
import { openEmbeddedReadStore } from '@shop/read-store/embedded';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import supertest from 'supertest';
import { composeQueryApi } from '../index.js';
import { readSettings } from '../settings.js';

export const at = (position: number): Position => toPosition(position);

/** What a projector does to the read store: documents first, checkpoint after. */
export const projecting = (store: ReadStore) => {
  const generationOf = (projection: string, generation = 1): Generation => ({ projection, version: 1, generation });
  const put = async (collection: string, id: string, guard: string, document: object): Promise<void> => {
    const from = (await store.load(collection, [id])).get(id)?.guard ?? null;
    await store.write(collection, [{ id, guard, from, document }]);
  };
  const saveCheckpoint = async (name: ReadModelName, position: number, state: Checkpoint['state'] = 'following', generation = 1) => {
    const checkpoint: Checkpoint = {
      ...generationOf(name, generation),
      state,
      eventsDone: position,
      reason: state === 'stopped' ? 'broken' : null,
    };
    const id = generationId(checkpoint);
    if ((await store.load(stateCollections.checkpoints, [id])).get(id)?.guard === at(position))
      await store.remove(stateCollections.checkpoints, id, at(position));
    await put(stateCollections.checkpoints, id, at(position), checkpoint);
  };
  let switches = 0;
  return {
    serve: async (name: ReadModelName, generation = 1): Promise<void> => {
      const serving: Serving = { ...generationOf(name, generation), previous: null };
      await store.ensureCollection(collectionOf(serving), readModelIndexes[name]);
      await put(stateCollections.serving, name, at((switches += 1)), serving);
    },
    write: async <Name extends ReadModelName>(
      name: Name,
      documents: readonly { readonly id: string; readonly position: number; readonly document: ReadModelDocuments[Name] }[],
      generation = 1,
    ): Promise<void> => {
      for (const { id, position, document } of documents)
        await put(collectionOf(generationOf(name, generation)), id, at(position), document);
    },
    saveCheckpoint,
    park: async (name: ReadModelName, stream: string, position: number): Promise<void> => {
      const parked: ParkedStream = {
        ...generationOf(name),
        stream,
        revision: 3,
        position: at(position),
        lastPosition: at(position),
        waiting: 1,
        reason: 'unknown type',
        parkedAt: '2026-01-05T00:00:00.000Z',
      };
      await put(stateCollections.parked, parkedId(parked, stream), at(1), parked);
    },
    unpark: async (name: ReadModelName, stream: string): Promise<void> => {
      await store.remove(stateCollections.parked, parkedId(generationOf(name), stream), at(1));
    },
    /** All read models have everything up to here. */
    caughtUp: async (position: number): Promise<void> => {
      for (const name of readModelNames) await saveCheckpoint(name, position);
    },
  };
};

export type QueryShop = Awaited<ReturnType<typeof openQueryShop>>;

/** Counts the looks at checkpoints and fails where told to; a deaf one is never told of a change, as when a change stream has broken. */
const watchedStore = (store: ReadStore, deaf: boolean) => {
  const looks: { made: number; fault?: Error } = { made: 0 };
  const observed: ReadStore = {
    ...store,
    load: async (collection, ids) => {
      if (looks.fault) throw looks.fault;
      if (collection === stateCollections.checkpoints) looks.made += 1;
      return store.load(collection, ids);
    },
    watch: (collection, changed) => (deaf ? () => undefined : store.watch(collection, changed)),
  };
  return { looks, observed };
};

/** The query side on the embedded read store, with a log of which only the end is known, and a clock that a test moves. */
export const openQueryShop = async (
  environment: Readonly<Record<string, string>> = {},
  { deaf = false }: { readonly deaf?: boolean } = {},
) => {
  const clock: ManualClock = manualClock();
  const readStore = await openEmbeddedReadStore({ inMemory: true, clock });
  const { looks, observed } = watchedStore(readStore, deaf);
  const history = await openEmbeddedEventStore({ inMemory: true });
  const log: { end: Position; asked: number; fault?: Error } = { end: beginning, asked: 0 };
  const waits = { begun: 0 };
  const registry = new Registry();
  const logger = pino({ level: 'silent' });
  const service: Service = composeQueryApi({
    eventStore: {
      readStreamBackwards: history.readStreamBackwards,
      head: async () => {
        log.asked += 1;
        if (log.fault) throw log.fault;
        return log.end;
      },
    },
    readStore: observed,
    clock,
    logger,
    settings: readSettings(environment),
    registry,
    onWait: () => (waits.begun += 1),
  });
  const host = createHttpServer({
    services: [service],
    settings: readHttpSettings({}, { port: 0, authMode: 'off' }),
    clock,
    logger,
    newId: () => 'id',
    registry,
    verifyAnswers: true,
  });
  const projector = projecting(readStore);
  for (const name of readModelNames) await projector.serve(name);
  await projector.caughtUp(0);
  await service.start();
  return {
    ...projector,
    clock,
    readStore,
    history,
    log,
    looks,
    waits,
    registry,
    service,
    http: supertest(host.server),
    /** Appended and applied by every projection. */
    reaches: async (position: number): Promise<void> => {
      log.end = at(position);
      await projector.caughtUp(position);
    },
    close: async (): Promise<void> => {
      await service.stop();
      await host.stop();
      await readStore.close();
      await history.close();
    },
  };
};
