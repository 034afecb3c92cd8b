import { randomUUID } from 'node:crypto';
import { systemClock, systemRandom } from '@shop/clock';
import { startCluster, type Cluster } from '@shop/cluster';
import { beginning, type RecordedEvent } from '@shop/event-store';
import { openEventStoreDB } from '@shop/event-store/eventstoredb';
import { createLogger } from '@shop/http';
import { auditOf } from '../processes/shop-program.js';
import type { Topology, Victim } from './topology.js';

const counts = { 'command-api': 2, 'query-api': 2, projector: 2 } as const;

type Process = Cluster['services'][number];
const serviceOf = (one: Process): Victim => ({
  name: one.name,
  kill: one.kill,
  freeze: async () => one.freeze(),
  thaw: async () => one.thaw(),
  ...(one.service !== 'projector' && { stop: one.stop }),
  start: async () => {
    one.start();
    await one.untilReady();
  },
  lastWords: one.lastWords,
});

type Engine = Cluster['engines']['kafka'];
const engineOf = (name: string, { control }: Engine): Victim => ({
  name,
  kill: control.kill,
  freeze: control.freeze,
  thaw: control.thaw,
  start: control.restart,
  lastWords: async () => '',
});

const eventStoreOf = (eventStore: Cluster['engines']['eventStore']): Victim => ({
  name: 'event-store',
  kill: eventStore.kill,
  freeze: async () => eventStore.freeze(),
  thaw: async () => eventStore.thaw(),
  start: async () => eventStore.start(),
  lastWords: eventStore.lastWords,
});

async function* readEventStore(url: string): AsyncGenerator<readonly RecordedEvent[]> {
  const store = await openEventStoreDB({ url, clock: systemClock, random: systemRandom, newId: randomUUID, logger: createLogger('error') });
  try {
    yield* store.readAll(beginning);
  } finally {
    await store.close();
  }
}

/** The processes of `npm run cluster`, engines included; the gateway alone is never struck. */
export const clusterTopology = async (folder: string): Promise<Topology> => {
  const cluster = await startCluster({ folder, port: 0, counts, logger: createLogger('error') });
  const { engines, services } = cluster;
  const stores = ['--store', engines.eventStore.url, '--read-store', engines.mongoDb.address, '--feed', engines.kafka.address];
  return {
    name: 'cluster',
    url: cluster.url.replace('localhost', '127.0.0.1'),
    victims: [
      ...services.map(serviceOf),
      engineOf('Kafka', engines.kafka),
      engineOf('MongoDB wire server', engines.mongoDb),
      eventStoreOf(engines.eventStore),
    ],
    stopsProjector: false,
    audit: (options) => auditOf(stores, options),
    closeBooks: async function* () {
      try {
        await Promise.all(services.map((one) => one.stop()));
        yield* readEventStore(engines.eventStore.url);
      } finally {
        await cluster.stop();
      }
    },
  };
};
