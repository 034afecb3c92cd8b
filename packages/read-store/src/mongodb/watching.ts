import { backOff, type Clock, type Random } from '@shop/clock';
import type { ReadStore } from '../read-store.js';
import type { MongoDriver } from './driver.js';
import type { Logger } from './patience.js';

export type WatchingParts = {
  readonly versions: MongoDriver['versions'];
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly closing: AbortSignal;
};

type Watched = {
  readonly watchers: Set<() => void>;
  /** All ids and guards as of the last look; undefined before the first. */
  seen: string | undefined;
};

/** A change is told within this time; while there are none, looks become rarer. */
export const lookEvery = { firstMs: 5, mostMs: 20 } as const;
/** Looking takes no more than a small part of the time, however slow the server or large a collection. */
const restPerLook = 4;
const afterFailure = { firstMs: 20, mostMs: 1_000 } as const;

/** Change streams need a replica set, so one loop per process looks at versions, and only while somebody watches. */
export const watching = ({ versions, clock, random, logger, closing }: WatchingParts): ReadStore['watch'] => {
  const collections = new Map<string, Watched>();
  let isLooking = false;

  const look = async (collection: string, watched: Watched): Promise<boolean> => {
    const found = JSON.stringify((await versions(collection)).map(({ _id, guard }) => [_id, guard]));
    if (found === watched.seen) return false;
    // Also at the first look: what changed between the watcher's own read and this one cannot be told from what it saw.
    watched.seen = found;
    for (const told of [...watched.watchers]) if (watched.watchers.has(told)) told();
    return true;
  };

  const run = async (): Promise<void> => {
    let interval: number = lookEvery.firstMs;
    for (let failures = 0; collections.size > 0 && !closing.aborted;) {
      const began = clock.monotonic();
      try {
        const changes = await Promise.all([...collections].map(([collection, watched]) => look(collection, watched)));
        failures = 0;
        interval = changes.includes(true) ? lookEvery.firstMs : Math.min(lookEvery.mostMs, interval * 1.5);
        const rest = Math.max(interval, restPerLook * (clock.monotonic() - began));
        await clock.sleep(rest * (0.75 + random() / 2), closing);
      } catch (error) {
        if (failures === 0) logger.warn({ err: error }, 'changes of the read store cannot be seen');
        await clock.sleep(backOff(random, failures, afterFailure), closing);
        failures += 1;
      }
    }
    isLooking = false;
  };

  return (collection, changed) => {
    const told = () => changed(); // the same function may watch twice
    const watched = collections.get(collection) ?? { watchers: new Set(), seen: undefined };
    watched.watchers.add(told);
    collections.set(collection, watched);
    if (!isLooking) {
      isLooking = true;
      void run();
    }
    return () => {
      watched.watchers.delete(told);
      if (watched.watchers.size === 0 && collections.get(collection) === watched) collections.delete(collection);
    };
  };
};
