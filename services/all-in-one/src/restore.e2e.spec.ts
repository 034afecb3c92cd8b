import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { clientOf } from './testing/client.js';
import { customersOf, orderIn } from './testing/customers.js';
import { startShop, type ShopProcess } from './testing/shop-process.js';

const list = z.object({ items: z.array(z.unknown()) });

describe('a shop whose events.db is not the one that its read models were folded from', () => {
  let folder = '';
  let shop: ShopProcess | undefined;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'shop-'));
  });
  afterEach(async () => {
    await shop?.kill();
    await rm(folder, { recursive: true, force: true });
  });

  const visit = async <Result>(
    use: (customers: ReturnType<typeof customersOf>, call: ReturnType<typeof clientOf>['call']) => Promise<Result>,
  ) => {
    shop = await startShop(folder);
    const client = clientOf(shop.url);
    const result = await use(customersOf(client.call), client.call);
    client.close();
    await shop.stop();
    return { result, said: shop.stdout() };
  };
  const entriesOf = async (call: ReturnType<typeof clientOf>['call'], path: string) =>
    list.parse((await call('GET', path)).body).items.length;

  it('forgets the lost future of a backup that was put back, and goes on from there', async () => {
    await visit(({ charge }) => charge('mina', 1_000));
    await copyFile(join(folder, 'events.db'), join(folder, 'backup'));
    await visit(async ({ charge, order }) => {
      for (let time = 0; time < 5; time += 1) await charge('mina', 100_000);
      orderIn(await order('mina', [{ productId: 'mug', quantity: 3 }]));
    });
    await copyFile(join(folder, 'backup'), join(folder, 'events.db'));

    const { said } = await visit(async ({ charge, balance, stock }, call) => {
      expect(await balance('mina')).toBe(1_000);
      expect(await stock('mug')).toBe(50);
      expect(await entriesOf(call, '/orders?userId=mina')).toBe(0);
      await charge('mina', 5);
      expect(await balance('mina')).toBe(1_005);
      expect(await entriesOf(call, '/balance/mina/transactions')).toBe(2);
    });
    expect(said).toContain('built again');
  });

  it('starts from nothing where events.db is gone', async () => {
    await visit(({ charge }) => charge('mina', 1_000));
    await rm(join(folder, 'events.db'));
    await visit(async ({ charge, balance }) => {
      expect(await balance('mina')).toBe(0);
      for (let time = 0; time < 60; time += 1) await charge('mina', 1);
      expect(await balance('mina')).toBe(60);
    });
  });

  it('takes the events of another shop for what they are, even where they are more', async () => {
    await visit(({ charge }) => charge('mina', 1_000));
    await rm(join(folder, 'events.db'));
    const ours = folder;
    folder = await mkdtemp(join(tmpdir(), 'shop-'));
    await visit(async ({ charge }) => {
      for (let time = 0; time < 40; time += 1) await charge('noah', 1);
    });
    await copyFile(join(folder, 'events.db'), join(ours, 'events.db'));
    await rm(folder, { recursive: true });
    folder = ours;
    await visit(async ({ balance }) => {
      expect([await balance('mina'), await balance('noah')]).toEqual([0, 40]);
    });
  });

  it('is left alone where they fit', async () => {
    await visit(({ charge }) => charge('mina', 1_000));
    const { said } = await visit(({ balance }) => balance('mina'));
    expect(said).not.toContain('built again');
  });
});
