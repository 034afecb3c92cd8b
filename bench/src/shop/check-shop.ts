import { readFile } from 'node:fs/promises';
import { beginning, fromPosition, type EventStore } from '@shop/event-store';
import { openEmbeddedEventStore } from '@shop/event-store/embedded';
import { parseStored } from '@shop/events';
import { z } from 'zod';
import { openBooks, type ClosedBooks } from './audit.js';
import { feedFile } from './caught-up.js';
import { forEach, get } from './client.js';
import type { RunningShop } from './running-shop.js';

const catalogue = z.object({ items: z.array(z.object({ productId: z.string(), stock: z.int() })), totalPages: z.int() });
const balance = z.object({ balance: z.int() });
const feedLine = z.object({ id: z.string() });

/** What strong reads say while the shop runs, and the events in the log by then. */
type Told = { readonly stocks: ReadonlyMap<string, number>; readonly balances: ReadonlyMap<string, number>; readonly events: number };

const askShop = async (url: string, users: readonly string[]): Promise<Told> => {
  const stocks = new Map<string, number>();
  let asOf = beginning;
  for (let page = 1, pages = 1; page <= pages; page += 1) {
    const answer = await get(url, `/products?limit=100&page=${page}`, catalogue);
    pages = answer.body.totalPages;
    asOf = answer.asOf;
    for (const { productId, stock } of answer.body.items) stocks.set(productId, stock);
  }
  const balances = new Map<string, number>();
  await forEach(users, async (userId) => {
    balances.set(userId, (await get(url, `/balance/${encodeURIComponent(userId)}`, balance)).body.balance);
  });
  return { stocks, balances, events: Number(fromPosition(asOf)) };
};

type Log = ClosedBooks & { readonly paidEvents: readonly string[] };

/** The books of a whole log, which is then closed. */
export const readLog = async (store: EventStore): Promise<Log> => {
  try {
    const books = openBooks();
    const paidEvents: string[] = [];
    for await (const page of store.readAll(beginning))
      for (const recorded of page) {
        books.add(parseStored(recorded));
        if (recorded.type === 'OrderPaid') paidEvents.push(recorded.id);
      }
    return { ...books.close(), paidEvents };
  } finally {
    await store.close();
  }
};

export const lostOrders = (acceptedOrders: number, { ordersPaid }: Pick<ClosedBooks, 'ordersPaid'>): readonly string[] =>
  ordersPaid >= acceptedOrders ? [] : [`${acceptedOrders} orders were accepted, ${ordersPaid} are in the log`];

const different = (what: string, told: ReadonlyMap<string, number>, logged: ReadonlyMap<string, number>): readonly string[] =>
  [...logged]
    .filter(([id, value]) => told.get(id) !== value)
    .slice(0, 5)
    .map(([id, value]) => `the ${what} of ${id} is ${String(told.get(id))} by the read model and ${value} by the log`);

const feedFaults = async (dataFolder: string, paidEvents: readonly string[]): Promise<readonly string[]> => {
  const lines = (await readFile(feedFile(dataFolder), 'utf8')).split('\n').filter((line) => line !== '');
  const sent = new Set(lines.map((line) => feedLine.parse(JSON.parse(line)).id));
  const missing = paidEvents.filter((id) => !sent.has(id)).length;
  return missing > 0 || sent.size !== paidEvents.length
    ? [`the feed has ${sent.size} orders, the log ${paidEvents.length}; ${missing} of these are missing`]
    : [];
};

/**
 * Asks the running shop, stops it, and compares its answers, its feed and the orders it has accepted with what its log says.
 * @returns faults; none is as it should be
 */
export const checkAndStop = async (shop: RunningShop, users: readonly string[], acceptedOrders: number): Promise<readonly string[]> => {
  const told = await askShop(shop.url, users);
  await shop.stop();
  const log = await readLog(await openEmbeddedEventStore({ folder: shop.dataFolder }));
  return [
    ...log.faults,
    ...different('stock', told.stocks, log.stocks),
    ...different('balance', told.balances, log.balances),
    ...(await feedFaults(shop.dataFolder, log.paidEvents)),
    // What the stop itself still had to settle was not done when the clock was read.
    ...(log.events === told.events ? [] : [`${log.events - told.events} events were written after the shop had caught up`]),
    ...lostOrders(acceptedOrders, log),
  ];
};

/** The books of a folder that no shop has open. */
export const checkFolder = async (
  dataFolder: string,
  acceptedOrders: number,
): Promise<{ readonly faults: readonly string[]; readonly events: number }> => {
  const { faults, events, ordersPaid } = await readLog(await openEmbeddedEventStore({ folder: dataFolder }));
  return { faults: [...faults, ...lostOrders(acceptedOrders, { ordersPaid })], events };
};
