import type { OrderFeedEvent } from '@shop/events';
import type { OrderFeed } from '@shop/projector';
import type { Actor, Simulation } from '../core/simulation.js';
import type { Faults } from '../faults/faults.js';

export type OrderFeedParts = {
  readonly sim: Simulation;
  readonly faults: Faults;
  /** What readers of the feed get, as JSON, in order. */
  readonly lines: string[];
};

const outage = 20_000;

/** The feed as the relay of one process sees it: acknowledged means stored, everything else means nothing. */
export const simulatedOrderFeed = ({ sim, faults, lines }: OrderFeedParts, who: Actor): OrderFeed => {
  const { random } = sim;
  let closed = false;
  const noAnswer = () => new Error('no acknowledgement, as the seed has it');
  const store = (events: readonly OrderFeedEvent[]): void => {
    for (const event of events) lines.push(JSON.stringify(event));
  };
  return {
    publish: async (events) => {
      await sim.step(who, 'publish', '', () => store(events));
      if (closed) throw new Error('the feed is closed');
      if (faults.strikes('feed down')) {
        await sim.sleep(who, random() * outage);
        throw noAnswer();
      }
      if (faults.strikes('feed cut off')) {
        store(events.slice(0, Math.floor(random() * (events.length + 1))));
        throw noAnswer();
      }
      store(events);
      if (faults.strikes('feed sends twice')) store(events);
      await sim.step(who, 'publish answer');
      if (faults.strikes('feed acknowledgement lost')) throw noAnswer();
    },
    close: async () => {
      closed = true;
    },
  };
};
