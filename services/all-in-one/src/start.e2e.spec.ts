import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { clientOf } from './testing/client.js';
import { customersOf } from './testing/customers.js';
import { runProgram, startShop, type ShopProcess } from './testing/shop-process.js';

const list = z.object({ total: z.int() });

describe('starting the built shop', () => {
  let folder = '';
  const running: ShopProcess[] = [];
  const start = async (...given: Parameters<typeof startShop>) => {
    const shop = await startShop(...given);
    running.push(shop);
    return shop;
  };
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'shop-'));
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((shop) => shop.kill()));
    await rm(folder, { recursive: true, force: true });
  });
  const productsOf = async (url: string) => {
    const client = clientOf(url);
    try {
      return list.parse((await client.call('GET', '/products')).body).total;
    } finally {
      client.close();
    }
  };

  it('opens with a catalogue, says where to go, and the curl it prints places an order', async () => {
    const shop = await start(folder);

    expect(shop.stdout()).toContain(`${shop.url}/docs`);
    expect(shop.stdout()).toContain(`${shop.url}/readyz`);
    expect(await productsOf(shop.url)).toBeGreaterThanOrEqual(12);
    const command = /curl[^]*?(?=\n\n)/.exec(shop.stdout())?.[0] ?? '';
    const { stdout } = await promisify(execFile)('sh', ['-c', command]);
    expect(stdout).toContain('"status":"PAID"');
    expect(await shop.stop()).toBe(0);
    expect(shop.stderr()).toBe('');
  });

  it('keeps everything over a stop and over a kill, and a killed one blocks nobody', async () => {
    const first = await start(folder);
    const customer = clientOf(first.url);
    await customersOf(customer.call).charge('loyal', 5_000);
    customer.close();
    await first.stop();

    const second = await start(folder);
    const again = clientOf(second.url);
    await customersOf(again.call).charge('loyal', 1);
    again.close();
    await second.kill();

    const third = await start(folder);
    const last = clientOf(third.url);
    expect(await customersOf(last.call).balance('loyal')).toBe(5_001);
    last.close();
  });

  it('refuses a folder that another shop has open, and says where that one is', async () => {
    const shop = await start(folder);
    const refused = await runProgram('main', ['--port', '0', '--data', folder]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('is in use');
    expect(refused.stderr).toContain(shop.url);
    expect(refused.stderr).not.toContain('    at ');
    const fresh = await runProgram('main', ['--port', '0', '--data', folder, '--fresh']);
    expect(fresh.code).toBe(1);
    expect(await productsOf(shop.url)).toBeGreaterThan(0);
  });

  it('starts over with --fresh, empty with --no-seed, and leaves other files alone', async () => {
    await (await start(folder)).stop();
    await writeFile(join(folder, 'diary.txt'), 'not the shop’s');

    const empty = await start(folder, ['--fresh', '--no-seed']);
    expect(await productsOf(empty.url)).toBe(0);
    expect(empty.stdout()).not.toContain('order a mug');
    expect(await readdir(folder)).toContain('diary.txt');
  });

  it('lets only its owner read what it stores', async () => {
    const data = join(folder, 'made-by-the-shop');
    await start(data);
    expect((await stat(data)).mode & 0o077).toBe(0);
    for (const file of await readdir(data)) expect([file, (await stat(join(data, file))).mode & 0o077]).toEqual([file, 0]);
  });

  it.each([
    ['an unknown option', ['--portt', '1'], ['--portt', '--port <number>', '--fresh']],
    ['a port that is none', ['--port', '70000'], ['--port', '65535']],
    ['a word too many', ['now'], ['too many arguments', '--data <folder>']],
  ])('refuses %s and lists the options', async (_, words, said) => {
    const { code, stderr, stdout } = await runProgram('main', ['--data', folder, ...words]);
    expect(code).not.toBe(0);
    for (const part of said) expect(stderr).toContain(part);
    expect(stdout).toBe('');
    expect(await readdir(folder)).toEqual([]);
  });

  it('says so when its port is taken, and has deleted nothing by then', async () => {
    const shop = await start(folder);
    const other = join(folder, 'other');
    const first = await start(other);
    await first.stop();
    const port = new URL(shop.url).port;
    const { code, stderr } = await runProgram('main', ['--data', other, '--fresh', '--port', port]);
    expect([code, stderr]).toEqual([1, expect.stringContaining(`port ${port}`)]);
    const again = await start(other, ['--no-seed']);
    expect(await productsOf(again.url)).toBeGreaterThan(0);
  });

  it('explains itself with --help', async () => {
    const { code, stdout } = await runProgram('main', ['--help']);
    expect(code).toBe(0);
    for (const option of ['--port', '--data', '--fresh', '--no-seed', '--help']) expect(stdout).toContain(option);
  });

  it('names a setting of the environment that does not fit', async () => {
    const { code, stderr } = await runProgram('main', ['--data', folder], { READ_WAIT_MS: 'soon' });
    expect(code).toBe(1);
    expect(stderr).toBe('settings that do not fit:\n  READ_WAIT_MS: must be a whole number\n');
  });
});
