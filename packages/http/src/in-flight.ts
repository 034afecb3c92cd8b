import type { Exchange } from './exchange.js';

/** Requests taken and not yet answered. */
export type InFlight = {
  readonly all: ReadonlySet<Exchange>;
  readonly add: (exchange: Exchange) => void;
  readonly remove: (exchange: Exchange) => void;
  /** Resolves when there is none, at once where there is none now. */
  readonly whenNone: () => Promise<void>;
};

export const inFlightRequests = (): InFlight => {
  const all = new Set<Exchange>();
  let waiting: (() => void) | undefined;
  return {
    all,
    add: (exchange) => {
      all.add(exchange);
    },
    remove: (exchange) => {
      if (all.delete(exchange) && all.size === 0) waiting?.();
    },
    whenNone: () =>
      new Promise((resolve) => {
        if (all.size === 0) resolve();
        else waiting = resolve;
      }),
  };
};
