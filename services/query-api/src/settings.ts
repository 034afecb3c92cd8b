import { readVariables, wholeNumber, type Environment } from '@shop/http';
import { z } from 'zod';

/** Names are those of the environment. Milliseconds, where a name says so. */
export const querySettings = z.object({
  READ_WAIT_MS: wholeNumber(1).default(2_000).describe('how long a read waits to be exact'),
  READ_WAITERS_MAX: wholeNumber(1).default(10_000).describe('reads that may wait at the same time'),
  READ_WAITERS_PER_USER_MAX: wholeNumber(1).default(1_000).describe('the same of one user'),
});
export type QuerySettings = z.infer<typeof querySettings>;

/** @throws SettingsError naming every variable that is wrong */
export const readSettings = (environment: Environment): QuerySettings => readVariables(querySettings, environment);
