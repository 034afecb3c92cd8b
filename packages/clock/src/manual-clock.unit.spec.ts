import { describe, expect, it } from '@jest/globals';
import { backOff } from './clock.js';
import { manualClock } from './manual-clock.js';

describe('a clock that a test moves', () => {
  it('stands still until it is moved', async () => {
    const clock = manualClock('2026-01-05T00:00:00.000Z');
    await new Promise((resolve) => setImmediate(resolve));
    expect(clock.now().toISOString()).toBe('2026-01-05T00:00:00.000Z');
    expect(clock.monotonic()).toBe(0);
    await clock.advance(90_000);
    expect(clock.now().toISOString()).toBe('2026-01-05T00:01:30.000Z');
    expect(clock.monotonic()).toBe(90_000);
  });

  it('wakes sleepers when they are due, earliest first, each at its own time', async () => {
    const clock = manualClock();
    const woken: string[] = [];
    const sleepFor = (ms: number) => clock.sleep(ms).then(() => woken.push(`${ms} at ${clock.monotonic()}`));
    void sleepFor(300);
    void sleepFor(100);
    void sleepFor(200);
    await clock.advance(99);
    expect(woken).toEqual([]);
    await clock.advance(101);
    expect(woken).toEqual(['100 at 100', '200 at 200']);
    await clock.advance(1_000);
    expect(woken).toEqual(['100 at 100', '200 at 200', '300 at 300']);
    expect(clock.monotonic()).toBe(1_200);
  });

  it('lets who wakes sleep again within the same move', async () => {
    const clock = manualClock();
    const ticks: number[] = [];
    const tick = async () => {
      for (;;) {
        await clock.sleep(250);
        ticks.push(clock.monotonic());
      }
    };
    void tick();
    await clock.advance(1_000);
    expect(ticks).toEqual([250, 500, 750, 1_000]);
  });

  it('ends a sleep that is aborted, and one that was before it began, without an error', async () => {
    const clock = manualClock();
    const stop = new AbortController();
    const sleeping = clock.sleep(1_000, stop.signal);
    stop.abort();
    await sleeping;
    await clock.sleep(1_000, stop.signal);
    expect(clock.monotonic()).toBe(0);
  });

  it('sets the wall time alone, backwards too: waits go by the monotonic time', async () => {
    const clock = manualClock('2026-01-05T00:00:00.000Z');
    let awake = false;
    void clock.sleep(1_000).then(() => (awake = true));
    clock.setNow('2026-01-04T23:00:00.000Z');
    expect(clock.now().toISOString()).toBe('2026-01-04T23:00:00.000Z');
    await clock.advance(999);
    expect(awake).toBe(false);
    await clock.advance(1);
    expect(awake).toBe(true);
    expect(clock.now().toISOString()).toBe('2026-01-04T23:00:01.000Z');
  });
});

describe('waiting before another try', () => {
  const most = { firstMs: 10, mostMs: 1_000 };
  it('waits anything up to a bound that doubles, and no longer than the longest', () => {
    const longest = [0, 1, 2, 6, 7, 50, 5_000].map((attempt) => backOff(() => 0.5, attempt, most) * 2);
    expect(longest).toEqual([10, 20, 40, 640, 1_000, 1_000, 1_000]);
    expect(backOff(() => 0, 9, most)).toBe(0);
  });
});
