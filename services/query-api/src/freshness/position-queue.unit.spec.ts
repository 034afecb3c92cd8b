import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { at } from '../testing/query-shop.js';
import { positionQueue } from './position-queue.js';

const openQueue = () => {
  const woken: string[] = [];
  const queue = positionQueue<string>();
  const wait = (position: number, who: string) =>
    queue.add(at(position), {
      wake: (arrival) => woken.push(`${who} by ${arrival}`),
      fail: (error) => woken.push(`${who} ${String(error)}`),
    });
  return { woken, queue, wait };
};

describe('those who wait for a position', () => {
  it('are woken in the order of positions, and of arrival at one position', () => {
    const { woken, queue, wait } = openQueue();
    wait(7, 'late');
    wait(3, 'early');
    wait(5, 'first');
    wait(5, 'second');
    queue.wake(at(5), 'five');
    expect(woken).toEqual(['early by five', 'first by five', 'second by five']);
    queue.wake(at(9), 'nine');
    expect(woken.slice(3)).toEqual(['late by nine']);
    expect(queue.isEmpty()).toBe(true);
  });

  it('are left alone by a position that is not theirs yet', () => {
    const { woken, queue, wait } = openQueue();
    wait(5, 'one');
    queue.wake(at(4), 'four');
    expect(woken).toEqual([]);
  });

  it('are not woken once they have left', () => {
    const { woken, queue, wait } = openQueue();
    const leave = wait(5, 'gone');
    wait(5, 'here');
    leave();
    leave();
    queue.wake(at(5), 'five');
    expect(woken).toEqual(['here by five']);
  });

  it('take no place from others by leaving after they were woken', () => {
    const { woken, queue, wait } = openQueue();
    const leave = wait(3, 'woken');
    wait(5, 'waiting');
    queue.wake(at(3), 'three');
    leave();
    queue.wake(at(5), 'five');
    expect(woken).toEqual(['woken by three', 'waiting by five']);
  });

  it('leave nothing behind when the last of a position goes', () => {
    const { queue, wait } = openQueue();
    const leave = [wait(5, 'one'), wait(3, 'two'), wait(9, 'three')];
    leave.forEach((go) => go());
    expect(queue.isEmpty()).toBe(true);
  });

  it('all learn of a failure', () => {
    const { woken, queue, wait } = openQueue();
    wait(5, 'one');
    wait(3, 'two');
    queue.failAll('down');
    expect(woken).toEqual(['two down', 'one down']);
    expect(queue.isEmpty()).toBe(true);
  });

  it('are woken exactly once, by the first position that is theirs, whatever comes and goes', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('add' as const), position: fc.integer({ min: 0, max: 20 }) }),
      fc.record({ kind: fc.constant('wake' as const), position: fc.integer({ min: 0, max: 20 }) }),
      fc.record({ kind: fc.constant('leave' as const), position: fc.nat({ max: 30 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const queue = positionQueue<number>();
        const woken: number[] = [];
        const leaves: (() => void)[] = [];
        const waiting = new Map<number, number>();
        for (const { kind, position } of steps) {
          if (kind === 'add') {
            const who = leaves.length;
            waiting.set(who, position);
            leaves.push(queue.add(at(position), { wake: () => woken.push(who), fail: () => undefined }));
          } else if (kind === 'leave') {
            leaves[position]?.();
            waiting.delete(position);
          } else {
            const due = [...waiting].filter(([, needed]) => needed <= position).sort(([a, one], [b, other]) => one - other || a - b);
            due.forEach(([who]) => waiting.delete(who));
            woken.length = 0;
            queue.wake(at(position), position);
            expect(woken).toEqual(due.map(([who]) => who));
          }
          expect(queue.isEmpty()).toBe(waiting.size === 0);
        }
      }),
    );
  });
});
