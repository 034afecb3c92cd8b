import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '@shop/clock';
import type { EventStore } from '@shop/event-store';
import { streamKind } from '@shop/events';
import type { Products } from '../shop.js';

/**
 * Reads the products that the end of the log names, until it is told to stop: who finishes what a killed process left open of them finds them
 * in memory. It only saves time, and never rejects: what cannot be read is read again where it is needed, and tells why.
 */
export type ReadAhead = (signal: AbortSignal) => Promise<void>;

/** After so many, others have their turn: the projector gets the log through this thread. */
const productsAtOnce = 8;
const patienceMs = 1_000;

export const readingAhead =
  (store: Pick<EventStore, 'lastWritten'>, products: Pick<Products, 'readFresh'>, clock: Pick<Clock, 'monotonic'>): ReadAhead =>
  async (signal) => {
    const streams = (store.lastWritten?.() ?? []).filter((stream) => streamKind(stream) === 'product');
    for (let next = 0; next < streams.length && !signal.aborted; next += productsAtOnce) {
      const deadline = clock.monotonic() + patienceMs;
      await Promise.allSettled(streams.slice(next, next + productsAtOnce).map(async (stream) => products.readFresh(stream, deadline)));
      await nextTurn();
    }
  };
