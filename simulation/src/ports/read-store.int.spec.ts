import { readStoreContract } from '@shop/read-store/contract';
import { openWorld } from '../testing/open-world.js';
import { simulatedReadStore } from './read-store.js';
import { simulatedDocuments } from './simulated-documents.js';

readStoreContract('the simulated read store', {
  open: async () => {
    const world = openWorld();
    const { sim, faults } = world;
    const parts = { sim, faults, documents: simulatedDocuments(), scanDocuments: 200 };
    const store = simulatedReadStore(parts, sim.actor('one'));
    const second = simulatedReadStore(parts, sim.actor('two'));
    return {
      store,
      second,
      elapse: async (ms) => sim.leap(ms),
      close: async () => {
        await store.close();
        await second.close();
      },
    };
  },
});
