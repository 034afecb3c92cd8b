import type * as Client from '@eventstore/db-client';
import type { Clock, Random } from '@shop/clock';
import type { ClientCalls, Logger } from './client.js';
import type { Lease } from './lease.js';
import type { ReadPage } from './reading.js';

/** The client's module, loaded when an adapter is opened. */
export type ClientModule = typeof Client;
export type Credentials = { readonly username: string; readonly password: string };

/** Milliseconds that a call may take. */
export type CallTimes = {
  /** Above the server's own two seconds, so that its verdict comes first. */
  readonly append: number;
  readonly read: number;
  /** `head` and lease: short, since many wait for them. */
  readonly head: number;
  /** How long a deciding read is tried again while its answers do not count. */
  readonly fresh: number;
  /** How long a subscription may be silent though the log has moved. */
  readonly silence: number;
};
export const callTimes: CallTimes = { append: 3_000, read: 3_000, head: 1_000, fresh: 3_000, silence: 2_000 };

/** What every part of the adapter works with. */
export type StoreTools = {
  readonly esdb: ClientModule;
  readonly calls: ClientCalls;
  readonly lease: Lease;
  readonly read: ReadPage;
  readonly credentials: Credentials;
  readonly times: CallTimes;
  readonly clock: Clock;
  readonly random: Random;
  readonly newId: () => string;
  readonly logger: Logger;
};
