import { describe, expect, it } from '@jest/globals';
import { newUuid } from './new-uuid.js';

describe('a new id', () => {
  it('is a UUID of version 4 that nobody had before', () => {
    const ids = Array.from({ length: 2_000 }, newUuid);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('takes every value in every place that is free', () => {
    const seen = Array.from({ length: 36 }, () => new Set<string>());
    for (let count = 0; count < 2_000; count += 1) [...newUuid()].forEach((digit, place) => seen[place]?.add(digit));
    expect(seen.map(({ size }) => size)).toEqual(
      Array.from({ length: 36 }, (_, place) => ([8, 13, 14, 18, 23].includes(place) ? 1 : place === 19 ? 4 : 16)),
    );
  });
});
