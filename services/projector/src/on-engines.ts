import { openStores, readServiceSettings, serviceVariables, type ServiceProgram, type ServiceSettings } from '@shop/service-process';
import { judgeSettings } from '@shop/http';
import { composeProjector } from './index.js';
import { openKafkaOrderFeed } from './order-feed/kafka-order-feed.js';
import { kafkaVariables, readKafkaSettings, type KafkaSettings } from './order-feed/kafka-settings.js';
import { projectorVariables, readSettings, type Settings } from './settings.js';

type Own = { readonly projector: Settings; readonly kafka: KafkaSettings };

const variables = serviceVariables({ port: 3003 })
  .extend(projectorVariables.shape)
  .extend(kafkaVariables.omit({ NODE_ENV: true }).shape);

const readOwn = (environment: Parameters<typeof readSettings>[0]): Own => {
  const parts = { projector: () => readSettings(environment), kafka: () => readKafkaSettings(environment ?? {}) };
  judgeSettings(parts.projector, parts.kafka);
  return { projector: parts.projector(), kafka: parts.kafka() };
};

/** This service as a process of its own, on EventStoreDB, MongoDB and Kafka. */
export const projectorOnEngines: ServiceProgram<ServiceSettings<Own>> = {
  name: 'projector',
  about: 'builds the read models from the log and sends paid and cancelled orders to the data platform.',
  variables,
  readSettings: (environment) => {
    const settings = readServiceSettings(environment, { schema: variables, own: readOwn });
    return { ...settings, warnings: [...settings.warnings, ...settings.own.kafka.warnings] };
  },
  open: async (settings, tools) => {
    const { rights, close, ...stores } = await openStores(settings.stores, tools);
    const orderFeed = await openKafkaOrderFeed({ ...settings.own.kafka.feed, clientId: 'shop-projector', clock: tools.clock });
    return {
      service: composeProjector({ ...stores, ...tools, orderFeed, settings: settings.own.projector }),
      rights,
      close: async () => {
        await orderFeed.close();
        await close();
      },
    };
  },
};
