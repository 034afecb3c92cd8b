import type { AppendResult, EventStore, NewEvent, Position } from '@shop/event-store';
import type { Stores } from '../data-folder.js';

/** Faults that a test turns on and off while the shop runs; what a switch does not answer is passed on. */
export type FaultSwitches = {
  append?: ((stream: string, events: readonly NewEvent[], pass: () => Promise<AppendResult>) => Promise<AppendResult>) | undefined;
  head?: ((pass: () => Promise<Position>) => Promise<Position>) | undefined;
  /** Thrown by every search of the read store. */
  search?: Error | undefined;
};

export type FaultyStores = {
  readonly switches: FaultSwitches;
  readonly behind: (stores: Stores) => Stores;
  /** The log itself, as another process would write to it. */
  readonly log: () => EventStore;
};

export const faultyStores = (): FaultyStores => {
  const switches: FaultSwitches = {};
  let log: EventStore | undefined;
  return {
    switches,
    log: () => {
      if (!log) throw new Error('the shop is not open yet');
      return log;
    },
    behind: ({ eventStore, readStore, close }) => {
      log = eventStore;
      return {
        close,
        eventStore: {
          ...eventStore,
          append: (stream, revision, events) => {
            const pass = () => eventStore.append(stream, revision, events);
            return switches.append ? switches.append(stream, events, pass) : pass();
          },
          head: () => (switches.head ? switches.head(eventStore.head) : eventStore.head()),
        },
        readStore: {
          ...readStore,
          find: async (collection, query) => {
            if (switches.search) throw switches.search;
            return readStore.find(collection, query);
          },
        },
      };
    },
  };
};
