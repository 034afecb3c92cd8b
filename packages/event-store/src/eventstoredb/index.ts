import type { Clock, Random } from '@shop/clock';
import { clientCalls, type Logger } from './client.js';
import { parseConnectionString } from './connection-string.js';
import { eventStoreDBStore, type EventStoreDBStore } from './eventstoredb-store.js';
import { openLease, type Lease } from './lease.js';
import { readPages } from './reading.js';
import { callTimes, type CallTimes } from './store-tools.js';

export { ConnectionStringError, parseConnectionString } from './connection-string.js';
export { MissingRightError, type EventStoreDBStore } from './eventstoredb-store.js';
export { openLease, type Lease } from './lease.js';
export type { Logger } from './client.js';
export type { CallTimes } from './store-tools.js';

export type EventStoreDBOptions = {
  /** `esdb://user:password@host:2113`, several hosts, or `esdb+discover://`; `?tls=false` for a server without TLS. */
  readonly url: string;
  /** How old an append may be that proves the leader to a deciding read; 0 only where the server is one node for sure. */
  readonly leaseMs?: number;
  /** Refuses the well-known password, and keeps the client from printing its connection string. */
  readonly production?: boolean;
  readonly clock: Clock;
  readonly random: Random;
  readonly newId: () => string;
  readonly logger: Logger;
  readonly times?: Partial<CallTimes>;
  /** What makes deciding reads exact, instead of the usual lease. */
  readonly lease?: Lease;
};

/**
 * Opens the event store of the shop on an EventStoreDB, which need not be there yet.
 * @throws ConnectionStringError
 */
export const openEventStoreDB = async (options: EventStoreDBOptions): Promise<EventStoreDBStore> => {
  const { production = false, clock, random, newId, logger, leaseMs = 500, lease = openLease(clock, leaseMs) } = options;
  const { url, credentials } = parseConnectionString(options.url, { production });
  if (production) delete process.env['DEBUG']; // read when the client is loaded
  const esdb = await import('@eventstore/db-client');
  const connect = () => esdb.EventStoreDBClient.connectionString(url);
  const calls = clientCalls({ connect, lease, clock, logger });
  const times = { ...callTimes, ...options.times };
  return eventStoreDBStore({ esdb, calls, lease, read: readPages(credentials), credentials, times, clock, random, newId, logger });
};
