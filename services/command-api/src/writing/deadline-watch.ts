import { crowd, type Clock, type Member } from '@shop/clock';

export type Waiting = Member & {
  /** Monotonic milliseconds. */
  readonly deadline: number;
  /** Answers the caller; must take the item off the watch. */
  readonly expire: () => void;
};

export type DeadlineWatch = {
  readonly add: (item: Waiting) => void;
  readonly remove: (item: Waiting) => unknown;
  readonly stop: () => void;
};

const longestSleepMs = 60_000; // timers overflow beyond 2^31 ms

/** Answers whoever waits past a deadline. One timer for all of them: one per request would cost more than the wait it guards. */
export const deadlineWatch = (clock: Clock): DeadlineWatch => {
  const waiting = crowd<Waiting>();
  let alarm: { readonly at: number; readonly cancel: AbortController } | undefined;

  const arm = (at: number): void => {
    alarm?.cancel.abort();
    const cancel = new AbortController();
    alarm = { at, cancel };
    void clock.sleep(Math.min(longestSleepMs, Math.max(0, at - clock.monotonic())), cancel.signal).then(() => {
      if (!cancel.signal.aborted) ring();
    });
  };
  const ring = (): void => {
    alarm = undefined;
    const now = clock.monotonic();
    let earliest = Infinity;
    for (const item of waiting.all()) {
      if (item.deadline <= now) item.expire();
      else earliest = Math.min(earliest, item.deadline);
    }
    if (earliest < Infinity) arm(earliest);
  };

  return {
    add: (item) => {
      waiting.add(item);
      if (item.deadline < (alarm?.at ?? Infinity)) arm(item.deadline);
    },
    remove: waiting.remove,
    stop: () => {
      alarm?.cancel.abort();
      alarm = undefined;
    },
  };
};
