import { composeCommandApi, type CommandApi } from '@shop/command-api';
import type { Clock, Random } from '@shop/clock';
import type { EventStore } from '@shop/event-store';
import { createHttpServer, type HttpServer, type Service } from '@shop/http';
import { composeProjector, type OrderFeed, type Projector } from '@shop/projector';
import { composeQueryApi } from '@shop/query-api';
import type { ReadStore } from '@shop/read-store';
import { Container, type ServiceIdentifier } from 'inversify';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { Settings } from './settings.js';

export type ShopDependencies = {
  readonly eventStore: EventStore;
  readonly readStore: ReadStore;
  readonly orderFeed: OrderFeed;
  readonly clock: Clock;
  readonly random: Random;
  readonly newId: () => string;
  readonly logger: Logger;
  readonly registry: Registry;
  readonly settings: Settings;
};

const token = <Type>(name: string): ServiceIdentifier<Type> => Symbol(name);

export const T = {
  CommandApi: token<CommandApi>('CommandApi'),
  Projector: token<Projector>('Projector'),
  QueryApi: token<Service>('QueryApi'),
  HttpServer: token<HttpServer>('HttpServer'),
} as const;

/** The three services in one process, on one port. */
export const buildContainer = (dependencies: ShopDependencies): Container => {
  const { settings, ...ports } = dependencies;
  const container = new Container();
  container
    .bind(T.CommandApi)
    .toResolvedValue(() => composeCommandApi({ ...ports, settings: settings.command, soleWriter: true }), [])
    .inSingletonScope();
  container
    .bind(T.Projector)
    .toResolvedValue(() => composeProjector({ ...ports, settings: settings.projector }), [])
    .inSingletonScope();
  container
    .bind(T.QueryApi)
    .toResolvedValue(
      (projector: Projector) => composeQueryApi({ ...ports, settings: settings.query, onWait: projector.hurry }),
      [T.Projector],
    )
    .inSingletonScope();
  container
    .bind(T.HttpServer)
    .toResolvedValue(
      (...services: [CommandApi, Service, Projector]) => createHttpServer({ ...ports, services, settings: settings.http }),
      [T.CommandApi, T.QueryApi, T.Projector],
    )
    .inSingletonScope();
  return container;
};
