import type { Clock, Random } from '@shop/clock';
import type { Logger } from 'pino';

/** What everything in a process works with. */
export type ProcessTools = {
  readonly clock: Clock;
  readonly random: Random;
  readonly newId: () => string;
  readonly logger: Logger;
};
