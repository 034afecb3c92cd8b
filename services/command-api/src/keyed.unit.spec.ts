import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { draftOf, keyed, without, type Keyed } from './keyed.js';

const key = fc.constantFrom('a', 'b', 'c', 'd', 'e');
type Step = { readonly key: string; readonly value: number | undefined };
const steps = fc.array(fc.record({ key, value: fc.option(fc.nat(9), { nil: undefined }) }), { maxLength: 30 });

const apply = (map: Keyed<number>, { key, value }: Step) => (value === undefined ? map.delete(key) : map.set(key, value));

describe('a draft of what a state remembers', () => {
  it('behaves as a copy, order included, and leaves the original alone', () => {
    fc.assert(
      fc.property(steps, steps, (before, after) => {
        const base = keyed<number>();
        before.forEach((step) => apply(base, step));
        const kept = [...base];
        const copy = keyed(kept);
        const draft = draftOf(base);
        for (const step of after) {
          const [one, other] = [apply(draft, step), apply(copy, step)];
          if (step.value === undefined) expect(one).toBe(other);
          expect([...draft]).toEqual([...copy]);
          expect(draft.size).toBe(copy.size);
          for (const name of ['a', 'b', 'c', 'd', 'e']) {
            expect(draft.get(name)).toBe(copy.get(name));
            expect(draft.has(name)).toBe(copy.has(name));
          }
        }
        expect([...base]).toEqual(kept);
      }),
      { numRuns: 500, seed: 20260105 },
    );
  });
});

describe('what a state remembers, without some of it', () => {
  it('is what is left, in its order, however much goes and whether it is there or not', () => {
    fc.assert(
      fc.property(steps, fc.uniqueArray(key), fc.boolean(), (before, keys, isDraft) => {
        const base = keyed<number>();
        before.forEach((step) => apply(base, step));
        const left = [...base].filter(([name]) => !keys.some((gone) => gone === name));
        expect([...without(isDraft ? draftOf(base) : base, keys)]).toEqual(left);
      }),
      { numRuns: 500, seed: 20260105 },
    );
  });
});
