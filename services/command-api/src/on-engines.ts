import { openStores, readServiceSettings, serviceVariables, type ServiceProgram, type ServiceSettings } from '@shop/service-process';
import { composeCommandApi } from './index.js';
import { settingsSchema, readSettings, type Settings } from './settings.js';

const variables = serviceVariables({ port: 3001 }).extend(settingsSchema.shape);

/** This service as a process of its own, on EventStoreDB and MongoDB. */
export const commandApiOnEngines: ServiceProgram<ServiceSettings<Settings>> = {
  name: 'command-api',
  about: 'takes every POST, PUT, PATCH and DELETE of the shop, and finishes orders that were left open.',
  variables,
  readSettings: (environment) => readServiceSettings(environment, { schema: variables, own: readSettings }),
  open: async (settings, tools) => {
    const { rights, close, ...stores } = await openStores(settings.stores, tools);
    return { service: composeCommandApi({ ...stores, ...tools, settings: settings.own }), rights, close };
  },
};
