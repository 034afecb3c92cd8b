import { EventStoreUnavailableError } from '@shop/event-store';
import { embeddedEventStore, openLogFile } from '@shop/event-store/embedded';

/** An embedded event store in memory whose disk can fail: what is committed then is not written, and at times the store cannot know that. */
export const storeOnFailingDisk = () => {
  const file = openLogFile({ inMemory: true });
  let failure: Error | undefined;
  const eventStore = embeddedEventStore({
    ...file,
    transaction: (work) => {
      if (failure) throw failure;
      file.transaction(work);
    },
  });
  return {
    eventStore,
    staging: eventStore.staging,
    /** What is staged now is lost; from then on the disk takes writes again. */
    lose: async ({ certain = true } = {}): Promise<void> => {
      failure = certain ? new EventStoreUnavailableError('the disk is full') : new Error('disk I/O error');
      await eventStore.staging.settled();
      failure = undefined;
    },
  };
};
