import { describe, expect, it } from '@jest/globals';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '@shop/clock';
import { createLogger } from '@shop/http';
import { z } from 'zod';
import { openStores } from './data-folder.js';
import { auditOperation } from './folder-operations.js';
import { clientOf } from './testing/client.js';
import { customersOf, times } from './testing/customers.js';
import { settledAudit } from './testing/settled-audit.js';
import { shopFolder } from './testing/shop-folder.js';
import type { ShopProcess } from './testing/shop-process.js';

const paid = z.object({ orderId: z.string(), totalAmount: z.int() });
const orders = z.object({ items: z.array(z.object({ orderId: z.string(), totalAmount: z.int() })), nextCursor: z.string().nullable() });
const feedLine = z.object({ id: z.string(), subject: z.string(), type: z.string() });

const buyers = times(16, (index) => `buyer-${index}`);
const products = ['apples', 'pears', 'plums'];
const money = 10_000_000;
const stock = 100_000;

describe('a shop that is killed in the middle of its work', () => {
  const folder = shopFolder();
  /** What buyers asked and were answered, for the audit. */
  const history: object[] = [];

  const auditFolder = async () => {
    const file = join(await folder.another(), 'history.ndjson');
    await writeFile(file, history.map((line) => `${JSON.stringify(line)}\n`).join(''));
    const stores = await openStores(folder.path, { clock: systemClock, logger: createLogger('warn') });
    const report = await auditOperation({ ...stores, dataFolder: folder.path, clock: systemClock })({ quiet: false, history: file });
    await stores.close();
    return report;
  };

  /** Buyers order without pause until the shop is gone; answers what was acknowledged. */
  const orderUntilKilled = async (running: ShopProcess, kills: number): Promise<Set<string>> => {
    const client = clientOf(running.url);
    const { order } = customersOf(client.call);
    const acknowledged = new Set<string>();
    let killed: Promise<void> | undefined;
    await Promise.all(
      buyers.map(async (buyer, index) => {
        for (let round = 0; ; round += 1) {
          const items = products.map((productId, at) => ({ productId, quantity: 1 + ((round + at + index) % 3) }));
          const asked = { begin: performance.now(), method: 'POST', path: '/orders', userId: buyer, body: { userId: buyer, items } };
          const reply = await order(buyer, items).catch(() => undefined);
          if (!reply) {
            history.push({ ...asked, end: null, status: null });
            return;
          }
          const position = reply.headers['consistency-token'];
          history.push({ ...asked, end: performance.now(), status: reply.status, answer: reply.body, position });
          expect(reply.status).toBe(201);
          acknowledged.add(paid.parse(reply.body).orderId);
          if (acknowledged.size >= kills) killed ??= running.kill();
        }
      }),
    );
    client.close();
    await killed;
    return acknowledged;
  };

  it('has every acknowledged order, and stock and money to the last unit, at the first strong read after each restart', async () => {
    let shop = await folder.start(['--no-seed']);
    const client = clientOf(shop.url);
    const { register, charge } = customersOf(client.call);
    await Promise.all(products.map((productId) => register(productId, 7, stock)));
    await Promise.all(buyers.map((buyer) => charge(buyer, money)));
    client.close();

    const acknowledged = new Set<string>();
    for (const load of [150, 400, 90]) {
      for (const orderId of await orderUntilKilled(shop, load)) acknowledged.add(orderId);
      shop = await folder.start();
      const { call, close } = clientOf(shop.url);
      const customers = customersOf(call);
      const left = await Promise.all(products.map(customers.stock));
      const balances = await Promise.all(buyers.map(customers.balance));

      const found = new Map<string, number>();
      for (const buyer of buyers)
        for (let cursor = ''; ;) {
          const reply = await call('GET', `/orders?userId=${buyer}&limit=100${cursor}`);
          const page = orders.parse(reply.body);
          for (const { orderId, totalAmount } of page.items) found.set(orderId, totalAmount);
          if (page.nextCursor === null) break;
          cursor = `&cursor=${encodeURIComponent(page.nextCursor)}`;
        }
      close();

      expect([...acknowledged].filter((orderId) => !found.has(orderId))).toEqual([]);
      const spent = [...found.values()].reduce((sum, each) => sum + each, 0);
      expect(balances.reduce((sum, each) => sum + each, 0)).toBe(buyers.length * money - spent);
      expect(left.reduce((sum, each) => sum + each, 0) * 7).toBe(products.length * stock * 7 - spent);
    }

    // The feed goes on after the answers: what it had not told when the shop was stopped it would tell after the next start.
    expect(await settledAudit(folder.path)).toMatchObject({ verdict: 'clean' });
    expect(await shop.stop()).toBe(0);
    const lines = (await readFile(join(folder.path, 'order-feed.ndjson'), 'utf8')).trim().split('\n');
    const told = new Set(lines.map((line) => feedLine.parse(JSON.parse(line)).subject));
    expect([...acknowledged].filter((orderId) => !told.has(orderId))).toEqual([]);

    const { verdict, findings, judged } = await auditFolder();
    expect({ verdict, findings }).toEqual({ verdict: 'clean', findings: [] });
    expect(judged).toEqual(expect.arrayContaining(['I8', 'I9', 'I10', 'I11', 'I12', 'I14', 'I15']));
  }, 120_000);
});
