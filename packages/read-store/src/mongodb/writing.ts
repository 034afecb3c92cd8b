import { ReadStoreUnavailableError, type GuardedWrite } from '../read-store.js';
import { duplicateKey, type BulkOperation, type BulkOutcome } from './driver.js';
import { checkedDocument } from './json-document.js';

/**
 * A write replaces the very version that it was made from, and never brings a document into being where one should stand: an upsert would
 * answer E11000 for every refusal. So it may be made any number of times, by anyone, however late.
 */
export const operationOf = ({ id, guard, document, from }: GuardedWrite<object>): BulkOperation => {
  const replacement = { guard, document: checkedDocument(id, document) };
  return from === null
    ? { insertOne: { document: { _id: id, ...replacement } } }
    : { replaceOne: { filter: { _id: id, guard: from }, replacement, upsert: false } };
};

/** E11000 says that a document is there by now, an older or a newer one: not applied. Anything else that was refused is no answer. */
export const appliedOf = ({ inserted, matched, refusals, isDurable }: BulkOutcome): number => {
  const fault = refusals.find((code) => code !== duplicateKey);
  if (fault !== undefined) throw new ReadStoreUnavailableError(`MongoDB refused a write (${fault})`);
  if (!isDurable) throw new ReadStoreUnavailableError('no majority has confirmed a write in time');
  return inserted + matched;
};
