import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';
import { eventStoreContract } from '../contract.js';
import { embeddedEventStore } from './embedded-event-store.js';
import { openLogFile, type LogFile } from './log-file.js';

const folder = mkdtempSync(join(tmpdir(), 'event-store-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const harness = (openFile: () => LogFile) => {
  let file: LogFile | undefined;
  return {
    open: async () => {
      file = openFile();
      return embeddedEventStore(file);
    },
    damageSnapshot: async (stream: string) => {
      const row = file?.readSnapshot(stream);
      if (row) file?.transaction(() => file?.writeSnapshot(stream, { ...row, state: row.state.replace('10', '11') }));
    },
  };
};

eventStoreContract(
  'the embedded event store',
  harness(() => openLogFile({ folder })),
);
eventStoreContract(
  'the embedded event store in memory',
  harness(() => openLogFile({ inMemory: true })),
);
