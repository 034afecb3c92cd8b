import { z } from 'zod';

const positive = z.coerce.number().int().min(1);

export const querySettings = z.object({
  /** How long a read waits for its read models, in milliseconds. */
  READ_WAIT_MS: positive.default(2_000),
  /** Reads that may wait at the same time in this process; one more is turned away. */
  READ_WAITERS_MAX: positive.default(10_000),
  /** The same of one user. */
  READ_WAITERS_PER_USER_MAX: positive.default(1_000),
});
export type QuerySettings = z.infer<typeof querySettings>;

/** @throws ZodError naming every variable that is wrong */
export const readSettings = (environment: Readonly<Record<string, string | undefined>>): QuerySettings => querySettings.parse(environment);
