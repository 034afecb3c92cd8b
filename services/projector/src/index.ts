import type { Service } from '@shop/http';
import { buildContainer, T, type ProjectorDependencies } from './container.js';
import type { ProjectorOperations } from './operations.js';
import type { RelayState } from './order-feed/relay.js';

export type { ProjectorDependencies } from './container.js';
export type { EventPages } from './engine/event-pages.js';
export { UnknownParkedStreamError, type ParkedEntry, type ProjectionStatus, type ProjectorOperations } from './operations.js';
export { openNdjsonOrderFeed } from './order-feed/ndjson-order-feed.js';
export type { OrderFeed } from './order-feed/order-feed.js';
export type { RelayState } from './order-feed/relay.js';
export { projections } from './projections.js';
export type { Projection } from './projection.js';
export type { Comparison } from './rebuild/compare.js';
export { patientReading } from './rebuild/patient-reading.js';
export { PoisonedRebuildError } from './rebuild/fill.js';
export {
  RebuildUnderWayError,
  UnknownProjectionError,
  type RebuildProgress,
  type RebuildReport,
  type RebuildRequest,
} from './rebuild/rebuild.js';
export { NotCaughtUpError } from './rebuild/switch.js';
export { readSettings, type Settings as ProjectorSettings } from './settings.js';

export type Projector = Service & ProjectorOperations & { readonly feedState: () => RelayState | undefined };

/** Builds the read models from the log and sends orders to the data platform. It has no routes of its own. */
export const composeProjector = (dependencies: ProjectorDependencies): Projector => {
  const { logger } = dependencies;
  const container = buildContainer(dependencies);
  const engine = container.get(T.Engine);
  const relay = dependencies.orderFeed && container.get(T.Relay);
  const ending = new AbortController();
  let running: Promise<unknown> = Promise.resolve();

  return {
    ...container.get(T.Operations),
    feedState: () => relay?.state(),
    name: 'projector',
    routes: [],
    readiness: container.get(T.Readiness),
    start: async () => {
      running = Promise.all([engine.run(ending.signal), relay?.run(ending.signal)]).catch((error: unknown) => {
        logger.fatal({ err: error }, 'the projector has ended');
      });
      // Where the read store is down the start does not wait for it: the projector goes on trying, and is not ready.
      await engine.feeding.look().catch((error: unknown) => logger.warn({ err: error }, 'the read store cannot be used yet'));
    },
    stop: async () => {
      ending.abort();
      await running;
    },
  };
};
