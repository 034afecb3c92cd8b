import { composeCommandApi, type CommandApi } from '@shop/command-api';
import type { Clock, Random } from '@shop/clock';
import type { EventStore, Staging } from '@shop/event-store';
import { createHttpServer, type HttpServer, type Service } from '@shop/http';
import type { ProjectorOperations } from '@shop/projector';
import { composeQueryApi } from '@shop/query-api';
import type { ReadStore } from '@shop/read-store';
import { Container, type ServiceIdentifier } from 'inversify';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { Settings } from './settings.js';

/** The projector of the shop, in this thread or another. */
export type ShopProjector = Service &
  Pick<ProjectorOperations, 'rebuild' | 'listParked' | 'retryParked' | 'skipParked'> & { readonly hurry: () => void };

/** What every part of the shop works with. */
export type ShopTools = {
  readonly clock: Clock;
  readonly random: Random;
  readonly newId: () => string;
  readonly logger: Logger;
  readonly registry: Registry;
  readonly settings: Settings;
};

export type ShopDependencies = ShopTools & {
  readonly eventStore: EventStore;
  readonly staging?: Staging | undefined;
  readonly readStore: ReadStore;
  readonly projector: ShopProjector;
};

const token = <Type>(name: string): ServiceIdentifier<Type> => Symbol(name);

export const T = {
  CommandApi: token<CommandApi>('CommandApi'),
  QueryApi: token<Service>('QueryApi'),
  HttpServer: token<HttpServer>('HttpServer'),
} as const;

/** The three services in one process, on one port. */
export const buildContainer = (dependencies: ShopDependencies): Container => {
  const { settings, projector, ...ports } = dependencies;
  const container = new Container();
  container
    .bind(T.CommandApi)
    .toResolvedValue(() => composeCommandApi({ ...ports, settings: settings.command, soleWriter: true }), [])
    .inSingletonScope();
  container
    .bind(T.QueryApi)
    .toResolvedValue(() => composeQueryApi({ ...ports, settings: settings.query, onWait: projector.hurry }), [])
    .inSingletonScope();
  container
    .bind(T.HttpServer)
    .toResolvedValue(
      (...services: [CommandApi, Service]) => createHttpServer({ ...ports, services: [...services, projector], settings: settings.http }),
      [T.CommandApi, T.QueryApi],
    )
    .inSingletonScope();
  return container;
};
