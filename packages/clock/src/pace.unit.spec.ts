import { expect, it } from '@jest/globals';
import { manualClock } from './manual-clock.js';
import { pacing } from './pace.js';

it('lets batches grow while more than one item a millisecond comes, and no longer', async () => {
  const clock = manualClock();
  const nextAfter = pacing(clock, { quietMs: 10, busyMs: 200 });
  await clock.advance(10);
  expect(nextAfter(10)).toBe(10);
  await clock.advance(10);
  expect(nextAfter(11)).toBe(200);
  await clock.advance(200);
  expect(nextAfter(201)).toBe(200);
  await clock.advance(200);
  expect(nextAfter(200)).toBe(10);
});

it('is quiet at the start and after a pause, however large the first batch', async () => {
  const clock = manualClock();
  const nextAfter = pacing(clock, { quietMs: 10, busyMs: 200 });
  expect(nextAfter(1_000)).toBe(10);
  await clock.advance(60_000);
  expect(nextAfter(1_000)).toBe(10);
});
