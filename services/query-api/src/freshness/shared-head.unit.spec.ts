import { describe, expect, it } from '@jest/globals';
import { manualClock } from '@shop/clock';
import type { Position } from '@shop/event-store';
import { at } from '../testing/query-shop.js';
import { sharedHead } from './shared-head.js';

const openStore = () => {
  const asked: { readonly answer: (position: Position) => void; readonly fail: (error: Error) => void }[] = [];
  const clock = manualClock();
  const head = sharedHead(() => new Promise((resolve, reject) => asked.push({ answer: resolve, fail: reject })), {
    clock,
    patienceMs: 2_000,
  });
  return { asked, clock, head };
};

describe('asking where the log ends', () => {
  it('asks at once for whoever comes first', async () => {
    const { asked, head } = openStore();
    const first = head();
    expect(asked).toHaveLength(1);
    asked[0]?.answer(at(5));
    expect(await first).toBe(at(5));
  });

  it('asks once more, and only once, for all who come while a request is under way', async () => {
    const { asked, head, clock } = openStore();
    const first = head();
    const others = Array.from({ length: 64 }, () => head());
    expect(asked).toHaveLength(1);
    asked[0]?.answer(at(5));
    await clock.advance(0);
    expect(asked).toHaveLength(2);
    asked[1]?.answer(at(9));
    expect(await first).toBe(at(5));
    expect(new Set(await Promise.all(others))).toEqual(new Set([at(9)]));
  });

  it('never answers with what was asked before the reader came', async () => {
    const { asked, head, clock } = openStore();
    void head();
    const late = head();
    asked[0]?.answer(at(5));
    await clock.advance(0);
    const later = head(); // the second request was sent before this one came
    asked[1]?.answer(at(6));
    expect(await late).toBe(at(6));
    await clock.advance(0);
    expect(asked).toHaveLength(3);
    asked[2]?.answer(at(7));
    expect(await later).toBe(at(7));
  });

  it('asks again after a failure, which only those who waited for it see', async () => {
    const { asked, head } = openStore();
    const first = head();
    asked[0]?.fail(new Error('down'));
    await expect(first).rejects.toThrow('down');
    const second = head();
    expect(asked).toHaveLength(2);
    asked[1]?.answer(at(1));
    expect(await second).toBe(at(1));
  });

  it('serves those who waited behind a failure by a request of their own', async () => {
    const { asked, head, clock } = openStore();
    const first = head();
    const second = head();
    asked[0]?.fail(new Error('down'));
    await expect(first).rejects.toThrow('down');
    await clock.advance(0);
    asked[1]?.answer(at(2));
    expect(await second).toBe(at(2));
  });

  it('gives up a request that is never answered, so that later readers get theirs', async () => {
    const { asked, head, clock } = openStore();
    void head();
    await clock.advance(2_001);
    const later = head();
    expect(asked).toHaveLength(2);
    asked[1]?.answer(at(8));
    expect(await later).toBe(at(8));
  });
});
