import type { Clock } from '@shop/clock';

/**
 * A clock that jumps to the next sleeper as soon as nothing else can go on. Hours pass in no time, always in the same order.
 * Only for work that waits for nothing but this clock and promises: real I/O would find that its time is up.
 */
export const virtualClock = (start = '2026-01-05T03:04:05.678Z'): Clock => {
  const began = Date.parse(start);
  let elapsed = 0;
  let pumping = false;
  const sleepers = new Set<{ readonly due: number; readonly wake: () => void }>();
  const pump = (): void => {
    const [next] = [...sleepers].sort((one, other) => one.due - other.due);
    if (!next) {
      pumping = false;
      return;
    }
    elapsed = Math.max(elapsed, next.due);
    next.wake();
    setImmediate(pump);
  };
  return {
    now: () => new Date(began + elapsed),
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
        const sleeper = { due: elapsed + Math.max(0, ms), wake };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', wake, { once: true });
        if (pumping) return;
        pumping = true;
        setImmediate(pump);
      }),
  };
};
