import { describe, expect, it } from '@jest/globals';
import { median, quantile, ratios, spreadOf, verdictOn } from './statistics.js';

describe('what is made of the rounds', () => {
  it('takes the middle round, or the mean of the middle two, by value and not by text', () => {
    expect(median([100, 9, 20])).toBe(20);
    expect(median([1, 10, 2, 4])).toBe(3);
    expect(median([7])).toBe(7);
    expect(median([])).toBeNaN();
  });

  it('takes a quantile by nearest rank', () => {
    const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
    expect([0, 0.5, 0.95, 1].map((share) => quantile(hundred, share))).toEqual([1, 50, 95, 100]);
    expect(quantile([3], 0.95)).toBe(3);
  });

  it('shows the best and the worst round beside the middle one', () => {
    expect(spreadOf([3, 1, 2])).toEqual({ median: 2, least: 1, most: 3 });
  });

  it('divides round by round, so that a slow round of both sides changes nothing', () => {
    expect(ratios([10, 5, 20], [20, 10, 40])).toEqual([0.5, 0.5, 0.5]);
    expect(ratios([1, 2], [1])[1]).toBeNaN();
  });
});

describe('the verdict', () => {
  it('says whether a ratio is below its floor, at it, or has reached the aim', () => {
    const target = { better: 'higher', floor: 0.6, aim: 1.4 } as const;
    expect([0.59, 0.6, 1.39, 1.4].map((value) => verdictOn(value, target))).toEqual(['BELOW FLOOR', 'ok', 'ok', 'ok, aim reached']);
  });

  it('turns round where less is better', () => {
    const target = { better: 'lower', floor: 1.5, aim: 1 } as const;
    expect([1.6, 1.5, 1].map((value) => verdictOn(value, target))).toEqual(['BELOW FLOOR', 'ok', 'ok, aim reached']);
  });

  it('never passes what was not measured, and judges nothing that has no floor', () => {
    expect(verdictOn(NaN, { better: 'higher', floor: 0.1 })).toBe('BELOW FLOOR');
    expect(verdictOn(NaN, { better: 'higher' })).toBe('BELOW FLOOR');
    expect(verdictOn(0.1, { better: 'higher' })).toBe('');
  });
});
