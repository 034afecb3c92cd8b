import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { afterAll } from '@jest/globals';
import { manualClock } from '@shop/clock';
import { openCalls } from '@shop/thread-calls';
import { readStoreContract } from '../contract.js';
import { openEmbeddedReadStore } from '../embedded/index.js';
import { ReadStoreUnavailableError } from '../read-store.js';
import { offerReadStore, remoteReadStore, type OfferedReadStore, type RemoteReadStore } from './index.js';

/** Open to the end, as they are while the thread lives: its store says that it is closed. */
const ports: MessagePort[] = [];
afterAll(() => ports.forEach((port) => port.close()));

readStoreContract('The embedded read store, as another thread has it,', {
  open: async () => {
    const clock = manualClock();
    const store = await openEmbeddedReadStore({ inMemory: true, clock });
    const { port1, port2 } = new MessageChannel();
    const here = openCalls<Pick<RemoteReadStore, 'changed'>, OfferedReadStore>(
      port1,
      offerReadStore(store, (collection) => void here.theirs.changed.asEvent(collection)),
    );
    const ours = { changed: (collection: string) => remote.changed(collection) };
    const { theirs } = openCalls<OfferedReadStore, typeof ours>(port2, ours, { ReadStoreUnavailableError });
    const remote = remoteReadStore(theirs);
    ports.push(port1);
    return { store: remote.store, second: remote.store, elapse: clock.advance, close: remote.store.close };
  },
});
