import { openStores, readServiceSettings, serviceVariables, type ServiceProgram, type ServiceSettings } from '@shop/service-process';
import { composeQueryApi } from './index.js';
import { querySettings, readSettings, type QuerySettings } from './settings.js';

const variables = serviceVariables({ port: 3002 }).extend(querySettings.shape);

/** This service as a process of its own, on EventStoreDB and MongoDB. */
export const queryApiOnEngines: ServiceProgram<ServiceSettings<QuerySettings>> = {
  name: 'query-api',
  about: 'answers every GET of the shop, exactly unless a client asks for less.',
  variables,
  readSettings: (environment) => readServiceSettings(environment, { schema: variables, own: readSettings }),
  open: async (settings, tools) => {
    const { rights, close, ...stores } = await openStores(settings.stores, tools);
    return { service: composeQueryApi({ ...stores, ...tools, settings: settings.own }), rights, close };
  },
};
