import { orderFeedEvent } from '@shop/events';
import { orderFeedContract } from '@shop/projector/order-feed/order-feed-contract';
import { openWorld } from '../testing/open-world.js';
import { simulatedOrderFeed } from './order-feed.js';

orderFeedContract('the simulated order feed', {
  open: async () => {
    const { sim, faults, close } = openWorld();
    const lines: string[] = [];
    const open = () => simulatedOrderFeed({ sim, faults, lines }, sim.actor('one'));
    const feed = open();
    return {
      feed,
      received: async () => lines.map((line) => orderFeedEvent.parse(JSON.parse(line))),
      reopen: async () => open(),
      close: async () => {
        await feed.close();
        close();
      },
    };
  },
});
