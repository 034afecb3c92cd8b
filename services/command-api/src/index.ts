import type { Readiness, Service } from '@shop/http';
import { buildContainer, T, type CommandApiDependencies } from './container.js';
import { sampleRegistration, type SampleProduct } from './product/sample-registration.js';

export type { CommandApiDependencies } from './container.js';
export { isSampleRegistration, type SampleProduct } from './product/sample-registration.js';
export { readSettings, settingsSchema, type Settings } from './settings.js';

export type CommandApi = Service & {
  /** Registers what an empty shop starts with; again, it changes nothing. */
  readonly registerSamples: (samples: readonly SampleProduct[]) => Promise<void>;
};

/** The command side of the shop: every POST, PUT, PATCH and DELETE, and what finishes orders that were left open. */
export const composeCommandApi = (
  dependencies: CommandApiDependencies & {
    /** No other process writes to this event store: what is found open at the start is finished before the first command. */
    readonly soleWriter?: boolean;
  },
): CommandApi => {
  const container = buildContainer(dependencies);
  const sweeper = container.get(T.Sweeper);
  const settlement = container.get(T.Settlement);
  const shop = container.get(T.Shop);
  const head = container.get(T.Head);
  const ground = container.get(T.Ground);

  const readiness = async (): Promise<Readiness> => {
    const recovery = sweeper.isDegraded() ? 'degraded' : 'up';
    try {
      await head();
    } catch {
      return { status: 'not_ready', checks: { eventStore: 'down', recovery }, parked: [] };
    }
    return { status: recovery === 'up' ? 'ready' : 'degraded', checks: { eventStore: 'up', recovery }, parked: [] };
  };

  return {
    name: 'command-api',
    routes: container.get(T.Routes),
    registerSamples: sampleRegistration(shop.products, dependencies.clock, ground),
    readiness,
    start: async () => {
      if (dependencies.soleWriter) await sweeper.sweepAll();
      sweeper.start();
    },
    stop: async () => {
      await sweeper.stop();
      await settlement.stop();
      await Promise.all([shop.products.stop(), shop.wallets.stop(), shop.carts.stop()]);
      await ground.staging?.settled();
    },
  };
};
