import { Gauge, type Registry } from 'prom-client';
import type { RelayState } from './relay.js';

const states = ['starting', 'following', 'retrying', 'stopped'] as const satisfies readonly RelayState['status'][];

/** What an operator watches of the feed: it never shows in readiness, as orders do not wait for it. */
export const feedMetrics = (registry: Registry, state: () => RelayState): void => {
  const registers = [registry];
  new Gauge({
    name: 'order_feed_lag_events',
    help: 'Events of the log that the feed has not passed yet; -1 where they are too many to tell',
    registers,
    collect() {
      this.set(state().lag ?? -1);
    },
  });
  new Gauge({
    name: 'order_feed_published_events',
    help: 'Events acknowledged by the feed since this process started',
    registers,
    collect() {
      this.set(state().published);
    },
  });
  new Gauge({
    name: 'order_feed_state',
    help: '1 for the state that the feed is in; stopped: an event cannot be sent, and none is skipped',
    labelNames: ['state'],
    registers,
    collect() {
      for (const one of states) this.set({ state: one }, state().status === one ? 1 : 0);
    },
  });
};
