import { instantOf, type Clock } from '@shop/clock';
import { beginning, type EventStore, type Position } from '@shop/event-store';
import { loadProgress, type ReadStore } from '@shop/read-store';
import type { Logger } from 'pino';
import { shifted } from '../instants.js';
import type { Finishing } from './finishing.js';
import { inParallel } from './in-parallel.js';
import type { OrdersOfWallet } from './order-facts.js';
import type { ReadAhead } from './reading-ahead.js';
import type { DueEntry, Recovery } from './recovery.js';
import { byProduct, byWallet, dueEntries } from './to-do-list.js';

export type SweeperDependencies = {
  readonly eventStore: Pick<EventStore, 'head'>;
  readonly readStore: ReadStore;
  readonly recovery: Recovery;
  readonly finishing: Finishing;
  readonly readAhead: ReadAhead;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly logger: Pick<Logger, 'warn'>;
  readonly sweepAfterMs: number;
  readonly sweepEveryMs: number;
  /** Least time between two tries of one entry; doubles while it fails. */
  readonly retryMs: number;
  readonly startWaitMs: number;
};

export type Sweeper = {
  /** Tries everything that is open now, however young: only where no checkout is under way anywhere. What fails shows as degraded. */
  readonly sweepAll: () => Promise<void>;
  /** Finishes what has been open for too long. Rejects where the list cannot be read. */
  readonly sweep: () => Promise<void>;
  /** Sweeps again and again until it is stopped. */
  readonly start: () => void;
  readonly stop: () => Promise<void>;
  /** Whether something that was found open cannot be finished, or the list never showed all that was open at the start. */
  readonly isDegraded: () => boolean;
};

const walletsAtOnce = 32;
/** Appends that come together share a sync to disk. */
const salesAtOnce = 64;
/** Entries of one regular sweep: more wait for the next. */
const entriesPerSweep = 5_000;
const mostDoublings = 6;
const checkpointPollMs = 20;
const leaseName = 'sweeper';
const anyAge = '9999-12-31T23:59:59.999Z';

const keyOf = ({ kind, reservationId }: DueEntry): string => `${kind} ${reservationId}`;

export const sweeper = (dependencies: SweeperDependencies): Sweeper => {
  const { eventStore, readStore, recovery, finishing, readAhead, clock, newId, logger, sweepAfterMs, sweepEveryMs, retryMs, startWaitMs } =
    dependencies;
  const owner = newId();
  /** Entries tried lately: the list may not show yet that they are done, and one that fails must not keep the others waiting. */
  const tried = new Map<string, { readonly since: string; readonly failures: number; readonly notBefore: number }>();
  /** End of the log at the start, while the list has not come that far. */
  let unseen: Position | undefined;
  const stopping = new AbortController();
  let loop: Promise<void> | undefined;

  const note = (entries: readonly DueEntry[], failed: boolean): void => {
    for (const entry of entries) {
      const failures = failed ? (tried.get(keyOf(entry))?.failures ?? 0) + 1 : 0;
      tried.set(keyOf(entry), {
        since: entry.since,
        failures,
        notBefore: clock.monotonic() + retryMs * 2 ** Math.min(failures, mostDoublings),
      });
    }
  };

  /** What the whole list does not name any more is done, whoever did it. */
  const forgetSettled = (listed: ReadonlySet<string>, until: string): void => {
    for (const [key, { since }] of tried) if (since <= until && !listed.has(key)) tried.delete(key);
  };

  const trying = async (entries: readonly DueEntry[], what: object, work: () => Promise<void>): Promise<void> => {
    if (stopping.signal.aborted) return;
    try {
      await work();
    } catch (err) {
      note(entries, true);
      logger.warn({ err, ...what }, 'a checkout could not be finished; it is tried again');
    }
  };

  const finish = async (entries: readonly DueEntry[]): Promise<void> => {
    const sweepId = newId();
    const footing = finishing.stand();
    const sold: DueEntry[] = [];
    await inParallel(byWallet(entries), walletsAtOnce, async (wallet) => {
      let orders: Promise<OrdersOfWallet> | undefined;
      for (const checkout of wallet.checkouts)
        await trying(checkout.entries, { orderId: checkout.orderId }, async () => {
          const context = finishing.as('system:sweeper', sweepId, checkout.checkoutId, footing);
          orders ??= recovery.lookAt(wallet, context);
          const unbooked = await recovery.recover(checkout, await orders, context);
          if (unbooked.length === 0) note(checkout.entries, false);
          sold.push(...unbooked);
        });
    });
    await inParallel(byProduct(sold), salesAtOnce, (sale) =>
      trying(sale.entries, { productId: sale.productId }, async () => {
        await recovery.sell(sale, finishing.as('system:sweeper', sweepId, sweepId, footing));
        note(sale.entries, false);
      }),
    );
  };

  const sweep = async (): Promise<void> => {
    const lease = await readStore.takeLease(leaseName, owner, sweepEveryMs * 3);
    if (!lease) {
      tried.clear(); // whoever sweeps now knows what cannot be finished
      return;
    }
    const until = shifted(instantOf(clock), -sweepAfterMs);
    const listed = new Set<string>();
    const isWanted = (entry: DueEntry) => {
      listed.add(keyOf(entry));
      return (tried.get(keyOf(entry))?.notBefore ?? 0) <= clock.monotonic();
    };
    const due = await dueEntries(readStore, { until, most: entriesPerSweep, isWanted });
    if (due.length < entriesPerSweep) forgetSettled(listed, until);
    await finish(due);
    if (unseen !== undefined && (await listAt()).position >= unseen) unseen = undefined;
  };

  const listAt = async () => (await loadProgress(readStore, 'to-do')) ?? { position: beginning, state: 'building' as const };

  const listHolds = async (position: Position): Promise<boolean> => {
    const giveUp = clock.monotonic() + startWaitMs;
    for (;;) {
      const list = await listAt();
      if (list.position >= position) return true;
      if (list.state === 'stopped' || clock.monotonic() >= giveUp || stopping.signal.aborted) return false;
      await clock.sleep(checkpointPollMs, stopping.signal);
    }
  };

  /** There is time for it: nothing can be done before the list is there. */
  const whileReadingAhead = async <Result>(waiting: Promise<Result>): Promise<Result> => {
    const over = new AbortController();
    const ahead = readAhead(over.signal);
    try {
      return await waiting;
    } finally {
      over.abort();
      await ahead;
    }
  };

  return {
    sweep,
    sweepAll: async () => {
      const head = await eventStore.head();
      unseen = head;
      try {
        if (await whileReadingAhead(listHolds(head))) unseen = undefined;
        await finish(await dueEntries(readStore, { until: anyAge, most: Infinity, isWanted: () => true }));
      } catch (err) {
        unseen = head;
        logger.warn({ err }, 'what was left open could not be read at the start; it is swept later');
      }
    },
    isDegraded: () => unseen !== undefined || [...tried.values()].some(({ failures }) => failures > 0),
    start: () => {
      loop ??= (async () => {
        for (;;) {
          await clock.sleep(sweepEveryMs, stopping.signal);
          if (stopping.signal.aborted) return;
          await sweep().catch((err: unknown) => logger.warn({ err }, 'the to-do list could not be swept; it is tried again'));
        }
      })();
    },
    stop: async () => {
      stopping.abort();
      await loop;
    },
  };
};
