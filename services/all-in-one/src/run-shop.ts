import type { Worker } from 'node:worker_threads';
import { DataFolderInUseError } from '@shop/event-store/embedded';
import { createLogger } from '@shop/http';
import { collectDefaultMetrics } from 'prom-client';
import { startOptions } from './command-line.js';
import { emptyFolder } from './data-folder.js';
import { runningShopUrl } from './folder-door.js';
import { assertPortIsFree } from './free-port.js';
import { readSettings } from './settings.js';
import { readSideIn } from './read-side.js';
import { openShop } from './shop.js';
import { welcome } from './welcome.js';

/** Says who has the folder, where its process has left word. */
const explained = async (error: unknown, folder: string): Promise<unknown> => {
  if (!(error instanceof DataFolderInUseError)) return error;
  const url = await runningShopUrl(folder);
  return url === undefined ? error : new Error(`${error.message} It serves ${url}.`);
};

/** Opens the shop that the command line asks for, its read side in the thread that was begun, and resolves with an exit code when it is closed. */
export const runShop = async (thread: Worker): Promise<number> => {
  const { port, data, fresh, seed } = startOptions(process.argv.slice(2));
  const settings = readSettings({
    ...process.env,
    ...(port !== undefined && { PORT: String(port) }),
    ...(data !== undefined && { DATA_DIR: data }),
  });
  const { dataFolder } = settings;
  const logger = createLogger(settings.http.logLevel);
  const { http } = settings;
  await assertPortIsFree(http.host, http.port);
  if (http.opsPort !== undefined) await assertPortIsFree(http.opsHost, http.opsPort);
  const begin = async () => {
    if (fresh) await emptyFolder(dataFolder);
    return openShop({ settings, logger, seed, readSide: readSideIn(thread) });
  };
  const shop = await begin().catch(async (error: unknown) => {
    throw await explained(error, dataFolder);
  });

  collectDefaultMetrics({ register: shop.registry });

  const ended = new Promise<number>((resolve) => {
    const end = (exitCode: number) => () => {
      process.exitCode = exitCode;
      shop.stop().then(
        () => {
          process.stdout.write('The shop is closed.\n');
          resolve(exitCode);
        },
        (err: unknown) => {
          logger.fatal({ err }, 'the shop could not stop in order');
          resolve(1);
        },
      );
    };
    const stop = end(0);
    process.once('SIGTERM', stop).once('SIGINT', stop);
    const fail = (err: unknown) => {
      logger.fatal({ err }, 'a fault that nobody caught: the shop stops');
      end(1)();
    };
    process.once('uncaughtException', fail).once('unhandledRejection', fail);
  });
  process.stdout.write(
    welcome({ url: shop.url, dataFolder, seeded: seed, authenticated: settings.http.auth.mode === 'jwt', readyMs: performance.now() }),
  );
  return ended;
};
