import { startCluster, type Cluster, type ClusterOptions } from '@shop/cluster';
import { createLogger } from '@shop/http';
import { getText } from './client.js';
import { untilQuiet, type CatchUp } from './caught-up.js';

export type RunningCluster = Cluster & {
  /** Waits until nothing is left to do after a load. */
  readonly catchUp: () => Promise<CatchUp>;
};

const telling = /^(shop_events_written_total|projection_position|projection_lag_events|order_feed_published_events)\b.*$/gm;

/** The processes of `npm run cluster`, so many of each service, with logs at `info` to files. */
export const startShopCluster = async (folder: string, counts: ClusterOptions['counts']): Promise<RunningCluster> => {
  const cluster = await startCluster({ folder, port: 0, counts, environment: { LOG_LEVEL: 'info' }, logger: createLogger('error') });
  const state = async (): Promise<string> => {
    const metrics = await Promise.all(cluster.services.map(({ url }) => getText(url, '/metrics')));
    return metrics.flatMap((text) => text.match(telling) ?? []).join('\n');
  };
  // By number: a look-up of the name could end at another address.
  return { ...cluster, url: cluster.url.replace('localhost', '127.0.0.1'), catchUp: () => untilQuiet(state) };
};
