import { MongoError, MongoInvalidArgumentError, MongoServerError } from 'mongodb';
import { ReadStoreUnavailableError } from '../read-store.js';

/** BadValue, FailedToParse, TypeMismatch, DollarPrefixedFieldName, BSONObjectTooLarge: asking again would change nothing. */
const ownMistakes: readonly unknown[] = [2, 9, 14, 52, 10_334];

/** Message and stack alone: other properties of the driver's errors lead to the client's options, which hold a password. */
const plain = (error: Error): Error => {
  const copy = new Error(`${error.name}: ${error.message}`);
  if (error.stack !== undefined) copy.stack = error.stack;
  return copy;
};

/** What the driver threw, as the port says it: whatever is not a mistake of ours may be well again later, so nothing is decided by names. */
export const translated = (error: unknown): unknown => {
  if (!(error instanceof MongoError) || error instanceof MongoInvalidArgumentError) return error;
  if (error instanceof MongoServerError && ownMistakes.includes(error.code)) return error;
  const code = error.code === undefined ? '' : ` ${error.code}`;
  return new ReadStoreUnavailableError(`MongoDB cannot answer (${error.name}${code})`, { cause: plain(error) });
};

export const answering = async <Result>(work: () => Promise<Result>): Promise<Result> => {
  try {
    return await work();
  } catch (error) {
    throw translated(error);
  }
};
