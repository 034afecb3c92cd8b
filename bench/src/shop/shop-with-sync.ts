import { randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import { readSettings } from '@shop/all-in-one';
import { systemClock } from '@shop/clock';
import { composeCommandApi } from '@shop/command-api';
import { embeddedEventStore, openLogFile } from '@shop/event-store/embedded';
import { createHttpServer, createLogger } from '@shop/http';
import { composeProjector, openNdjsonOrderFeed } from '@shop/projector';
import { composeQueryApi } from '@shop/query-api';
import { openEmbeddedReadStore } from '@shop/read-store/embedded';
import { Registry } from 'prom-client';
import { z } from 'zod';

/**
 * The shop as the all-in-one composes it, but for how its log is synced to disk, which the shop itself gives no way to choose.
 * With FULL an order is on disk before its answer; with NORMAL a power failure can lose it.
 */
const { values } = parseArgs({ options: { port: { type: 'string' }, data: { type: 'string' }, synchronous: { type: 'string' } } });
const {
  port,
  data: folder,
  synchronous,
} = z.object({ port: z.string(), data: z.string(), synchronous: z.enum(['FULL', 'NORMAL']) }).parse(values);

const settings = readSettings({ PORT: port, DATA_DIR: folder });
const logger = createLogger(settings.http.logLevel);
const clock = systemClock;
const eventStore = embeddedEventStore(openLogFile({ folder, synchronous }));
const readStore = await openEmbeddedReadStore({ folder, clock, log: (message) => logger.warn(message) });
const orderFeed = await openNdjsonOrderFeed(folder);
const { staging } = eventStore;
const ports = {
  eventStore,
  staging,
  readStore,
  orderFeed,
  clock,
  random: Math.random,
  newId: randomUUID,
  logger,
  registry: new Registry(),
};

const projector = composeProjector({ ...ports, settings: settings.projector });
const commandApi = composeCommandApi({ ...ports, settings: settings.command, soleWriter: true });
const queryApi = composeQueryApi({ ...ports, settings: settings.query, onWait: projector.hurry });
const server = createHttpServer({ ...ports, services: [commandApi, queryApi, projector], settings: settings.http });
for (const service of [projector, commandApi, queryApi]) await service.start();
const listening = await server.listen();

const stop = async (): Promise<void> => {
  await server.stop();
  for (const service of [queryApi, commandApi, projector]) await service.stop();
  await orderFeed.close();
  await readStore.close();
  await eventStore.close();
};
process.once('SIGTERM', () => {
  stop().then(
    () => process.exit(0),
    (error: unknown) => {
      logger.fatal({ err: error }, 'the shop could not stop in order');
      process.exit(1);
    },
  );
});
process.stdout.write(`listening on http://localhost:${listening.port}\n`);
