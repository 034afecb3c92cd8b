export { startEsdbSim, type CallCounts, type EsdbSim, type EsdbSimOptions } from './esdb-sim.js';
export type { Call, Fault, FaultScript } from './faults.js';
export type { Member } from './gossip.js';
export type { Endpoint } from './node.js';
