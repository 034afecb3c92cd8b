import { backOff } from '@shop/clock';
import { MissingRightError } from '@shop/event-store/eventstoredb';
import type { Readiness } from '@shop/http';
import type { ProcessTools } from './process-tools.js';

export type Rights = {
  /** The right that is missing, for people; undefined where none is, or nobody could be asked yet. */
  readonly missing: () => string | undefined;
  readonly stop: () => void;
};

const retry = { firstMs: 500, mostMs: 10_000 };

/**
 * Tries the rights of the event store's user until they are there: they can be granted without a new start. A server that does not answer is
 * no verdict.
 */
export const watchRights = (
  check: () => Promise<void>,
  { clock, random, logger }: Pick<ProcessTools, 'clock' | 'random' | 'logger'>,
): Rights => {
  const stopping = new AbortController();
  let missing: string | undefined;
  let told: string | undefined;
  /** Once for each reason: a missing certificate or a wrong host shows nowhere else. */
  const tell = (error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    if (reason === told) return;
    told = reason;
    if (error instanceof MissingRightError) logger.error({ alarm: 'missing-right' }, reason);
    else logger.warn({ err: error }, 'the event store cannot be used yet');
  };

  const hasAll = async (): Promise<boolean> => {
    try {
      await check();
      missing = undefined;
      return true;
    } catch (error) {
      missing = error instanceof MissingRightError ? error.message : undefined;
      if (!stopping.signal.aborted) tell(error);
      return false;
    }
  };
  const watch = async () => {
    for (let failures = 0; !stopping.signal.aborted && !(await hasAll()); failures += 1)
      await clock.sleep(backOff(random, failures, retry), stopping.signal);
  };
  void watch();
  return { missing: () => missing, stop: () => stopping.abort() };
};

/** A service whose user may not do what it needs is not ready, whatever else works. */
export const withRights =
  (readiness: () => Promise<Readiness>, { missing }: Pick<Rights, 'missing'>) =>
  async (): Promise<Readiness> => {
    const found = await readiness();
    return missing() === undefined ? found : { ...found, status: 'not_ready', checks: { ...found.checks, eventStore: 'missing right' } };
  };
