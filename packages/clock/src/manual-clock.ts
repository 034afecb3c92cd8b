import type { Clock } from './clock.js';

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
  const sleepers = new Set<{ readonly due: number; readonly wake: () => void }>();
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
  return {
    now: () => new Date(wall),
    monotonic: () => elapsed,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) {
          resolve();
          return;
        }
        const wake = () => {
          sleepers.delete(sleeper);
          signal?.removeEventListener('abort', wake);
          resolve();
        };
        const sleeper = { due: elapsed + ms, wake };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', wake, { once: true });
      }),
    advance: async (ms) => {
      const end = elapsed + ms;
      await settle();
      for (;;) {
        const next = [...sleepers].filter(({ due }) => due <= end).sort((one, other) => one.due - other.due)[0];
        if (!next) break;
        wall += Math.max(0, next.due - elapsed);
        elapsed = Math.max(elapsed, next.due);
        next.wake();
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
