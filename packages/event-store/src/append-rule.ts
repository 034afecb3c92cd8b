import { noStream, type Revision } from './event-store.js';

/** What a store does with an append; the rows are those of a real EventStoreDB. */
export type AppendVerdict =
  | { readonly verdict: 'write' }
  /** An identical append stands there: nothing is written, success again. */
  | { readonly verdict: 'written-before' }
  | { readonly verdict: 'conflict' }
  /** The first ids stand there and a later one does not: someone changed a batch between two tries. A bug, answered as a conflict. */
  | { readonly verdict: 'conflict'; readonly corrupted: true };

/**
 * Judges an append by the stream's last revision and by the ids stored after the expected revision.
 * Ids are compared only where the expected revision is older than the stream: at the right revision the same ids are written again.
 * @param storedId id of the event at a revision, undefined past the end
 */
export const judgeAppend = (
  current: Revision,
  expected: Revision,
  ids: readonly string[],
  storedId: (revision: Revision) => string | undefined,
): AppendVerdict => {
  if (expected === current) return { verdict: 'write' };
  if (expected > current || expected < noStream) return { verdict: 'conflict' };
  const differs = ids.findIndex((id, index) => storedId(expected + 1 + index) !== id);
  if (differs === -1) return { verdict: 'written-before' };
  return differs === 0 ? { verdict: 'conflict' } : { verdict: 'conflict', corrupted: true };
};
