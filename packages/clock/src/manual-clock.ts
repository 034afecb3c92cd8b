import type { Clock } from './clock.js';
import { sleepers } from './sleepers.js';

export type ManualClock = Clock & {
  /** Moves wall and monotonic time and wakes every sleeper that is due, earliest first. */
  readonly advance: (ms: number) => Promise<void>;
  /** Sets the wall time alone, backwards too. */
  readonly setNow: (instant: string) => void;
};

/** A clock that stands still until a test moves it. */
export const manualClock = (start = '2026-01-05T03:04:05.678Z'): ManualClock => {
  let wall = Date.parse(start);
  let elapsed = 0;
  const { sleepUntil, next } = sleepers();
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
  return {
    now: () => new Date(wall),
    monotonic: () => elapsed,
    sleep: (ms, signal) => sleepUntil(elapsed + ms, signal),
    advance: async (ms) => {
      const end = elapsed + ms;
      await settle();
      for (let sleeper = next(end); sleeper; sleeper = next(end)) {
        wall += Math.max(0, sleeper.due - elapsed);
        elapsed = Math.max(elapsed, sleeper.due);
        sleeper.wake();
        await settle();
      }
      wall += end - elapsed;
      elapsed = end;
      await settle();
    },
    setNow: (instant) => {
      wall = Date.parse(instant);
    },
  };
};
