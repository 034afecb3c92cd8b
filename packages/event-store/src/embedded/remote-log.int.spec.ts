import { MessageChannel } from 'node:worker_threads';
import { openCalls } from '@shop/thread-calls';
import { eventStoreContract } from '../contract.js';
import { EventStoreUnavailableError } from '../event-store.js';
import { openEmbeddedEventStore } from './index.js';
import { offerLog, remoteLog, type OfferedLog } from './remote-log.js';

eventStoreContract('the embedded event store, whose log is read in another thread,', {
  open: async () => {
    const store = await openEmbeddedEventStore({ inMemory: true });
    const { port1, port2 } = new MessageChannel();
    openCalls(port1, offerLog(store));
    const { theirs } = openCalls<OfferedLog>(port2, {}, { EventStoreUnavailableError });
    return {
      ...store,
      ...remoteLog(theirs),
      close: async () => {
        await store.close();
        port1.close();
      },
    };
  },
});
