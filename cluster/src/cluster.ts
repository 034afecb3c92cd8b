import { systemClock } from '@shop/clock';
import { readHttpSettings } from '@shop/http';
import type { Logger } from 'pino';
import { takeFolder } from './cluster-folder.js';
import { startEngines, type ClusterEngines } from './engines.js';
import { startGateway } from './gateway/gateway.js';
import type { ServiceName } from './gateway/instances.js';
import { startGuard } from './processes/guard.js';
import { portOffice } from './processes/ports.js';
import { serviceInstances, type InstanceCounts, type ServiceInstance } from './services.js';

export type ClusterOptions = {
  /** Where engines and logs keep what they write. */
  readonly folder: string;
  /** Of the gateway; 0 is any free one. */
  readonly port: number;
  readonly counts: InstanceCounts;
  /** Settings of all services beside those that the cluster makes. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly logger: Logger;
  /** Told what is being started, for people who wait. */
  readonly report?: (step: string) => void;
};

export type Cluster = {
  /** Of the gateway. */
  readonly url: string;
  readonly services: readonly ServiceInstance[];
  readonly of: (service: ServiceName) => readonly ServiceInstance[];
  readonly engines: ClusterEngines;
  readonly environment: Readonly<Record<string, string>>;
  /** Resolves with its name when a process ends that nobody stopped. */
  readonly lost: Promise<string>;
  readonly stop: () => Promise<void>;
};

/** Steps back what was done, the last first, whatever fails on the way. @throws the first failure */
const undoing = () => {
  const steps: (() => Promise<unknown>)[] = [];
  return {
    push: (step: () => Promise<unknown>) => void steps.push(step),
    undo: async (): Promise<void> => {
      const failures: unknown[] = [];
      for (const step of steps.splice(0).reverse()) await step().catch((error: unknown) => failures.push(error));
      if (failures.length > 0) throw failures[0];
    },
  };
};

/**
 * The whole shop as many processes on engines of this machine: for development and tests.
 * @throws Error where something cannot start; nothing is left then
 */
export const startCluster = async ({
  folder,
  port,
  counts,
  environment: settings = {},
  logger,
  report = () => undefined,
}: ClusterOptions): Promise<Cluster> => {
  const done = undoing();
  try {
    const { path, logFile, leave } = await takeFolder(folder);
    done.push(leave);
    const guard = startGuard();
    done.push(async () => guard.dismiss());
    const newPort = portOffice();
    report('Kafka, MongoDB wire server, event store');
    const engines = await startEngines(path, { newPort, guard, logFile });
    done.push(engines.stop);
    const environment = { LOG_LEVEL: 'warn', ...settings, ...engines.environment };
    const services = await serviceInstances(counts, { newPort, guard, logFile, environment });
    done.push(() => Promise.all(services.map((one) => one.stop())));
    report(services.map(({ name }) => name).join(', '));
    for (const one of services) one.start();
    await Promise.all(services.map((one) => one.untilReady()));
    const of = (service: ServiceName) => services.filter((one) => one.service === service);
    const urlsOf = (service: ServiceName) => of(service).map(({ url }) => url);
    const gateway = await startGateway({
      urls: { 'command-api': urlsOf('command-api'), 'query-api': urlsOf('query-api'), projector: urlsOf('projector') },
      settings: readHttpSettings({ HOST: '127.0.0.1' }, { port, authMode: 'off' }),
      clock: systemClock,
      logger,
    });
    done.push(gateway.stop);
    const endings = [
      ...services.map((one) => one.exited().then(() => one.name)),
      engines.kafka.ended().then(() => 'Kafka'),
      engines.mongoDb.ended().then(() => 'the MongoDB wire server'),
      engines.eventStore.exited().then(() => 'the event store'),
    ];
    return { url: `http://localhost:${gateway.port}`, services, of, engines, environment, lost: Promise.race(endings), stop: done.undo };
  } catch (error) {
    await done.undo().catch(() => undefined);
    throw error;
  }
};
