import { inContainer, type StartedContainer } from './container.js';
import { firstOf, fromEnvironment, type FoundEngine } from './engine.js';
import { asProcess, freePorts } from './process.js';

/** A replica set of one, so that majority writes and retries are MongoDB's own. */
const runReplicaSet = async (image: string): Promise<StartedContainer> => {
  const { MongoDBContainer } = await import('@testcontainers/mongodb');
  const started = await new MongoDBContainer(image).withPullPolicy({ shouldPull: () => false }).start();
  return { container: started, address: `${started.getConnectionString()}/?directConnection=true` };
};

/** The server of MongoDB's protocol that stands in for it. */
const runStandIn = async (image: string): Promise<StartedContainer> => {
  const { GenericContainer, Wait } = await import('testcontainers');
  const port = await freePorts();
  const started = await new GenericContainer(image)
    .withPullPolicy({ shouldPull: () => false })
    .withExposedPorts({ container: 27_017, host: port })
    .withWaitStrategy(Wait.forLogMessage(/READY/))
    .start();
  return { container: started, address: `mongodb://127.0.0.1:${port}/?directConnection=true` };
};

/** `address` is a connection string. A database of its own for each user is theirs to choose. */
export const findMongoDb = (): Promise<FoundEngine> =>
  firstOf(
    fromEnvironment('MONGODB_URL'),
    inContainer({ image: process.env['MONGODB_IMAGE'] ?? 'mongo:8.0.20', killable: false, run: runReplicaSet }),
    inContainer({ image: 'local/mongodb-wire:1.47.0', killable: true, run: runStandIn }),
    asProcess('mongodb-wire.sh'),
  );
