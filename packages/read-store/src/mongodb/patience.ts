import { backOff, type Clock, type Random } from '@shop/clock';
import { ReadStoreUnavailableError } from '../read-store.js';

export type Logger = { readonly warn: (details: object, message: string) => void };
export type PatienceParts = { readonly clock: Clock; readonly random: Random; readonly logger: Logger };

export type Patience = {
  /** Ends a call that gets no answer: a frozen server breaks no connection. */
  readonly once: <Result>(work: () => Promise<Result>) => Promise<Result>;
  /** For writes that may be made twice: where the outcome is unknown they are made again, as they are. */
  readonly repeated: <Result>(work: () => Promise<Result>) => Promise<Result>;
  readonly throwIfClosed: () => void;
  /** Ends every wait; whatever is asked from now on is refused. */
  readonly close: () => void;
  readonly closing: AbortSignal;
};

/** Longer than the driver's own waits for a server and for a majority. */
export const answerWithinMs = 10_000;
export const triesOfWrite = 4;
const wait = { firstMs: 50, mostMs: 1_000 } as const;

const closed = () => new ReadStoreUnavailableError('the read store is closed');

export const patience = ({ clock, random, logger }: PatienceParts): Patience => {
  const closing = new AbortController();
  const throwIfClosed = (): void => {
    if (closing.signal.aborted) throw closed();
  };

  const once: Patience['once'] = async (work) => {
    throwIfClosed();
    const answered = new AbortController();
    const late = clock.sleep(answerWithinMs, answered.signal).then((): Promise<never> => {
      if (answered.signal.aborted) return new Promise(() => undefined);
      throw new ReadStoreUnavailableError(`no answer from MongoDB within ${answerWithinMs} ms`);
    });
    try {
      return await Promise.race([work(), late]);
    } finally {
      answered.abort();
    }
  };
  const repeated: Patience['repeated'] = async (work) => {
    for (let failures = 0; ;) {
      try {
        return await once(work);
      } catch (error) {
        failures += 1;
        if (!(error instanceof ReadStoreUnavailableError) || failures >= triesOfWrite || closing.signal.aborted) throw error;
        logger.warn({ err: error }, 'a write of the read store is made again: its outcome is unknown');
        await clock.sleep(backOff(random, failures, wait), closing.signal);
      }
    }
  };
  return { once, repeated, throwIfClosed, close: () => closing.abort(), closing: closing.signal };
};
