import { describe, expect, it } from '@jest/globals';
import { seededRandom } from '@shop/clock';
import { below, shuffled } from './random-order.js';

describe('chance from a seed', () => {
  const drawn = (seed: number) => {
    const random = seededRandom(seed);
    return Array.from({ length: 1_000 }, () => random());
  };

  it('is the same again for the same seed and another for another', () => {
    expect(drawn(7)).toEqual(drawn(7));
    expect(drawn(7)).not.toEqual(drawn(8));
  });

  it('spreads evenly over its range', () => {
    const random = seededRandom(1);
    const counts = Array.from({ length: 10 }, () => 0);
    for (let draw = 0; draw < 10_000; draw += 1) {
      const at = below(random, 10);
      counts[at] = (counts[at] ?? 0) + 1;
    }
    for (const count of counts) expect(Math.abs(count - 1_000)).toBeLessThan(150);
    expect(drawn(3).every((value) => value >= 0 && value < 1)).toBe(true);
  });

  it('shuffles without losing or doubling any, and leaves what it was given alone', () => {
    const items = [1, 2, 3, 4, 5, 6, 7, 8];
    const mixed = shuffled(items, seededRandom(2));
    expect(mixed).not.toEqual(items);
    expect([...mixed].sort()).toEqual(items);
    expect(items).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });
});
