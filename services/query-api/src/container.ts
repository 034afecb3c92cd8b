import type { Clock } from '@shop/clock';
import type { EventStore } from '@shop/event-store';
import type { BoundRoute } from '@shop/http';
import type { ReadStore } from '@shop/read-store';
import { Container, type ServiceIdentifier } from 'inversify';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import { exactReads, type ExactReads } from './freshness/index.js';
import { queryMetrics, type QueryMetrics } from './query-metrics.js';
import { queryRoutes } from './routes.js';
import type { QuerySettings } from './settings.js';

export type QueryApiDependencies = {
  /** Where the log ends, and the histories that are read from it. */
  readonly eventStore: Pick<EventStore, 'head' | 'readStreamBackwards'>;
  readonly readStore: ReadStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly settings: QuerySettings;
  readonly registry: Registry;
  /** Tells a projector in the same process that a read waits for it. */
  readonly onWait?: () => void;
};

const token = <Type>(name: string): ServiceIdentifier<Type> => Symbol(name);

export const T = {
  EventStore: token<QueryApiDependencies['eventStore']>('EventStore'),
  ReadStore: token<ReadStore>('ReadStore'),
  Clock: token<Clock>('Clock'),
  Logger: token<Logger>('Logger'),
  Settings: token<QuerySettings>('Settings'),
  OnWait: token<() => void>('OnWait'),
  Metrics: token<QueryMetrics>('Metrics'),
  ExactReads: token<ExactReads>('ExactReads'),
  Routes: token<readonly BoundRoute[]>('Routes'),
} as const;

const reading = (
  eventStore: Pick<EventStore, 'head'>,
  readStore: ReadStore,
  clock: Clock,
  logger: Logger,
  settings: QuerySettings,
  onWait: () => void,
  metrics: QueryMetrics,
): ExactReads => {
  const counted = () => {
    metrics.headAsked();
    return eventStore.head();
  };
  const { READ_WAIT_MS: patienceMs, READ_WAITERS_MAX: most, READ_WAITERS_PER_USER_MAX: mostPerUser } = settings;
  const reads = exactReads({ eventStore: { head: counted }, readStore, clock, logger, limits: { patienceMs, most, mostPerUser }, onWait });
  metrics.showWaiting(reads.waiting);
  return reads;
};

export const buildContainer = (dependencies: QueryApiDependencies): Container => {
  const container = new Container();
  container.bind(T.EventStore).toConstantValue(dependencies.eventStore);
  container.bind(T.ReadStore).toConstantValue(dependencies.readStore);
  container.bind(T.Clock).toConstantValue(dependencies.clock);
  container.bind(T.Logger).toConstantValue(dependencies.logger);
  container.bind(T.Settings).toConstantValue(dependencies.settings);
  container.bind(T.OnWait).toConstantValue(dependencies.onWait ?? (() => undefined));
  container.bind(T.Metrics).toConstantValue(queryMetrics(dependencies.registry));
  container
    .bind(T.ExactReads)
    .toResolvedValue(reading, [T.EventStore, T.ReadStore, T.Clock, T.Logger, T.Settings, T.OnWait, T.Metrics])
    .inSingletonScope();
  container.bind(T.Routes).toResolvedValue(queryRoutes, [T.ExactReads, T.EventStore]).inSingletonScope();
  return container;
};
