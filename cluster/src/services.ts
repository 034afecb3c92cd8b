import { builtProgram } from './built-program.js';
import { serviceNames, type ServiceName } from './gateway/instances.js';
import type { Guard } from './processes/guard.js';
import { untilReady } from './processes/listening.js';
import { nodeProcess, type NodeProcess } from './processes/node-process.js';

export type ServiceInstance = NodeProcess & {
  readonly service: ServiceName;
  readonly url: string;
  /** @throws Error with its last words where it ends or takes too long */
  readonly untilReady: () => Promise<void>;
};

export type InstanceCounts = Readonly<Record<ServiceName, number>>;

/** Processes of the services on loopback, not started yet. */
export const serviceInstances = async (
  counts: InstanceCounts,
  {
    newPort,
    guard,
    logFile,
    environment,
  }: {
    readonly newPort: () => Promise<number>;
    readonly guard: Guard;
    readonly logFile: (name: string) => string;
    readonly environment: Readonly<Record<string, string>>;
  },
): Promise<readonly ServiceInstance[]> => {
  const all: ServiceInstance[] = [];
  for (const service of serviceNames)
    for (let number = 1; number <= counts[service]; number += 1) {
      const name = `${service}-${number}`;
      const port = await newPort();
      const url = `http://127.0.0.1:${port}`;
      const child = nodeProcess({
        name,
        program: builtProgram(`services/${service}/dist/main.js`),
        environment: { AUTH_MODE: 'off', ...environment, HOST: '127.0.0.1', PORT: String(port), ORDER_FEED_PARTITIONS: '3' },
        logFile: logFile(name),
        guard,
      });
      all.push({ ...child, service, url, untilReady: () => untilReady(child, url) });
    }
  return all;
};
