import type { ContainerRuntimeClient, StartedTestContainer } from 'testcontainers';
import type { Engine, EngineControl, Way } from './engine.js';
import { pause } from './pause.js';

const withReason = (reason: string, error: unknown) => ({
  absent: `${reason} (${(error instanceof Error ? error.message : String(error)).split('\n')[0]})`,
});

/** Testcontainers and the Docker engine that it found; loaded only where one is asked for. */
const docker = async () => {
  const testcontainers = await import('testcontainers');
  return { ...testcontainers, client: await testcontainers.getContainerRuntimeClient() };
};

/** Takes the image that is there; asks the registry only for one that is not. */
const ensureImage = async (
  client: ContainerRuntimeClient,
  { ImageName }: Pick<typeof import('testcontainers'), 'ImageName'>,
  image: string,
) => {
  const name = ImageName.fromString(image);
  if (await client.image.exists(name)) return;
  if (image.startsWith('local/')) throw new Error('engines/local-images.sh makes it');
  await client.image.pull(name);
};

export type StartedContainer = { readonly container: Pick<StartedTestContainer, 'stop' | 'restart' | 'getId'>; readonly address: string };

export type ContainerWay = {
  readonly image: string;
  /** Whether its address outlives a restart. */
  readonly killable: boolean;
  readonly run: (image: string) => Promise<StartedContainer>;
};

const controlOf = (client: ContainerRuntimeClient, container: StartedContainer['container']): EngineControl => {
  const handle = client.container.getById(container.getId());
  return {
    kill: async () => void (await handle.kill()),
    restart: () => container.restart(),
    freeze: () => pause(handle),
    thaw: async () => void (await handle.unpause()),
  };
};

/** The engine in a container of its own, where a Docker engine answers and has the image or, if it is public, can fetch it. */
export const inContainer =
  ({ image, killable, run }: ContainerWay): Way =>
  async () => {
    let found: Awaited<ReturnType<typeof docker>>;
    try {
      found = await docker();
    } catch (error) {
      return withReason('no Docker engine answers', error);
    }
    const { client } = found;
    try {
      await ensureImage(client, found, image);
    } catch (error) {
      return withReason(`the image ${image} cannot be had`, error);
    }
    const start = async (): Promise<Engine> => {
      const { container, address } = await run(image);
      const stop = async () => void (await container.stop());
      return { address, stop, ...(killable && { control: controlOf(client, container) }) };
    };
    return { kind: 'container', where: `a container of ${image}`, killable, start };
  };
