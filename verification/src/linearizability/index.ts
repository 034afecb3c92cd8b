export { indexLog, type LogIndex } from '../history/log-index.js';
export { judgeLinearizability, type LinearizabilityReport } from './judge.js';
export { operationsOf, type NumberHistory } from './operations-of.js';
export type { Operation } from './operation.js';
export { search, type Searched } from './search.js';
export { witness, type Values, type WitnessFinding } from './witness.js';
