import { inContainer } from './container.js';
import { firstOf, fromEnvironment, type FoundEngine } from './engine.js';
import { asProcess } from './process.js';

/** A replica set of one, so that majority writes and retries are MongoDB's own. */
const container = inContainer(process.env['MONGODB_IMAGE'] ?? 'mongo:8.0', async (image) => {
  const { MongoDBContainer } = await import('@testcontainers/mongodb');
  const started = await new MongoDBContainer(image).withPullPolicy({ shouldPull: () => false }).start();
  return { container: started, address: `${started.getConnectionString()}/?directConnection=true` };
});

/** `address` is a connection string. A database of its own for each user is theirs to choose. */
export const findMongoDb = (): Promise<FoundEngine> => firstOf(fromEnvironment('MONGODB_URL'), container, asProcess('mongodb-wire.sh'));
