import { embeddedEventStore, type EmbeddedEventStore } from './embedded-event-store.js';
import { openLogFile } from './log-file.js';

export { DataFolderInUseError } from './connection.js';
export { DamagedLogError } from './commit-row.js';
export { embeddedEventStore, type EmbeddedEventStore, type EmbeddedStats } from './embedded-event-store.js';
export { openLogFile, type LogFile } from './log-file.js';

/**
 * Opens the event store of a data folder, or an empty one in memory that goes with the process. Creates the folder, readable by its owner alone.
 * @throws DataFolderInUseError where another process has it open
 * @throws DamagedLogError where the end of the log is not as it was written
 */
export const openEmbeddedEventStore = async (
  options: { readonly folder: string } | { readonly inMemory: true },
): Promise<EmbeddedEventStore> => {
  const file = openLogFile('inMemory' in options ? { inMemory: true } : { folder: options.folder });
  try {
    return embeddedEventStore(file);
  } catch (error) {
    file.close();
    throw error;
  }
};
