import { EventStoreUnavailableError } from '@shop/event-store';
import { embeddedEventStore, openLogFile } from '@shop/event-store/embedded';

/** An embedded event store in memory whose disk can be full: what is committed then is surely not written. */
export const storeOnFailingDisk = () => {
  const file = openLogFile({ inMemory: true });
  let full = false;
  const eventStore = embeddedEventStore({
    ...file,
    transaction: (work) => {
      if (full) throw new EventStoreUnavailableError('the disk is full');
      file.transaction(work);
    },
  });
  return {
    eventStore,
    staging: eventStore.staging,
    /** What is staged now is lost; from then on the disk takes writes again. */
    lose: async (): Promise<void> => {
      full = true;
      await eventStore.staging.settled();
      full = false;
    },
  };
};
