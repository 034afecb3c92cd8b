import { manualClock } from '@shop/clock';
import type { EventStore, Staging } from '@shop/event-store';
import { openEmbeddedEventStore } from '@shop/event-store/embedded';
import { parseStored, type ShopEvent } from '@shop/events';
import { createHttpServer, readHttpSettings, type HttpServer } from '@shop/http';
import { openEmbeddedReadStore } from '@shop/read-store/embedded';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import request, { type Response } from 'supertest';
import { z } from 'zod';
import { composeCommandApi, readSettings } from '../index.js';
import { countingIds } from './shop-process.js';

export type CounterOptions = {
  /** Shared with other processes; else one of its own, in memory. */
  readonly eventStore?: EventStore;
  /** Of the shared one. One of its own stages appends. */
  readonly staging?: Staging | undefined;
  readonly name?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly soleWriter?: boolean;
};

const openOwnStore = async () => {
  const store = await openEmbeddedEventStore({ inMemory: true });
  return { store, staging: store.staging };
};

/** The shop's counter: the whole command-api behind HTTP on the embedded stores. Its clock stands still, its ids count. */
export const openCounter = async ({ eventStore, staging, name = 'id', environment = {}, soleWriter = false }: CounterOptions = {}) => {
  const clock = manualClock();
  const opened = eventStore ? { store: eventStore, staging } : await openOwnStore();
  const { store } = opened;
  const readStore = await openEmbeddedReadStore({ inMemory: true, clock });
  const logger = pino({ level: 'silent' });
  const registry = new Registry();
  const settings = readSettings(environment);
  const newId = countingIds(name);
  const service = composeCommandApi({
    eventStore: store,
    staging: opened.staging,
    readStore,
    clock,
    random: () => 0.5,
    newId,
    logger,
    settings,
    registry,
    soleWriter,
  });
  const http: HttpServer = createHttpServer({
    services: [service],
    settings: readHttpSettings({ LOG_LEVEL: 'silent', ...environment }, { port: 0, authMode: 'off' }),
    clock,
    logger,
    newId: countingIds('request'),
    registry,
    verifyAnswers: true,
  });
  await service.start();
  await new Promise<void>((resolve) => http.server.listen(0, '127.0.0.1', resolve));
  const read = async (stream: string): Promise<ShopEvent[]> => {
    const events: ShopEvent[] = [];
    for await (const page of store.readStream(stream, 0)) events.push(...page.map((stored) => parseStored(stored)));
    return events;
  };
  return {
    clock,
    eventStore: store,
    service,
    call: () => request(http.server),
    /** Type and data of what stands in a stream. */
    events: read,
    types: async (stream: string) => (await read(stream)).map(({ type }) => type),
    /** Waits for what goes on after the answers, and closes. */
    close: async () => {
      await service.stop();
      await http.stop();
      await readStore.close();
      if (!eventStore) await store.close();
    },
  };
};
export type Counter = Awaited<ReturnType<typeof openCounter>>;

/** An answer's body as a schema takes it: what supertest says of it is nothing. */
export const bodyOf = <Schema extends z.ZodType>(response: Response, schema: Schema): z.output<Schema> => schema.parse(response.body);
export const orderIdOf = (response: Response): string => bodyOf(response, z.object({ orderId: z.string() })).orderId;
export const itemIdsOf = (response: Response): string[] =>
  bodyOf(response, z.object({ items: z.array(z.object({ itemId: z.string() })) })).items.map(({ itemId }) => itemId);
export const headerOf = (response: Response, name: string): string | undefined => response.get(name);
