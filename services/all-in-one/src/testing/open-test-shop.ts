import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '@shop/clock';
import { createLogger } from '@shop/http';
import type { Stores } from '../data-folder.js';
import { readSettings } from '../settings.js';
import { openShop, type RunningShop } from '../shop.js';
import { clientOf, type Call } from './client.js';

export type TestShop = {
  readonly call: Call;
  readonly url: string;
  readonly folder: string;
  readonly stop: () => Promise<void>;
};

/** The whole shop in this process, on a folder of its own, over HTTP on a free port. */
export const openTestShop = async ({
  clock,
  seed = false,
  environment = {},
  behind,
}: {
  readonly clock?: Clock;
  readonly seed?: boolean;
  readonly environment?: Readonly<Record<string, string>>;
  readonly behind?: (stores: Stores) => Stores;
} = {}): Promise<TestShop> => {
  const folder = await mkdtemp(join(tmpdir(), 'shop-'));
  const settings = readSettings({ PORT: '0', DATA_DIR: folder, LOG_LEVEL: 'error', ...environment });
  const logger = createLogger(settings.http.logLevel);
  const shop: RunningShop = await openShop({ settings, logger, seed, ...(clock && { clock }), ...(behind && { behind }) });
  const client = clientOf(shop.url);
  return {
    call: client.call,
    url: shop.url,
    folder,
    stop: async () => {
      client.close();
      await shop.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
};
