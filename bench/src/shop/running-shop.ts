import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { endProcess, printed, serverWords, startProcess, type RunningProcess } from '../processes/child-process.js';

export type RunningShop = {
  readonly url: string;
  readonly pid: number;
  readonly dataFolder: string;
  /** From the start of the process to the first answer that says ready. */
  readonly readyMs: number;
  /** Ends it as its users do. @throws Error where it does not end in order */
  readonly stop: () => Promise<void>;
  readonly kill: () => Promise<void>;
};

export type ShopStart = {
  /** A fresh folder for data, log and profile. */
  readonly folder: string;
  /** The program that users run, unless another composition is to be measured. */
  readonly program?: URL;
  readonly words?: readonly string[];
  /** What the data folder is a copy of. */
  readonly data?: string;
  /** Where node writes what the processor was busy with. */
  readonly profiles?: string | undefined;
};

export const shopProgram = new URL('../../../services/all-in-one/dist/bundle/main.js', import.meta.url);
const readyLimitMs = 60_000;

/** @throws Error where it ends first or takes too long */
export const untilReady = async (url: string, shop: RunningProcess): Promise<void> => {
  let ended = false;
  void shop.exited.then(() => (ended = true));
  for (const deadline = performance.now() + readyLimitMs; performance.now() < deadline && !ended; await sleep(2)) {
    const status = await fetch(`${url}/readyz`).then(
      async (response) => {
        await response.text();
        return response.status;
      },
      () => 0,
    );
    if (status === 200) return;
  }
  throw new Error('the shop did not become ready');
};

/** Node's own words for a shop; with `profiles` it writes there what the processor was busy with. */
export const shopWords = (profiles: string | undefined): readonly string[] => [
  ...serverWords,
  ...(profiles === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profiles}`]),
];

/** Starts a shop on a folder of its own, with logs at `info` to a file, and resolves when it is ready. */
export const startShop = async ({ folder, program = shopProgram, words = [], data, profiles }: ShopStart): Promise<RunningShop> => {
  const dataFolder = join(folder, 'data');
  const output = join(folder, 'shop.log');
  await mkdir(folder, { recursive: true });
  if (data !== undefined) await cp(data, dataFolder, { recursive: true });
  const began = performance.now();
  const shop = startProcess({ program, words: ['--port', '0', '--data', dataFolder, ...words], nodeWords: shopWords(profiles), output });
  // By number: a look-up of the name could end at another address.
  const url = `http://127.0.0.1:${await printed(/http:\/\/localhost:(\d+)/, output, shop)}`;
  await untilReady(url, shop);
  return {
    url,
    pid: shop.pid,
    dataFolder,
    readyMs: performance.now() - began,
    stop: async () => {
      const code = await endProcess(shop, 'SIGTERM');
      if (code !== 0) throw new Error(`the shop ended with ${String(code)} when it was stopped`);
    },
    kill: async () => {
      await endProcess(shop, 'SIGKILL');
    },
  };
};
