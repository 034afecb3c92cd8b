import { clusterUnder, noEngines } from './cluster-load.js';
import { shopHot, shopSpread } from './echo.js';
import type { Measure } from './measure.js';
import { hot, spread } from './workloads.js';

/** On one machine the processes, their engines and the load share its cores: it tells what spreading costs, not what it brings. */
export const cluster: Measure = {
  id: 'CLUSTER',
  title: 'npm run cluster ÷ npm start, both on this machine',
  skipped: noEngines,
  comparisons: [
    { label: 'spread', of: clusterUnder('cluster, 3 of 1,000 products', spread), per: shopSpread, better: 'higher' },
    { label: 'hot', of: clusterUnder('cluster, one product', hot), per: shopHot, better: 'higher' },
  ],
};
