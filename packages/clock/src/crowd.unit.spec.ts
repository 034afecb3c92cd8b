import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { crowd, type Member } from './crowd.js';

type Person = Member & { readonly name: string };
const person = (name: string): Person => ({ name, place: undefined });

describe('a crowd', () => {
  it('knows who is there, whoever comes and goes in whatever order', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), fc.nat(9))), (moves) => {
        const people = Array.from({ length: 10 }, (_, index) => person(`${index}`));
        const there = new Set<Person>();
        const tested = crowd<Person>();
        for (const [comes, index] of moves) {
          const one = people[index] ?? person('nobody');
          if (comes) {
            there.add(one);
            tested.add(one);
          } else expect(tested.remove(one)).toBe(there.delete(one));
          expect(tested.size()).toBe(there.size);
        }
        expect(new Set(tested.all())).toEqual(there);
      }),
    );
  });

  it('hands out those who are there now: who leaves meanwhile is still named', () => {
    const tested = crowd<Person>();
    for (const name of ['a', 'b', 'c']) tested.add(person(name));
    const names = [];
    for (const one of tested.all()) {
      tested.remove(one);
      names.push(one.name);
    }
    expect(names).toEqual(['a', 'b', 'c']);
    expect(tested.all()).toEqual([]);
  });
});
