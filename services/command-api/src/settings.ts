import { readVariables, wholeNumber, type Environment } from '@shop/http';
import { z } from 'zod';

const whole = (least: number, otherwise: number) => wholeNumber(least).default(otherwise);

/** Names are those of the environment. Milliseconds, where a name says so. */
export const settingsSchema = z.object({
  /** How long a reservation may be open before the sweeper asks the wallet about it: longer than any request may work. */
  SWEEP_AFTER_MS: whole(0, 30_000),
  SWEEP_EVERY_MS: whole(10, 2_000),
  /** Least time between two tries of one entry of the to-do list; doubles while it fails. */
  SWEEP_RETRY_MS: whole(1, 5_000),
  /** How long the start waits for the to-do list to reach the end of the log before it goes on degraded. */
  SWEEP_START_WAIT_MS: whole(0, 20_000),
  /** What a request's deadline keeps back for releasing stock and answering once an order cannot be paid any more. */
  CHECKOUT_RELEASE_MS: whole(200, 1_500),
  /** What finishes an order (release, sell, return, void, take out) has a deadline of its own. */
  RECOVERY_DEADLINE_MS: whole(1, 15_000),
  /** Sales of one product are gathered this long and settled by one append. */
  SETTLE_EVERY_MS: whole(0, 400),
  /** How long the answer to a cart order waits until its lines have left the cart. */
  CART_ANSWER_WAIT_MS: whole(0, 500),
  CANCEL_WINDOW_HOURS: whole(0, 168),
  /** Events between two snapshots of a stream. */
  SNAPSHOT_EVERY: whole(1, 32),
  /** Streams whose state is kept in memory. */
  CACHED_STREAMS: whole(1, 50_000),
  /** Clients' commands that may wait for one stream. */
  QUEUE_LIMIT: whole(1, 4_096),
});

export type Settings = Readonly<z.output<typeof settingsSchema>>;

/**
 * The settings in an environment. An empty variable counts as not set.
 * @throws SettingsError naming every variable that is wrong
 */
export const readSettings = (environment: Environment): Settings => readVariables(settingsSchema, environment);
