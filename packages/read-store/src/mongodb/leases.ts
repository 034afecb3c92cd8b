import type { Clock } from '@shop/clock';
import type { Lease, ReadStore } from '../read-store.js';
import type { LeaseRow, MongoDriver } from './driver.js';
import type { Patience } from './patience.js';

const free = new Date(0);
const nobody = '';
/** A new primary may have another clock, so the time is asked for again now and then. */
const askTimeEveryMs = 10_000;

/** The server's clock: what it said last and what has passed here since. Never ahead of it, so that no lease is taken too early. */
const serverClock = ({ serverTime }: MongoDriver, clock: Clock) => {
  let last: { readonly time: number; readonly heardAt: number } | undefined;
  return async (): Promise<number> => {
    if (!last || clock.monotonic() - last.heardAt > askTimeEveryMs) {
      const time = (await serverTime()).getTime();
      last = { time, heardAt: clock.monotonic() };
    }
    return last.time + clock.monotonic() - last.heardAt;
  };
};

const leaseOf = ({ _id: name, owner, epoch }: LeaseRow): Lease => ({ name, owner, epoch });

/** Leases in time of the server alone: the wall clocks of processes are never compared. */
export const leases = (driver: MongoDriver, clock: Clock, { repeated }: Patience): Pick<ReadStore, 'takeLease' | 'releaseLease'> => {
  const serverNow = serverClock(driver, clock);

  const renew = ({ _id, owner, epoch }: LeaseRow, ttlMs: number) => driver.updateLease({ _id, owner, epoch }, { ttlMs });
  /** Only the very lease that was seen, and only once its holder's time is over. */
  const takeOver = async ({ _id, epoch, ttlMs: theirTtlMs }: LeaseRow, owner: string, ttlMs: number) => {
    const before = new Date((await serverNow()) - theirTtlMs);
    return driver.updateLease({ _id, epoch, renewedAt: { $lt: before } }, { owner, epoch: epoch + 1, ttlMs });
  };
  const seen = async (name: string): Promise<LeaseRow | null> => {
    const found = await driver.findLease(name);
    if (found) return found;
    const first: LeaseRow = { _id: name, owner: nobody, epoch: 0, ttlMs: 0, renewedAt: free };
    return (await driver.insertLease(first)) ? first : driver.findLease(name);
  };

  return {
    takeLease: (name, owner, ttlMs) =>
      repeated(async () => {
        const lease = await seen(name);
        if (!lease) return undefined;
        const taken = await (lease.owner === owner ? renew(lease, ttlMs) : takeOver(lease, owner, ttlMs));
        return taken ? leaseOf(taken) : undefined;
      }),
    releaseLease: ({ name, owner, epoch }) =>
      repeated(async () => {
        await driver.updateLease({ _id: name, owner, epoch }, { owner: nobody, renewedAt: free });
      }),
  };
};
