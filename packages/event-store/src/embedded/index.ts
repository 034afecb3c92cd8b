import { randomUUID } from 'node:crypto';
import { damageBehind } from './damaged-log.js';
import { embeddedEventStore, type EmbeddedEventStore } from './embedded-event-store.js';
import { openLogFile } from './log-file.js';

export { DataFolderInUseError } from './connection.js';
export { DamagedLogError } from './damaged-log.js';
export { embeddedEventStore, type EmbeddedEventStore, type EmbeddedStats } from './embedded-event-store.js';
export { offerLog, remoteLog, type LogCalls, type OfferedLog } from './remote-log.js';
export { openLogFile, type LogFile, type LogFileOptions } from './log-file.js';

export type EmbeddedEventStoreOptions = (
  { readonly folder: string; readonly inMemory?: undefined } | { readonly folder?: undefined; readonly inMemory: true }
) & {
  /** Told once, when the store stops for good because its file turns out damaged. */
  readonly log?: (message: string) => void;
  /** Makes the id of a new log. */
  readonly newId?: () => string;
};

/**
 * Opens the event store of a data folder, or an empty one in memory that goes with the process. Creates the folder, readable by its owner alone.
 * @throws DataFolderInUseError where another process has it open
 * @throws DamagedLogError where the file, or the end of the log in it, is not as it was written
 */
export const openEmbeddedEventStore = async ({
  folder,
  log,
  newId = randomUUID,
}: EmbeddedEventStoreOptions): Promise<EmbeddedEventStore> => {
  const file = openLogFile(folder === undefined ? { inMemory: true } : { folder }, { newId });
  try {
    return embeddedEventStore(file, log);
  } catch (error) {
    file.close();
    throw damageBehind(error, file.name) ?? error;
  }
};
