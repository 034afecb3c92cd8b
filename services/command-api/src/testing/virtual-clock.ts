import { sleepers, type Clock } from '@shop/clock';

/**
 * A clock that jumps to the next sleeper as soon as nothing else can go on. Hours pass in no time, always in the same order.
 * Only for work that waits for nothing but this clock and promises: real I/O would find that its time is up.
 */
export const virtualClock = (start = '2026-01-05T03:04:05.678Z'): Clock => {
  const began = Date.parse(start);
  let elapsed = 0;
  let pumping = false;
  const { sleepUntil, next } = sleepers();
  const pump = (): void => {
    const sleeper = next();
    if (!sleeper) {
      pumping = false;
      return;
    }
    elapsed = Math.max(elapsed, sleeper.due);
    sleeper.wake();
    setImmediate(pump);
  };
  return {
    now: () => new Date(began + elapsed),
    monotonic: () => elapsed,
    sleep: (ms, signal) => {
      const slept = sleepUntil(elapsed + Math.max(0, ms), signal);
      if (!pumping) {
        pumping = true;
        setImmediate(pump);
      }
      return slept;
    },
  };
};
