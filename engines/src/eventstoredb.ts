import type { GenericContainer } from 'testcontainers';
import { inContainer, type StartedContainer } from './container.js';
import { firstOf, fromEnvironment, type FoundEngine } from './engine.js';
import { freePorts } from './process.js';

type Prepare = (container: GenericContainer, wait: typeof import('testcontainers').Wait) => GenericContainer;

const server: Prepare = (container, wait) =>
  container
    .withEnvironment({
      EVENTSTORE_CLUSTER_SIZE: '1',
      EVENTSTORE_INSECURE: 'true',
      EVENTSTORE_RUN_PROJECTIONS: 'None',
      EVENTSTORE_TELEMETRY_OPTOUT: 'true',
    })
    .withWaitStrategy(wait.forHttp('/health/live', 2113).forStatusCode(204));

/** The simulator of its protocol that stands in for it. */
const standIn: Prepare = (container, wait) =>
  container
    .withCommand(['packages/esdb-sim/dist/main.js', '--host', '0.0.0.0', '--data', '/data'])
    .withWaitStrategy(wait.forLogMessage(/READY/));

const running =
  (prepare: Prepare) =>
  async (image: string): Promise<StartedContainer> => {
    const { GenericContainer, Wait } = await import('testcontainers');
    const port = await freePorts();
    const container = new GenericContainer(image)
      .withPullPolicy({ shouldPull: () => false })
      .withExposedPorts({ container: 2113, host: port });
    return { container: await prepare(container, Wait).start(), address: `esdb://127.0.0.1:${port}?tls=false` };
  };

const publicImage = process.env['EVENTSTOREDB_IMAGE'] ?? 'eventstore/eventstore:23.10.2-bookworm-slim';

/** `address` is a connection string. No script starts one as a process: whoever needs that starts the simulator. */
export const findEventStoreDb = (): Promise<FoundEngine> =>
  firstOf(
    fromEnvironment('EVENTSTOREDB_URL'),
    inContainer({ image: publicImage, killable: true, run: running(server) }),
    inContainer({ image: 'local/esdb-sim:dev', killable: true, run: running(standIn) }),
  );
