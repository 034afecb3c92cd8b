import { readVariables, wholeNumber, type Environment } from '@shop/http';
import { z } from 'zod';

const whole = (least: number, otherwise: number) => wholeNumber(least).default(otherwise);

/** Names are those of the environment. Milliseconds, where a name says so. */
export const settingsSchema = z.object({
  SWEEP_AFTER_MS: whole(0, 30_000).describe(
    "how long a reservation may be open before the sweeper asks the wallet; above any request's time",
  ),
  SWEEP_EVERY_MS: whole(10, 2_000).describe('time between two sweeps'),
  SWEEP_RETRY_MS: whole(1, 5_000).describe('least time between two tries of one entry, doubled while it fails'),
  SWEEP_START_WAIT_MS: whole(0, 20_000).describe('how long a start waits for the to-do list before it goes on degraded'),
  CHECKOUT_RELEASE_MS: whole(200, 1_500).describe('what a request keeps of its 10 s for letting go and answering'),
  RECOVERY_DEADLINE_MS: whole(1, 15_000).describe('time for a step that finishes an order (release, sell, return)'),
  SETTLE_EVERY_MS: whole(0, 2_000).describe(
    'how long sales of a product are gathered before its next reservation takes them along; less where nobody buys anything',
  ),
  CART_ANSWER_WAIT_MS: whole(0, 500).describe('how long the answer to a cart order waits for the emptied cart'),
  CANCEL_WINDOW_HOURS: whole(0, 168).describe('how long after payment an order can be cancelled'),
  SNAPSHOT_EVERY: whole(1, 32).describe('events between two snapshots of a stream; of a wallet twice as many'),
  CACHED_STREAMS: whole(1, 50_000).describe('streams whose state is kept in memory, of each kind'),
  QUEUE_LIMIT: whole(1, 4_096).describe("clients' commands that may wait for one stream"),
});

export type Settings = Readonly<z.output<typeof settingsSchema>>;

/**
 * The settings in an environment, before `defaults`. An empty variable counts as not set.
 * @throws SettingsError naming every variable that is wrong
 */
export const readSettings = (environment: Environment, defaults: Environment = {}): Settings =>
  readVariables(settingsSchema, environment, defaults);
