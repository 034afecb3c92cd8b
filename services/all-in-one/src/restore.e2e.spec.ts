import { describe, expect, it } from '@jest/globals';
import { copyFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { clientOf } from './testing/client.js';
import { customersOf, orderIn } from './testing/customers.js';
import { shopFolder } from './testing/shop-folder.js';

const list = z.object({ items: z.array(z.unknown()) });

describe('a shop whose events.db is not the one that its read models were folded from', () => {
  const folder = shopFolder();

  const visit = async <Result>(
    use: (customers: ReturnType<typeof customersOf>, call: ReturnType<typeof clientOf>['call']) => Promise<Result>,
    at = folder.path,
  ) => {
    const shop = await folder.start([], at);
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
    await copyFile(join(folder.path, 'events.db'), join(folder.path, 'backup'));
    await visit(async ({ charge, order }) => {
      for (let time = 0; time < 5; time += 1) await charge('mina', 100_000);
      orderIn(await order('mina', [{ productId: 'mug', quantity: 3 }]));
    });
    await copyFile(join(folder.path, 'backup'), join(folder.path, 'events.db'));

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
    await rm(join(folder.path, 'events.db'));
    await visit(async ({ charge, balance }) => {
      expect(await balance('mina')).toBe(0);
      for (let time = 0; time < 60; time += 1) await charge('mina', 1);
      expect(await balance('mina')).toBe(60);
    });
  });

  it('takes the events of another shop for what they are, even where they are more', async () => {
    await visit(({ charge }) => charge('mina', 1_000));
    await rm(join(folder.path, 'events.db'));
    const theirs = await folder.another();
    await visit(async ({ charge }) => {
      for (let time = 0; time < 40; time += 1) await charge('noah', 1);
    }, theirs);
    await copyFile(join(theirs, 'events.db'), join(folder.path, 'events.db'));
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
