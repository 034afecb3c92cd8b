import { describe, expect, it } from '@jest/globals';
import { beginning, earlierOf, fromPosition, isPosition, laterOf, toPosition } from './position.js';

describe('a position of the log', () => {
  it.each<[number | bigint, string]>([
    [0, '0000000000000000'],
    [1, '0000000000000001'],
    [255, '00000000000000ff'],
    [Number.MAX_SAFE_INTEGER, '001fffffffffffff'],
    [2n ** 53n + 1n, '0020000000000001'],
    [2n ** 64n - 1n, 'ffffffffffffffff'],
  ])('writes %s as 16 digits', (value, text) => {
    expect(toPosition(value)).toBe(text);
    expect(fromPosition(text)).toBe(BigInt(value));
  });

  it.each([-1, -1n, 1.5, Number.NaN, Infinity, 2n ** 64n])('refuses %s', (value) => {
    expect(() => toPosition(value)).toThrow(RangeError);
  });

  it('sorts as text in the order of the log', () => {
    const values = [0, 9, 10, 15, 16, 255, 256, 4_095, 4_096, 2 ** 40];
    expect(values.map(toPosition).sort()).toEqual(values.map(toPosition));
  });

  it('tells positions from other texts', () => {
    expect(['0000000000000000', 'ffffffffffffffff', toPosition(77)].every(isPosition)).toBe(true);
    expect(['', '0', '000000000000000G', '00000000000000AB', '00000000000000000', ' 000000000000000'].some(isPosition)).toBe(false);
  });

  it('knows the later and the earlier of two', () => {
    const [one, other] = [toPosition(9), toPosition(16)];
    expect([laterOf(one, other), laterOf(other, one), laterOf(one, one)]).toEqual([other, other, one]);
    expect([earlierOf(one, other), earlierOf(other, one)]).toEqual([one, one]);
    expect(laterOf(beginning, one)).toBe(one);
  });
});
