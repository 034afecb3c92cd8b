import type { Clock, Random } from '@shop/clock';
import { parseStored } from '@shop/events';
import type { Readiness } from '@shop/http';
import type { ReadStore } from '@shop/read-store';
import { Container, type ServiceIdentifier } from 'inversify';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { ParseEvent } from './engine/log-event.js';
import { projectorOperations, type ProjectorOperations } from './operations.js';
import { feedMetrics } from './order-feed/feed-metrics.js';
import type { OrderFeed } from './order-feed/order-feed.js';
import { orderFeedRelay, type OrderFeedRelay } from './order-feed/relay.js';
import { projectionEngine, type ProjectedLog, type ProjectionEngine } from './projection-engine.js';
import { projectionMetrics } from './projection-metrics.js';
import type { Projection } from './projection.js';
import { projections as allProjections } from './projections.js';
import { projectorReadiness } from './readiness.js';
import type { Settings } from './settings.js';

export type ProjectorDependencies = {
  readonly eventStore: ProjectedLog;
  readonly readStore: ReadStore;
  /** Absent for tools that rebuild read models: orders are told by the shop alone. */
  readonly orderFeed?: OrderFeed;
  readonly clock: Clock;
  readonly random: Random;
  readonly newId: () => string;
  readonly logger: Logger;
  readonly settings: Settings;
  readonly registry: Registry;
  /** Default: all read models of the shop. */
  readonly projections?: readonly Projection[];
  /** Default: what @shop/events knows. */
  readonly parse?: ParseEvent;
};

const token = <Type>(name: string): ServiceIdentifier<Type> => Symbol(name);

export const T = {
  Engine: token<ProjectionEngine>('Engine'),
  Operations: token<ProjectorOperations>('Operations'),
  Relay: token<OrderFeedRelay>('Relay'),
  Readiness: token<() => Promise<Readiness>>('Readiness'),
} as const;

/** The one place where the parts of this service meet. */
export const buildContainer = (dependencies: ProjectorDependencies): Container => {
  const { orderFeed, registry, projections = allProjections, parse = parseStored, ...ports } = dependencies;
  const container = new Container();
  container
    .bind(T.Engine)
    .toResolvedValue(() => projectionEngine({ ...ports, projections, parse }), [])
    .inSingletonScope();
  container
    .bind(T.Operations)
    .toResolvedValue(
      (engine: ProjectionEngine) => {
        const operations = projectorOperations({ ...ports, projections, engine });
        projectionMetrics(registry, operations.status, engine.pages.position);
        return operations;
      },
      [T.Engine],
    )
    .inSingletonScope();
  if (orderFeed)
    container
      .bind(T.Relay)
      .toResolvedValue(
        ({ pages }: ProjectionEngine) => {
          const relay = orderFeedRelay({
            ...ports,
            pages,
            feed: orderFeed,
            source: ports.settings.orderFeedSource,
            retry: ports.settings.retry,
          });
          feedMetrics(registry, relay.state);
          return relay;
        },
        [T.Engine],
      )
      .inSingletonScope();
  container
    .bind(T.Readiness)
    .toResolvedValue(
      ({ pages }: ProjectionEngine, { status }: ProjectorOperations) =>
        projectorReadiness({ ...ports, status, subscribed: () => pages.position() !== undefined }),
      [T.Engine, T.Operations],
    )
    .inSingletonScope();
  return container;
};
