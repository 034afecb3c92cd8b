import { join } from 'node:path';
import { missingPrograms } from '@shop/engines';
import { accepted } from '../load/load-plan.js';
import type { RandomWorkload } from '../load/workload.js';
import { checkCluster } from '../shop/check-cluster.js';
import { fillShop, needsOf } from '../shop/fill-shop.js';
import { startShopCluster, type RunningCluster } from '../shop/running-cluster.js';
import type { Turn, Variant } from './measure.js';
import { details, failures, loadOn, remarks } from './order-load.js';

type Counts = Parameters<typeof startShopCluster>[1];

/** What `npm run cluster` starts. */
const twoOfEach: Counts = { 'command-api': 2, 'query-api': 2, projector: 2 };
export const oneOfEach: Counts = { 'command-api': 1, 'query-api': 1, projector: 1 };

const missing = missingPrograms();
/** Why there are no engines here. */
export const noEngines = missing.length > 0 ? `${missing.join(' and ')} not installed` : undefined;

/** Does something with a fresh cluster that has what the work needs, and stops it. */
export const onCluster = async <Result>(
  { folder }: Turn,
  { counts, work }: { readonly counts: Counts; readonly work: RandomWorkload },
  use: (cluster: RunningCluster) => Promise<Result>,
): Promise<Result> => {
  const cluster = await startShopCluster(join(folder, 'cluster'), counts);
  try {
    await fillShop(cluster.url, needsOf(work));
    await cluster.catchUp();
    return await use(cluster);
  } finally {
    await cluster.stop();
  }
};

/** Orders per second that the processes of a cluster have finished, behind their gateway. */
export const clusterUnder = (name: string, work: RandomWorkload): Variant => ({
  name,
  unit: 'completed/s',
  run: (turn) =>
    onCluster(turn, { counts: twoOfEach, work }, async (cluster) => {
      const window = await loadOn({ url: cluster.url }, work, turn);
      const { result, warmUp } = window;
      const { seconds: catchUpSeconds, fault } = await cluster.catchUp();
      const orders = accepted(result) + (warmUp ? accepted(warmUp) : 0);
      return {
        value: accepted(result) / (result.seconds + catchUpSeconds),
        details: { ...details(window), 'catch-up s': catchUpSeconds },
        faults: [...failures(window), ...(fault === undefined ? [] : [fault]), ...(await checkCluster(cluster, orders))],
        remarks: remarks(window),
      };
    }),
});
