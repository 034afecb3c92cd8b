import { crowd } from '@shop/clock';
import type { Exchange } from './exchange.js';

/** Requests taken and not yet answered. */
export type InFlight = {
  readonly size: () => number;
  readonly all: () => readonly Exchange[];
  readonly add: (exchange: Exchange) => void;
  readonly remove: (exchange: Exchange) => void;
  /** Resolves when there is none, at once where there is none now. */
  readonly whenNone: () => Promise<void>;
};

export const inFlightRequests = (): InFlight => {
  const { size, all, add, remove } = crowd<Exchange>();
  let waiting: (() => void) | undefined;
  return {
    size,
    all,
    add,
    remove: (exchange) => {
      if (remove(exchange) && size() === 0) waiting?.();
    },
    whenNone: () =>
      new Promise((resolve) => {
        if (size() === 0) resolve();
        else waiting = resolve;
      }),
  };
};
