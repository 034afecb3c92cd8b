import { describe, expect, it } from '@jest/globals';
import { MongoBulkWriteError, MongoNetworkError } from 'mongodb';
import { bulkOutcome } from './bulk-outcome.js';

/** As the driver builds it; its own constructor wants a result that only it can make. */
const thrown = (writeErrors: readonly { readonly code: number }[], writeConcernError?: object): unknown =>
  Object.assign(Object.create(MongoBulkWriteError.prototype), {
    writeErrors,
    result: { insertedCount: 2, matchedCount: 3, getWriteConcernError: () => writeConcernError },
  });

describe('what the driver throws for a bulk', () => {
  it('tells what was applied where some operations were refused', () => {
    const outcome = { inserted: 2, matched: 3, refusals: [11_000, 11_000], isDurable: true };
    expect(bulkOutcome(thrown([{ code: 11_000 }, { code: 11_000 }]))).toEqual(outcome);
    expect(bulkOutcome(thrown([{ code: 11_000 }], { code: 64 }))).toEqual({ ...outcome, refusals: [11_000], isDurable: false });
  });

  it('tells that no majority has confirmed', () => {
    expect(bulkOutcome(thrown([], { code: 64 }))).toMatchObject({ refusals: [], isDurable: false });
  });

  it('tells nothing where the connection broke, though it names numbers: they are not an outcome', () => {
    for (const error of [thrown([]), new MongoNetworkError('closed'), new TypeError('ours')]) {
      let caught: unknown;
      try {
        bulkOutcome(error);
      } catch (reason) {
        caught = reason;
      }
      expect(caught).toBe(error);
    }
  });
});
