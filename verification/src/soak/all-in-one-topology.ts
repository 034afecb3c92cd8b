import { freePorts } from '@shop/engines';
import { beginning } from '@shop/event-store';
import { openEmbeddedEventStore } from '@shop/event-store/embedded';
import type { Program } from '../processes/program.js';
import { auditFolder, startShop, untilReady } from '../processes/shop-program.js';
import type { Topology, Victim } from './topology.js';

/** Long after it should have ended. */
const killAfterMs = 30_000;

const stopInOrder = async ({ signal, exited }: Program): Promise<number | null> => {
  signal('SIGTERM');
  const impatient = setTimeout(() => signal('SIGKILL'), killAfterMs);
  const { code } = await exited;
  clearTimeout(impatient);
  return code;
};

/** The whole shop in one process on a data folder, as `npm start` runs it. */
export const allInOneTopology = async (folder: string): Promise<Topology> => {
  const port = await freePorts();
  const start = () => startShop({ folder, port });
  let { program, url } = start();
  await untilReady(url, [program]);
  const shop: Victim = {
    name: 'all-in-one',
    kill: async () => {
      program.signal('SIGKILL');
      await program.exited;
    },
    freeze: async () => program.signal('SIGSTOP'),
    thaw: async () => program.signal('SIGCONT'),
    stop: () => stopInOrder(program),
    start: async () => {
      ({ program, url } = start());
      await untilReady(url, [program]);
    },
    lastWords: async () => program.stderr(),
  };
  return {
    name: 'all-in-one',
    url,
    victims: [shop],
    stopsProjector: true,
    audit: (options) => auditFolder(folder, options),
    closeBooks: async function* () {
      await stopInOrder(program);
      const store = await openEmbeddedEventStore({ folder });
      try {
        yield* store.readAll(beginning);
      } finally {
        await store.close();
      }
    },
  };
};
