export type { ReadView } from './read-view.js';
export { exactReads, type ExactReads, type ReadRequest } from './exact-reads.js';
