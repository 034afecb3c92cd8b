import { describe, expect, it } from '@jest/globals';
import { digest, fingerprintTable } from './fingerprints.js';

describe('a table of fingerprints', () => {
  it('remembers what it was told, far past its first size', () => {
    const table = fingerprintTable();
    for (let n = 0; n < 50_000; n += 1) table.set(`id-${n}`, n);
    expect(table.size()).toBe(50_000);
    for (let n = 0; n < 50_000; n += 1) if (table.get(`id-${n}`) !== n) throw new Error(`id-${n} is lost`);
    expect(table.has('id-50000')).toBe(false);
  });
  it('keeps the last value of a key', () => {
    const table = fingerprintTable();
    table.set('one', 1);
    table.set('one', 2);
    expect([table.get('one'), table.size(), [...table.values()]]).toEqual([2, 1, [2]]);
  });
  it('tells apart texts that differ in one place', () => {
    const digests = new Set(Array.from({ length: 100_000 }, (_, n) => digest(`checkout-${n}:mug`)));
    expect(digests.size).toBe(100_000);
  });
});
