import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from '@jest/globals';
import { startShop, type ShopProcess } from './shop-process.js';

export type ShopFolder = {
  /** Empty before each test. */
  readonly path: string;
  /** Another folder that goes after the test. */
  readonly another: () => Promise<string>;
  /** The built shop on it, or on the folder that is named. What still runs after the test is killed. */
  readonly start: (words?: readonly string[], folder?: string) => Promise<ShopProcess>;
};

/** A data folder for each test of a file, and the shops that the test starts. */
export const shopFolder = (): ShopFolder => {
  const running = new Set<ShopProcess>();
  const folders: string[] = [];
  const another = async (): Promise<string> => {
    const folder = await mkdtemp(join(tmpdir(), 'shop-'));
    folders.push(folder);
    return folder;
  };
  let path = '';
  beforeEach(async () => {
    path = await another();
  });
  afterEach(async () => {
    await Promise.all([...running].map((shop) => shop.kill()));
    running.clear();
    await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true, force: true })));
  });
  return {
    get path() {
      return path;
    },
    another,
    start: async (words = [], folder = path) => {
      const shop = await startShop(folder, words);
      running.add(shop);
      return shop;
    },
  };
};
