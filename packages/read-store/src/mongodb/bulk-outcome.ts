import { MongoBulkWriteError } from 'mongodb';
import type { BulkOutcome } from './driver.js';

/**
 * The driver throws one error for what operations were refused, for a majority that has not confirmed, and for a connection that broke
 * half-way. Of the last it says nothing about any operation.
 */
export const bulkOutcome = (error: unknown): BulkOutcome => {
  if (!(error instanceof MongoBulkWriteError)) throw error;
  const refusals = [error.writeErrors].flat().map(({ code }) => code);
  const isDurable = error.result.getWriteConcernError() === undefined;
  if (refusals.length === 0 && isDurable) throw error;
  return { inserted: error.insertedCount, matched: error.matchedCount, refusals, isDurable };
};
