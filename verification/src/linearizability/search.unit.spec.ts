import { describe, expect, it } from '@jest/globals';
import { seededRandom } from '@shop/clock';
import type { Operation } from './operation.js';
import { search } from './search.js';

const write = (name: string, begin: number, end: number, adds: number, saw?: number): Operation => ({ name, begin, end, adds, saw });
const read = (begin: number, end: number, saw: number): Operation => ({ name: `read ${saw}`, begin, end, saw });
const charge = write('charge 100', 1, 2, 100, 100);
const more = write('charge 50', 3, 6, 50, 150);
const order = write('order', 5, 8, -30, 120);
const found = (...operations: Operation[]) => {
  const result = search(operations);
  return result.verdict === 'not linearizable' ? `stuck at ${result.stuck.join()}` : result.verdict;
};

describe('the search that trusts no revision', () => {
  it('finds an order where there is one', () => {
    expect(found(order, more, charge, read(0, 1, 0), read(4, 9, 100), read(7, 9, 150), read(9, 10, 120))).toBe('linearizable');
  });

  it('goes back on a choice that leads nowhere', () => {
    const [one, other] = [write('sell 1', 3, 9, -1), write('sell 2', 3, 9, -2)];
    expect(found(charge, one, other, read(4, 5, 98), read(10, 11, 97))).toBe('linearizable');
    expect(found(charge, one, other, read(4, 5, 99), read(10, 11, 97))).toBe('linearizable');
  });

  it('names a forged read', () => {
    expect(found(charge, more, order, read(9, 10, 121))).toBe('stuck at read 121');
  });

  it('names a stale read', () => {
    expect(found(charge, more, order, read(9, 10, 150))).toBe('stuck at read 150');
  });

  it('names a lost update: two writes that both saw what was there before', () => {
    expect(found(charge, write('charge 50', 3, 6, 50, 150), write('charge 7', 3, 6, 7, 107))).toMatch(/^stuck at charge/);
    expect(found(charge, more, read(7, 8, 100))).toBe('stuck at read 100');
  });

  it('never lets a number fall below nothing', () => {
    expect(found(charge, write('order', 3, 4, -101))).toBe('stuck at order');
  });

  it('takes what nobody acknowledged as it explains the rest: come about, or not, or much later', () => {
    const unknown: Operation = { ...write('unknown', 3, Infinity, 50), optional: true };
    for (const saw of [100, 150]) expect(found(charge, unknown, read(9, 10, saw))).toBe('linearizable');
    expect(found(charge, unknown, read(9, 10, 150), read(11, 12, 100))).toBe('stuck at read 100');
    const undone: Operation = { ...write('undone', 3, Infinity, -50), optional: true, follows: unknown };
    expect(found(charge, unknown, undone, read(9, 10, 150), read(11, 12, 100))).toBe('linearizable');
    expect(found(charge, unknown, undone, read(9, 10, 50))).toBe('stuck at read 50');
  });

  it('gives up rather than to take for ever', () => {
    const many = Array.from({ length: 24 }, (_, index) => write(`sell ${index}`, 3, 9, -(2 ** (index % 8))));
    expect(search([write('stock', 1, 2, 1_000_000, 1_000_000), ...many, read(10, 11, 1)], 1_000).verdict).toBe('undecided');
  });

  it.each([1, 2, 3, 4, 5])(
    'finds the order of eight clients and a thousand operations, and sees one answer that was changed (seed %i)',
    (seed) => {
      const random = seededRandom(seed);
      const operations: Operation[] = [];
      let value = 0;
      const free = Array.from({ length: 8 }, () => 0);
      for (let at = 1; operations.length < 1_000; at += 1) {
        const client = Math.floor(random() * free.length);
        const begin = Math.max((free[client] ?? 0) + 0.001, at - 3 * random());
        const end = Math.max(begin, at) + 3 * random();
        free[client] = end;
        const adds = random() < 0.4 ? undefined : Math.floor(random() * 100) - (value > 200 ? 60 : 0);
        value += adds ?? 0;
        operations.push({
          name: `${operations.length}`,
          begin: Math.min(begin, at),
          end: Math.max(end, at),
          adds,
          saw: random() < 0.2 && adds !== undefined ? undefined : value,
        });
      }
      expect(search(operations).verdict).toBe('linearizable');
      const at = operations.findIndex(({ saw }, index) => index > 500 && saw !== undefined);
      const forged = operations.map((operation, index) => (index === at ? { ...operation, saw: 1_000_000 } : operation));
      expect(search(forged)).toMatchObject({ verdict: 'not linearizable', stuck: expect.arrayContaining([String(at)]) });
    },
  );
});
