import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fromPosition } from '@shop/event-store';
import { z } from 'zod';
import { accepted } from '../load/load-plan.js';
import { placeLoad } from '../load/place-load.js';
import { catchUp } from '../shop/caught-up.js';
import { checkFolder } from '../shop/check-shop.js';
import { get } from '../shop/client.js';
import { fillShop, needsOf } from '../shop/fill-shop.js';
import { startShop } from '../shop/running-shop.js';
import type { Measure, Reading, Settings, Turn, Variant } from './measure.js';
import { spread } from './workloads.js';

const eventsOfRestart = 100_000;
/** Sold by loads that end; then one begins that does not. */
const eventsBeforeLastLoad = 70_000;
const mostSecondsOfLastLoad = 20;
/** A rebuild runs at two thirds of its speed while its code is still being compiled: the first hundred thousand events say little of a long log. */
const eventsOfRebuild = 400_000;

/** A folder whose shop was killed while it was selling. */
type KilledShop = { readonly dataFolder: string; readonly acceptedOrders: number };

const once = <Result>(make: (folder: string, settings: Settings) => Promise<Result>) => {
  let made: Promise<Result> | undefined;
  return {
    prepare: async (folder: string, settings: Settings): Promise<void> => {
      made ??= make(folder, settings);
      await made;
    },
    result: async (): Promise<Result> => {
      if (!made) throw new Error('it was not prepared');
      return made;
    },
  };
};

/** In the embedded store a position is the number of events up to it. */
const eventsIn = async (url: string): Promise<number> => Number(fromPosition((await get(url, '/products?limit=1', z.unknown())).asOf));

const planFor = (url: string, { connections }: Settings, seconds = 1) => ({ url, connections, work: spread, warmUpSeconds: 0, seconds });

/** Sells until the log holds so many events. Answers the orders it accepted meanwhile. No seed serves a shop twice: keys are made of it. */
const sellUntil = async (events: number, url: string, settings: Settings): Promise<number> => {
  let acceptedOrders = 0;
  for (let seed = settings.seed; (await eventsIn(url)) < events; seed += 10_000) {
    const { result } = await placeLoad({ ...planFor(url, settings), seed });
    acceptedOrders += accepted(result);
  }
  return acceptedOrders;
};

/** Sells, and is killed with orders under way as soon as the log holds enough: it is as long however fast the shop is. */
const sellAndKill = async (folder: string, settings: Settings): Promise<KilledShop> => {
  const shop = await startShop({ folder: join(folder, 'killed'), words: ['--no-seed'] });
  await fillShop(shop.url, needsOf(spread));
  const acceptedOrders = await sellUntil(eventsBeforeLastLoad, shop.url, settings);
  const dead = new AbortController();
  const plan = { ...planFor(shop.url, settings, mostSecondsOfLastLoad), seed: settings.seed + 5_000 };
  const last = placeLoad(plan, {}, dead.signal).catch(() => undefined);
  while ((await eventsIn(shop.url)) < eventsOfRestart) await sleep(10);
  await shop.kill();
  dead.abort();
  await last;
  return { dataFolder: shop.dataFolder, acceptedOrders };
};
const killedShop = once(sellAndKill);

/** The same log, with everything finished that the kill had left open, sold on, and read models that have caught up. */
export const longLog = once(async (folder, settings) => {
  await killedShop.prepare(folder, settings);
  const { dataFolder: data } = await killedShop.result();
  const shop = await startShop({ folder: join(folder, 'settled'), data, words: ['--no-seed'] });
  await sellUntil(eventsOfRebuild, shop.url, { ...settings, seed: settings.seed + 500_000 });
  const { fault } = await catchUp(shop);
  if (fault !== undefined) throw new Error(fault);
  await shop.stop();
  return shop.dataFolder;
});

const reading = (value: number, details: Readonly<Record<string, number>>, faults: readonly string[]): Reading => ({
  value,
  details,
  faults,
  remarks: [],
});

const firstStart: Variant = {
  name: 'first start, with the sample catalogue',
  unit: 's',
  run: async ({ folder }: Turn) => {
    const shop = await startShop({ folder });
    await shop.stop();
    return reading(shop.readyMs / 1_000, {}, (await checkFolder(shop.dataFolder, 0)).faults);
  },
};

const restart: Variant = {
  name: 'restart after a kill',
  unit: 's',
  run: async ({ folder }: Turn) => {
    const { dataFolder, acceptedOrders } = await killedShop.result();
    const shop = await startShop({ folder, data: dataFolder, words: ['--no-seed'] });
    await shop.stop();
    const { faults, events } = await checkFolder(shop.dataFolder, acceptedOrders);
    return reading(shop.readyMs / 1_000, { 'events in the log': events }, faults);
  },
};

export const startUp: Measure = {
  id: 'START',
  title: 'from the start of the process to ready',
  comparisons: [{ label: 'empty folder', of: firstStart, better: 'lower', floor: 1.5 }],
};

export const restartAfterKill: Measure = {
  id: 'RESTART',
  title: 'ready again after a kill, with 100,000 events, every open order finished',
  prepare: killedShop.prepare,
  comparisons: [{ label: '100,000 events', of: restart, better: 'lower', floor: 2 }],
};
