import { parsed, portNumber, quietCommand } from '@shop/all-in-one/command-line';

export type ClusterCommand = { readonly port: number; readonly data: string; readonly seed: boolean };

const explanation = `
Starts Apache Kafka, a server of MongoDB's protocol and a simulator of EventStoreDB, two command-apis, two projectors, two query-apis
and a gateway in front of them, each a process of this machine that listens on loopback alone; nobody has to log in.
It needs Java 17 or later, and Maven for its first start (some 50 MB into ~/.cache/shop-engines).
For development and tests only.`;

/** @param words what follows `npm run cluster --` */
export const clusterCommand = (words: readonly string[]): ClusterCommand =>
  parsed((write) =>
    quietCommand('npm run cluster --', 'Runs the shop as many processes, on engines of this machine.', write)
      .option('--port <number>', 'port of the gateway, 0 for any free one', portNumber, 3_000)
      .option('--data <folder>', 'data folder of the engines, with the logs of all processes', 'data/cluster')
      .option('--no-seed', 'do not register the sample catalogue in an empty shop')
      .addHelpText('after', explanation)
      .parse([...words], { from: 'user' })
      .opts<ClusterCommand>(),
  );
