import { Agent } from 'node:http';
import { newUuid, type Clock } from '@shop/clock';
import { createHttpServer, type HttpSettings } from '@shop/http';
import type { Logger } from 'pino';
import { Registry } from 'prom-client';
import { forwarding } from './forward.js';
import { instances, type ServiceName } from './instances.js';

export type GatewayOptions = {
  /** URLs of the instances of each service. */
  readonly urls: Readonly<Record<ServiceName, readonly string[]>>;
  readonly settings: HttpSettings;
  readonly clock: Clock;
  readonly logger: Logger;
};

export type RunningGateway = {
  readonly port: number;
  /** Not ready at once; resolves when what was under way has been answered. */
  readonly stop: () => Promise<void>;
};

/** Less than a service keeps a connection that nobody uses: a request must not meet one that is being closed. */
const idleConnectionMs = 4_000;

/** One address for the whole shop, on the server that the services have. @throws Error where the port cannot be had */
export const startGateway = async ({ urls, settings, clock, logger }: GatewayOptions): Promise<RunningGateway> => {
  const agent = new Agent({ keepAlive: true, maxFreeSockets: 64, timeout: idleConnectionMs });
  const behind = instances(urls, agent, clock);
  const gateway = { forward: forwarding({ instances: behind, agent, clock }), readiness: behind.readiness };
  const registry = new Registry();
  const server = createHttpServer({ services: [], gateway, settings, clock, logger, newId: newUuid, registry });
  const ending = new AbortController();
  const { port } = await server.listen();
  const watching = behind.watch(ending.signal);
  return {
    port,
    stop: async () => {
      await server.stop();
      ending.abort();
      await watching;
      agent.destroy();
    },
  };
};
