import type { ContainerRuntimeClient, StartedTestContainer } from 'testcontainers';
import type { Engine, Way } from './engine.js';

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
  if (!(await client.image.exists(name))) await client.image.pull(name);
};

export type StartedContainer = { readonly container: Pick<StartedTestContainer, 'stop'>; readonly address: string };

/** The engine in a container of its own, where a Docker engine answers and has the image or can fetch it. */
export const inContainer =
  (image: string, run: (image: string) => Promise<StartedContainer>): Way =>
  async () => {
    let found: Awaited<ReturnType<typeof docker>>;
    try {
      found = await docker();
    } catch (error) {
      return withReason('no Docker engine answers', error);
    }
    try {
      await ensureImage(found.client, found, image);
    } catch (error) {
      return withReason(`the image ${image} cannot be had`, error);
    }
    const start = async (): Promise<Engine> => {
      const { container, address } = await run(image);
      return { address, stop: async () => void (await container.stop()) };
    };
    return { kind: 'container', where: `a container of ${image}`, start };
  };
