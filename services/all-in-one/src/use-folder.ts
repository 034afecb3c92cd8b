import { resolve } from 'node:path';
import { newUuid, systemClock, systemRandom } from '@shop/clock';
import { createLogger } from '@shop/http';
import { composeProjector } from '@shop/projector';
import { Registry } from 'prom-client';
import { isShopFolder, openStores } from './data-folder.js';
import { askRunningShop } from './folder-door.js';
import { folderOperations } from './folder-operations.js';
import type { Settings } from './settings.js';

export type UseFolder = (operation: string, input: unknown, report: (progress: unknown) => void) => Promise<unknown>;

/** A projector of its own on a folder that no shop has open. @throws Error where no shop has ever been: a mistyped name must not look like an empty shop */
const openProjector = async (settings: Settings) => {
  if (!isShopFolder(settings.dataFolder)) throw new Error(`there is no shop in ${resolve(settings.dataFolder)}`);
  const logger = createLogger('warn');
  const stores = await openStores(settings.dataFolder, { clock: systemClock, logger });
  const projector = composeProjector({
    ...stores,
    clock: systemClock,
    random: systemRandom,
    newId: newUuid,
    logger,
    registry: new Registry(),
    settings: settings.projector,
  });
  await projector.start();
  return {
    operations: folderOperations(projector),
    close: async () => {
      await projector.stop();
      await stores.close();
    },
  };
};

/**
 * Runs tools on a data folder: asks the shop that runs on it; where none does, opens the folder itself, once, and closes it at the end.
 * @throws Error with a message for the operator
 */
export const withFolder = async <Result>(settings: Settings, use: (ask: UseFolder) => Promise<Result>): Promise<Result> => {
  let own: Awaited<ReturnType<typeof openProjector>> | undefined;
  try {
    return await use(async (operation, input, report) => {
      if (!own) {
        const asked = await askRunningShop(settings.dataFolder, operation, input, report);
        if (asked.running) return asked.value;
        own = await openProjector(settings);
      }
      const run = own.operations[operation];
      if (!run) throw new Error(`there is no operation ${operation}`);
      return run(input, report);
    });
  } finally {
    await own?.close();
  }
};
