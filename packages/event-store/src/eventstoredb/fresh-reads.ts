import { backOff } from '@shop/clock';
import { EventStoreUnavailableError } from '../event-store.js';
import { ClientReplacedError, isNotLeader, unavailable } from './call-failure.js';
import type { Session } from './client.js';
import type { LeaseKeeper } from './lease-keeper.js';
import type { StoreTools } from './store-tools.js';

type Read<Answer> = (session: Session, signal: AbortSignal) => Promise<Answer>;
export type FreshReads = {
  /** An answer that holds everything acknowledged before the call. @throws EventStoreUnavailableError, or what the server answered */
  readonly read: <Answer>(ms: number, what: 'read' | '$all', read: Read<Answer>) => Promise<Answer>;
};

const whileLeadersChange = { firstMs: 2, mostMs: 100 };
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Sends reads while the lease holds, and again where an answer does not count. */
export const freshReads = (
  { calls, lease, clock, random, times }: Pick<StoreTools, 'calls' | 'lease' | 'clock' | 'random' | 'times'>,
  keeper: LeaseKeeper,
): FreshReads => {
  /** Undefined where the answer does not count. */
  const once = <Answer>(ms: number, read: Read<Answer>): Promise<{ readonly answer: Answer } | undefined> =>
    calls.call(ms, async (session, signal) => {
      const leave = lease.reading(session.client);
      if (!leave) return undefined;
      const reading = read(session, signal);
      reading.catch(() => undefined); // awaited in a moment
      await nextTurn(); // by now the request has left, unless the process was stopped in between
      const sentInTime = leave.holds();
      const answer = await reading;
      return sentInTime && leave.counts() ? { answer } : undefined;
    });

  return {
    read: async (ms, what, read) => {
      const giveUp = clock.monotonic() + times.fresh;
      let tries = 0;
      do {
        if ((tries += 1) > 2) await clock.sleep(backOff(random, tries, whileLeadersChange)); // the second is sent at once
        await keeper.ensure();
        try {
          const counted = await once(ms, read);
          if (counted) return counted.answer;
        } catch (error) {
          // Neither is a verdict on this read: another call went without an answer, or the leader is elsewhere.
          if (!isNotLeader(error) && !(error instanceof ClientReplacedError)) throw error;
        }
      } while (clock.monotonic() < giveUp);
      throw unavailable(new EventStoreUnavailableError('EventStoreDB gave no answer that counts: its cluster is changing leaders'), what);
    },
  };
};
