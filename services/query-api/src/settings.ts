import { readVariables, wholeNumber, type Environment } from '@shop/http';
import { z } from 'zod';

export const querySettings = z.object({
  /** How long a read waits for its read models, in milliseconds. */
  READ_WAIT_MS: wholeNumber(1).default(2_000),
  /** Reads that may wait at the same time in this process; one more is turned away. */
  READ_WAITERS_MAX: wholeNumber(1).default(10_000),
  /** The same of one user. */
  READ_WAITERS_PER_USER_MAX: wholeNumber(1).default(1_000),
});
export type QuerySettings = z.infer<typeof querySettings>;

/** @throws SettingsError naming every variable that is wrong */
export const readSettings = (environment: Environment): QuerySettings => readVariables(querySettings, environment);
