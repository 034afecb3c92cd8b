import type { Service } from '@shop/http';
import { buildContainer, T, type QueryApiDependencies } from './container.js';
import { queryReadiness } from './readiness.js';

export type { QueryApiDependencies } from './container.js';
export { querySettings, readSettings, type QuerySettings } from './settings.js';

/** The read side of the shop: every GET, exact unless a client asks for less. */
export const composeQueryApi = (dependencies: QueryApiDependencies): Service => {
  const container = buildContainer(dependencies);
  const reads = container.get(T.ExactReads);
  return {
    name: 'query-api',
    routes: container.get(T.Routes),
    readiness: () => queryReadiness(reads),
    start: async () => reads.start(),
    stop: async () => reads.stop(),
  };
};
