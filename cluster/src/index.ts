export { startCluster, type Cluster, type ClusterOptions } from './cluster.js';
export type { EventStoreCalls } from './engines.js';
export { seedCatalogue } from './seed.js';
export type { ServiceInstance } from './services.js';
