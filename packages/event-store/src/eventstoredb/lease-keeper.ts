import type { JSONEventData } from '@eventstore/db-client';
import { z } from 'zod';
import { isPosition, type Position } from '../position.js';
import { failureType, isNotLeader, unavailable } from './call-failure.js';
import type { Session } from './client.js';
import type { StoreTools } from './store-tools.js';

/** Up to `top` the log was looked through: the shop's last event stands at `head`. */
export type Scanned = { readonly top: Position; readonly head: Position };
const position = z.string().refine(isPosition);
const leaseEvent = z.object({ top: position, head: position });

const prefix = 'lease-';
const mostTries = 4;

/** What a lease event tells who meets it while scanning for the head. */
export const scannedIn = (event: { readonly streamId: string; readonly data: unknown } | undefined): Scanned | undefined =>
  event?.streamId.startsWith(prefix) ? leaseEvent.safeParse(event.data).data : undefined;

export type LeaseKeeper = {
  /** Appends now. @throws EventStoreUnavailableError */
  readonly take: () => Promise<void>;
  /** Resolves when a read may be sent. @throws EventStoreUnavailableError */
  readonly ensure: () => Promise<void>;
};

/**
 * Keeps the lease where the process's own commands do not: by a small event to a stream of its own, one for all who wait, renewed at half
 * time while reads keep coming. So whoever reads exactly must be allowed to append, too.
 */
export const leaseKeeper = (
  { calls, lease, times, credentials, esdb, newId }: StoreTools,
  scanned: () => Scanned | undefined,
): LeaseKeeper => {
  const stream = `${prefix}${newId()}`;
  let revision: bigint | undefined;
  let limited = false;

  const send = (append: (session: Session) => Promise<unknown>) =>
    calls.call(times.head, async (session) => {
      const acknowledged = lease.appending(session.client, 'first');
      await append(session);
      acknowledged();
    });
  const options = () => ({ credentials, requiresLeader: true, deadline: times.head });

  const limit = async (): Promise<void> => {
    try {
      await send(({ client }) =>
        client.setStreamMetadata(stream, { maxCount: 1, maxAge: 86_400 }, { ...options(), expectedRevision: 'no_stream' }),
      );
    } catch (error) {
      if (failureType(error) !== 'wrong-expected-version') throw error; // an earlier try landed after all
    }
    limited = true;
  };
  const appendEvent = async (): Promise<void> => {
    const data = scanned() ?? {};
    const event: JSONEventData = esdb.jsonEvent({ id: newId(), type: 'LeaseTaken', data, metadata: {} });
    await send(async ({ client }) => {
      const result = await client.appendToStream(stream, [event], { ...options(), expectedRevision: revision ?? 'no_stream' });
      revision = result.nextExpectedRevision;
    });
  };

  const take = async (): Promise<void> => {
    for (let tries = 1; ; tries += 1) {
      try {
        if (!limited) return await limit();
        return await appendEvent();
      } catch (error) {
        const conflict = error instanceof esdb.WrongExpectedVersionError ? error.actualVersion : undefined;
        if (conflict !== undefined) revision = typeof conflict === 'bigint' ? conflict : undefined; // one of our own landed late
        if (tries === mostTries || (conflict === undefined && !isNotLeader(error))) throw unavailable(error, 'append');
      }
    }
  };

  let taking: Promise<void> | undefined;
  const takeOnce = (): Promise<void> =>
    (taking ??= take().finally(() => {
      taking = undefined;
    }));

  return {
    take: takeOnce,
    ensure: async () => {
      if (!lease.isOn()) return;
      const { client } = await calls.session();
      if (!lease.isDue(client)) return;
      const renewed = takeOnce();
      if (lease.reading(client))
        renewed.catch(() => undefined); // the reads that follow find out
      else await renewed;
    },
  };
};
