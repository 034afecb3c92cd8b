export type Timer<Item> = { readonly at: number; readonly number: number; readonly item: Item; dropped: boolean };

export type TimerQueue<Item> = {
  readonly add: (at: number, item: Item) => Timer<Item>;
  readonly drop: (timer: Timer<Item>) => void;
  /** The earliest one, of two of one time the one that was added first. */
  readonly take: () => Timer<Item> | undefined;
  readonly isEmpty: () => boolean;
};

const isBefore = (one: Timer<unknown>, other: Timer<unknown>): boolean =>
  one.at < other.at || (one.at === other.at && one.number < other.number);

/** A binary heap. A timer that was dropped stays in it until its turn comes. */
export const timerQueue = <Item>(): TimerQueue<Item> => {
  const heap: Timer<Item>[] = [];
  let added = 0;

  const swap = (one: number, other: number): void => {
    const [first, second] = [heap[one], heap[other]];
    if (!first || !second) return;
    heap[one] = second;
    heap[other] = first;
  };
  const precedes = (one: number, other: number): boolean => {
    const [first, second] = [heap[one], heap[other]];
    return first !== undefined && (second === undefined || isBefore(first, second));
  };
  const rise = (from: number): void => {
    for (let at = from; at > 0;) {
      const parent = (at - 1) >> 1;
      if (!precedes(at, parent)) return;
      swap(at, parent);
      at = parent;
    }
  };
  const sink = (): void => {
    for (let at = 0; ;) {
      const [left, right] = [2 * at + 1, 2 * at + 2];
      const least = precedes(right, left) ? right : left;
      if (!precedes(least, at)) return;
      swap(least, at);
      at = least;
    }
  };
  const takeFirst = (): Timer<Item> | undefined => {
    const [first] = heap;
    const last = heap.pop();
    if (last && heap.length > 0) {
      heap[0] = last;
      sink();
    }
    return first;
  };

  return {
    add: (at, item) => {
      const timer = { at, number: (added += 1), item, dropped: false };
      heap.push(timer);
      rise(heap.length - 1);
      return timer;
    },
    drop: (timer) => {
      timer.dropped = true;
    },
    take: () => {
      for (let timer = takeFirst(); timer; timer = takeFirst()) if (!timer.dropped) return timer;
      return undefined;
    },
    isEmpty: () => {
      while (heap[0]?.dropped) takeFirst();
      return heap.length === 0;
    },
  };
};
