export { justBefore } from './answer-position.js';
export { exactReads, type ExactReads, type ReadRequest } from './exact-reads.js';
export { degraded } from './followed-model.js';
export type { ReadView } from './read-view.js';
