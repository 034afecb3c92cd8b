import type { Position } from '@shop/event-store';

export type Waiter<Arrival> = { readonly wake: (arrival: Arrival) => void; readonly fail: (error: unknown) => void };

export type PositionQueue<Arrival> = {
  /** Answers how to leave the queue. */
  readonly add: (position: Position, waiter: Waiter<Arrival>) => () => void;
  /** Wakes whoever waits for `reached` or less, lowest position first and each position in the order of arrival. */
  readonly wake: (reached: Position, arrival: Arrival) => void;
  readonly failAll: (error: unknown) => void;
  readonly isEmpty: () => boolean;
};

/** Index of the first element that is not below `position`. */
const firstNotBelow = (sorted: readonly Position[], position: Position): number => {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? position) < position) low = middle + 1;
    else high = middle;
  }
  return low;
};

/** Those who wait for the log to be applied up to a position. Many share one, so the sorted list holds each position once. */
export const positionQueue = <Arrival>(): PositionQueue<Arrival> => {
  const groups = new Map<Position, Set<Waiter<Arrival>>>();
  const positions: Position[] = [];

  const groupAt = (position: Position): Set<Waiter<Arrival>> => {
    const known = groups.get(position);
    if (known) return known;
    const group = new Set<Waiter<Arrival>>();
    groups.set(position, group);
    positions.splice(firstNotBelow(positions, position), 0, position);
    return group;
  };
  const takeFirst = (count: number): Waiter<Arrival>[] =>
    positions.splice(0, count).flatMap((position) => {
      const group = groups.get(position);
      const woken = [...(group ?? [])];
      group?.clear(); // whoever leaves after being woken finds nothing to take away
      groups.delete(position);
      return woken;
    });
  return {
    add: (position, waiter) => {
      const group = groupAt(position);
      group.add(waiter);
      return () => {
        if (!group.delete(waiter) || group.size > 0) return;
        groups.delete(position);
        positions.splice(firstNotBelow(positions, position), 1);
      };
    },
    wake: (reached, arrival) => {
      const first = positions[0];
      if (first === undefined || first > reached) return;
      const reachedFrom = firstNotBelow(positions, reached);
      for (const { wake } of takeFirst(positions[reachedFrom] === reached ? reachedFrom + 1 : reachedFrom)) wake(arrival);
    },
    failAll: (error) => {
      for (const { fail } of takeFirst(positions.length)) fail(error);
    },
    isEmpty: () => positions.length === 0,
  };
};
