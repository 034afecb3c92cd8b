import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ContainerRuntimeClient } from 'testcontainers';
import { pause } from './pause.js';
import { freePorts } from './process.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const images = ['local/nginx:1', 'local/shop:dev', 'local/esdb-sim:dev', 'local/mongodb-wire:1.47.0', 'local/kafka:4.4.0'];

/** What a container may do and take, as the engine enforces it. Memory in bytes. */
export type Confinement = {
  readonly user: string;
  readonly readOnlyRoot: boolean;
  readonly droppedCapabilities: readonly string[];
  readonly security: readonly string[];
  readonly memory: number;
  readonly processes: number;
  /** Addresses of this machine that lead to it. */
  readonly published: readonly string[];
};

/** One container of the topology, whatever state it is in. */
export type ComposedContainer = {
  /** `command-api-1`. */
  readonly name: string;
  readonly kill: () => Promise<void>;
  /** Starts it after a kill; resolves when it is healthy. */
  readonly start: () => Promise<void>;
  readonly pause: () => Promise<void>;
  readonly unpause: () => Promise<void>;
  readonly run: (...command: string[]) => Promise<{ readonly exitCode: number; readonly output: string }>;
  readonly confinement: () => Promise<Confinement>;
};

export type ComposedShop = {
  /** Of the gateway. */
  readonly url: string;
  readonly containers: readonly ComposedContainer[];
  /** @throws Error where there is none of this name */
  readonly container: (name: string) => ComposedContainer;
  /** Ends all of it and forgets its data. */
  readonly stop: () => Promise<void>;
};

export type ComposedShopOptions = {
  /** Containers of a service, where not one. */
  readonly scale?: Readonly<Record<string, number>>;
  /** Compose files beside those of the topology and the local images. */
  readonly files?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
};

export type FoundComposedShop =
  | { readonly start: (options: ComposedShopOptions) => Promise<ComposedShop>; readonly absent?: undefined }
  | { readonly absent: string; readonly start?: undefined };

const pollMs = 200;
const healthyWithinMs = 240_000;

const words = (list: unknown): readonly string[] => (Array.isArray(list) ? list.map(String) : []);

const composedContainer = (
  client: ContainerRuntimeClient,
  { id, name }: { readonly id: string; readonly name: string },
): ComposedContainer => {
  const handle = client.container.getById(id);
  const untilHealthy = async (): Promise<void> => {
    for (const giveUp = Date.now() + healthyWithinMs; ;) {
      const { State: state } = await handle.inspect();
      if (state.Health?.Status === 'healthy') return;
      if (Date.now() > giveUp) throw new Error(`${name} is ${state.Health?.Status ?? state.Status}`);
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
  };
  return {
    name,
    kill: async () => void (await handle.kill()),
    start: async () => {
      await handle.start();
      await untilHealthy();
    },
    pause: () => pause(handle),
    unpause: async () => void (await handle.unpause()),
    run: async (...command) => {
      const { exitCode, stdout } = await client.container.exec(handle, command);
      return { exitCode, output: stdout };
    },
    confinement: async () => {
      const { Config: config, HostConfig: host, NetworkSettings: network } = await handle.inspect();
      return {
        user: config.User,
        readOnlyRoot: host.ReadonlyRootfs ?? false,
        droppedCapabilities: words(host.CapDrop),
        security: words(host.SecurityOpt),
        memory: host.Memory ?? 0,
        processes: host.PidsLimit ?? 0,
        published: Object.values(network.Ports).flatMap((bound) => (bound ?? []).map(({ HostIp }) => HostIp)),
      };
    },
  };
};

const namedContainers = async (client: ContainerRuntimeClient, project: string): Promise<readonly ComposedContainer[]> => {
  const filters = JSON.stringify({ label: [`com.docker.compose.project=${project}`] });
  const found = await client.container.dockerode.listContainers({ all: true, filters });
  return found.map(({ Id: id, Labels: labels }) => {
    const name = `${labels['com.docker.compose.service']}-${labels['com.docker.compose.container-number']}`;
    return composedContainer(client, { id, name });
  });
};

const start = async (
  client: ContainerRuntimeClient,
  { scale = {}, files = [], environment = {} }: ComposedShopOptions,
): Promise<ComposedShop> => {
  const { DockerComposeEnvironment, Wait, randomUuid } = await import('testcontainers');
  const project = `shop-${randomUuid().slice(0, 8)}`;
  const port = await freePorts();
  const scaling = Object.entries(scale).flatMap(([service, count]) => ['--scale', `${service}=${count}`]);
  const started = await new DockerComposeEnvironment(root, ['docker-compose.yml', ...files, 'docker-compose.local.yml'])
    .withProjectName(project)
    .withEnvironment({ ...environment, SHOP_PORT: String(port) })
    .withClientOptions({ commandOptions: ['--wait', '--quiet-pull', ...scaling] })
    .withDefaultWaitStrategy(Wait.forHealthCheck())
    .up();
  const containers = await namedContainers(client, project);
  return {
    url: `http://127.0.0.1:${port}`,
    containers,
    container: (name) => {
      const found = containers.find((one) => one.name === name);
      if (!found) throw new Error(`there is no container ${name}`);
      return found;
    },
    stop: async () => void (await started.down()),
  };
};

/** The topology of docker-compose.yml on local images, where Docker, compose and the images are. Nothing is started by looking. */
export const findComposedShop = async (): Promise<FoundComposedShop> => {
  const { getContainerRuntimeClient, ImageName } = await import('testcontainers');
  let client: ContainerRuntimeClient;
  try {
    client = await getContainerRuntimeClient();
  } catch {
    return { absent: 'no Docker engine answers' };
  }
  if (spawnSync('docker', ['compose', 'version'], { stdio: 'ignore' }).status !== 0) return { absent: 'docker compose is not installed' };
  for (const image of images)
    if (!(await client.image.exists(ImageName.fromString(image))))
      return { absent: `the image ${image} is missing: engines/local-images.sh makes it` };
  return { start: (options) => start(client, options) };
};
