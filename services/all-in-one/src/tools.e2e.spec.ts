import { describe, expect, it } from '@jest/globals';
import { noStream } from '@shop/event-store';
import { openEmbeddedEventStore } from '@shop/event-store/embedded';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { clientOf } from './testing/client.js';
import { customersOf, sellSomething } from './testing/customers.js';
import { shopFolder } from './testing/shop-folder.js';
import { runProgram } from './testing/shop-process.js';

const folder = shopFolder();

const readModels = ['balances', 'statement', 'products', 'carts', 'orders', 'to-do', 'best-sellers'];

describe('npm run rebuild', () => {
  it('asks the shop that runs on the folder, which goes on answering, and the rebuilt models equal the live ones', async () => {
    const shop = await folder.start();
    await sellSomething(shop.url);
    const { code, stdout } = await runProgram('rebuild', ['--all', '--data', folder.path]);
    expect(code).toBe(0);
    for (const name of readModels)
      expect(stdout).toMatch(new RegExp(`^${name}: .* documents, all equal; now serving generation \\d\\.2$`, 'm'));

    const { call, close } = clientOf(shop.url);
    const customers = customersOf(call);
    expect(await customers.stock('mug')).toBe(30);
    expect(await customers.balance('u1')).toBe(1_000_000 - 20 * 12_000);
    close();
  });

  it('opens the folder itself where no shop runs, even after a kill, and only compares with --dry-run', async () => {
    const shop = await folder.start();
    await sellSomething(shop.url);
    await shop.kill();
    const { code, stdout, stderr } = await runProgram('rebuild', ['products', '--data', folder.path, '--dry-run']);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^products: .*all equal; compared only\n$/)]);
    expect(stderr).toMatch(/products: .*\d+ of \d+ events, .* events\/s, \d+ s left/);
  });

  it.each([
    ['a read model that there is none of', ['sales'], 'balances, statement'],
    ['nothing to do', [], 'name one read model, or --all'],
    ['both at once', ['orders', '--all'], 'name one read model, or --all'],
  ])('refuses %s', async (_, words, said) => {
    const { code, stderr } = await runProgram('rebuild', [...words, '--data', folder.path]);
    expect([code, stderr]).toEqual([1, expect.stringContaining(said)]);
  });

  it('refuses a folder without a shop and leaves it as it is', async () => {
    const nowhere = join(folder.path, 'typo');
    const { code, stderr } = await runProgram('rebuild', ['--all', '--data', nowhere]);
    expect([code, stderr]).toEqual([1, `there is no shop in ${nowhere}\n`]);
    await expect(access(nowhere)).rejects.toThrow();
  });
});

describe('npm run parked', () => {
  it('shows a stream that waits behind an event nobody understands, and lets an operator take that event out', async () => {
    await (await folder.start()).stop();
    const store = await openEmbeddedEventStore({ folder: folder.path });
    const metadata = { version: 1, correlationId: 'c', causationId: 'c' };
    await store.append('wallet-poisoned', noStream, [{ id: 'p', type: 'WalletPainted', data: { userId: 'poisoned' }, metadata }]);
    await store.close();

    const shop = await folder.start();
    const { call, close } = clientOf(shop.url);
    expect(await call('GET', '/balance/poisoned')).toMatchObject({
      status: 503,
      body: { code: 'READ_MODEL_DEGRADED', projection: 'balances' },
    });
    expect(await customersOf(call).balance('somebody-else')).toBe(0);
    expect((await call('GET', '/readyz')).body).toMatchObject({ status: 'degraded' });

    const listed = await runProgram('parked', ['list', '--data', folder.path]);
    expect(listed.stdout).toContain('balances@1.1/wallet-poisoned');
    expect(listed.stdout).toContain('WalletPainted');
    const retried = await runProgram('parked', ['retry', 'balances@1.1/wallet-poisoned', '--data', folder.path]);
    expect([retried.code, retried.stdout]).toEqual([1, 'balances@1.1/wallet-poisoned: still waits\n']);
    const skipped = await runProgram('parked', ['skip', 'balances@1.1/wallet-poisoned', 'written by hand', '--data', folder.path]);
    expect([skipped.code, skipped.stdout]).toEqual([0, 'balances@1.1/wallet-poisoned: goes on\n']);
    expect(await customersOf(call).balance('poisoned')).toBe(0);
    close();
  });
});
