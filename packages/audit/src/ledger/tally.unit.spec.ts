import { describe, expect, it } from '@jest/globals';
import { tally } from './tally.js';

describe('a tally', () => {
  it('is exact far beyond what a number holds, up and down', () => {
    const sum = tally();
    let expected = 0n;
    for (let n = 0; n < 5_000; n += 1) {
      const amount = (n % 3 === 0 ? -1 : 1) * (Number.MAX_SAFE_INTEGER - n * 1_000_003);
      const part = n % 7 === 0 ? n : amount;
      sum.add(part);
      expected += BigInt(part);
    }
    expect(expected).toBeGreaterThan(BigInt(Number.MAX_SAFE_INTEGER) * 100n);
    expect(sum.total()).toBe(expected);
  });
});
