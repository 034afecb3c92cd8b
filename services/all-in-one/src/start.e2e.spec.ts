import { describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { clientOf } from './testing/client.js';
import { customersOf } from './testing/customers.js';
import { shopFolder } from './testing/shop-folder.js';
import { runProgram } from './testing/shop-process.js';

const list = z.object({ total: z.int() });

describe('starting the built shop', () => {
  const folder = shopFolder();
  const productsOf = async (url: string) => {
    const client = clientOf(url);
    try {
      return list.parse((await client.call('GET', '/products')).body).total;
    } finally {
      client.close();
    }
  };

  it('opens with a catalogue, says where to go, and the curl it prints places an order; the next one buys a cart and cancels it', async () => {
    const shop = await folder.start();

    expect(shop.stdout()).toContain(`${shop.url}/docs`);
    expect(shop.stdout()).toContain(`${shop.url}/readyz`);
    expect(await productsOf(shop.url)).toBeGreaterThanOrEqual(12);
    const run = async (command = '') => (await promisify(execFile)('sh', ['-c', command])).stdout;
    const [first, second] = shop.stdout().match(/curl[^]*?(?=\n\n)/g) ?? [];
    expect(await run(first)).toContain('"status":"PAID"');
    const told = await run(second);
    for (const part of ['"totalQuantity":1', '"status":"PAID"', '"status":"CANCELLED"', '"type":"REFUND"']) expect(told).toContain(part);
    expect(told).toContain('"balanceAfter":12000,');
    expect(await shop.stop()).toBe(0);
    expect(shop.stderr()).toBe('');
  });

  it('shows its documentation, with files of packages that the program is not made of', async () => {
    const { url } = await folder.start();
    const statusOf = async (path: string) => (await fetch(`${url}${path}`)).status;
    expect(await Promise.all(['/docs', '/docs/swagger-ui.css', '/openapi.json', '/asyncapi.json'].map(statusOf))).toEqual([
      200, 200, 200, 200,
    ]);
  });

  it('keeps everything over a stop and over a kill, and a killed one blocks nobody', async () => {
    const first = await folder.start();
    const customer = clientOf(first.url);
    await customersOf(customer.call).charge('loyal', 5_000);
    customer.close();
    await first.stop();

    const second = await folder.start();
    const again = clientOf(second.url);
    await customersOf(again.call).charge('loyal', 1);
    again.close();
    await second.kill();

    const third = await folder.start();
    const last = clientOf(third.url);
    expect(await customersOf(last.call).balance('loyal')).toBe(5_001);
    last.close();
  });

  it('refuses a folder that another shop has open, and says where that one is', async () => {
    const shop = await folder.start();
    const refused = await runProgram('main', ['--port', '0', '--data', folder.path]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('is in use');
    expect(refused.stderr).toContain(shop.url);
    expect(refused.stderr).not.toContain('    at ');
    const fresh = await runProgram('main', ['--port', '0', '--data', folder.path, '--fresh']);
    expect(fresh.code).toBe(1);
    expect(await productsOf(shop.url)).toBeGreaterThan(0);
  });

  it('starts over with --fresh, empty with --no-seed, and leaves other files alone', async () => {
    await (await folder.start()).stop();
    await writeFile(join(folder.path, 'diary.txt'), 'not the shop’s');

    const empty = await folder.start(['--fresh', '--no-seed']);
    expect(await productsOf(empty.url)).toBe(0);
    expect(empty.stdout()).not.toContain('order a mug');
    expect(await readdir(folder.path)).toContain('diary.txt');
  });

  it('lets only its owner read what it stores', async () => {
    const data = join(folder.path, 'made-by-the-shop');
    await folder.start([], data);
    expect((await stat(data)).mode & 0o077).toBe(0);
    for (const file of await readdir(data)) expect([file, (await stat(join(data, file))).mode & 0o077]).toEqual([file, 0]);
  });

  it.each([
    ['an unknown option', ['--portt', '1'], ['--portt', '--port <number>', '--fresh']],
    ['a port that is none', ['--port', '70000'], ['--port', '65535']],
    ['a word too many', ['now'], ['too many arguments', '--data <folder>']],
  ])('refuses %s and lists the options', async (_, words, said) => {
    const { code, stderr, stdout } = await runProgram('main', ['--data', folder.path, ...words]);
    expect(code).not.toBe(0);
    for (const part of said) expect(stderr).toContain(part);
    expect(stdout).toBe('');
    expect(await readdir(folder.path)).toEqual([]);
  });

  it('says so when its port is taken, and has deleted nothing by then', async () => {
    const shop = await folder.start();
    const other = join(folder.path, 'other');
    const first = await folder.start([], other);
    await first.stop();
    const port = new URL(shop.url).port;
    const { code, stderr } = await runProgram('main', ['--data', other, '--fresh', '--port', port]);
    expect([code, stderr]).toEqual([1, expect.stringContaining(`port ${port}`)]);
    const again = await folder.start(['--no-seed'], other);
    expect(await productsOf(again.url)).toBeGreaterThan(0);
  });

  it('explains itself with --help', async () => {
    const { code, stdout } = await runProgram('main', ['--help']);
    expect(code).toBe(0);
    for (const option of ['--port', '--data', '--fresh', '--no-seed', '--help']) expect(stdout).toContain(option);
  });

  it('names every setting of the environment that does not fit', async () => {
    const wrong = { LOG_LEVEL: 'loud', SWEEP_EVERY_MS: 'often', READ_WAIT_MS: 'soon' };
    const { code, stderr } = await runProgram('main', ['--data', folder.path], wrong);
    expect(code).toBe(1);
    expect(stderr.split('\n')).toEqual([
      'settings that do not fit:',
      expect.stringContaining('  LOG_LEVEL: '),
      '  SWEEP_EVERY_MS: must be a whole number',
      '  READ_WAIT_MS: must be a whole number',
      '',
    ]);
  });
});
