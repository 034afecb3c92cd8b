import type { Clock } from './clock.js';

/** Milliseconds in which a batch gathers, where few items come and where many do. */
export type Pace = { readonly quietMs: number; readonly busyMs: number };

/**
 * How long the next batch gathers; to be asked as one has come, with the number of its items. Busy is more than one of them a millisecond since
 * the last time: a batch costs much the same whatever is in it, so where many items come a few large ones are far cheaper, and where few come
 * nobody should wait for others.
 */
export const pacing = (clock: Pick<Clock, 'monotonic'>, { quietMs, busyMs }: Pace): ((items: number) => number) => {
  let last = clock.monotonic();
  return (items) => {
    const now = clock.monotonic();
    const passed = now - last;
    last = now;
    return passed > 0 && items > passed ? busyMs : quietMs;
  };
};
