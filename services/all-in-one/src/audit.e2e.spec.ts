import { describe, expect, it } from '@jest/globals';
import { auditReport } from '@shop/audit';
import { noStream } from '@shop/event-store';
import { openEmbeddedEventStore } from '@shop/event-store/embedded';
import { access, appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { clientOf } from './testing/client.js';
import { customersOf, orderIn, sellSomething, times } from './testing/customers.js';
import { recordingClient } from './testing/recording-client.js';
import { settledAudit } from './testing/settled-audit.js';
import { shopFolder } from './testing/shop-folder.js';
import { runProgram } from './testing/shop-process.js';

describe('npm run audit', () => {
  const folder = shopFolder();
  const audit = (...words: string[]) => runProgram('audit', ['--store', folder.path, ...words]);

  it('proves the money and the stock of a shop that goes on, and of the folder it left', async () => {
    const shop = await folder.start();
    await sellSomething(shop.url);
    expect(await settledAudit(folder.path)).toMatchObject({ verdict: 'clean', undecided: [] });
    const running = await audit('--quiet');
    expect([running.code, running.stdout]).toEqual([
      0,
      expect.stringContaining('1,000,000 charged - 240,000 paid + 0 refunded; balances 760,000 won'),
    ]);
    await shop.kill();
    const { code, stdout } = await audit('--json');
    const report = auditReport.parse(JSON.parse(stdout));
    expect([code, report.verdict]).toEqual([0, 'clean']);
    expect(report.judged).toEqual(expect.arrayContaining(['I1', 'I9', 'I10', 'I11', 'I14', 'I16']));
  });

  it('names what is wrong, and says so by its exit code', async () => {
    await (await folder.start()).stop();
    const store = await openEmbeddedEventStore({ folder: folder.path });
    const metadata = { version: 1, correlationId: 'c', causationId: 'c' };
    const data = {
      userId: 'u1',
      chargeId: 'c1',
      requestHash: '0'.repeat(64),
      amount: 5,
      balance: 6,
      occurredAt: '2026-01-05T03:04:05.678Z',
    };
    await store.append('wallet-u1', noStream, [{ id: 'forged', type: 'WalletCharged', data, metadata }]);
    await store.close();
    await appendFile(join(folder.path, 'order-feed.ndjson'), '{"id":"forged"}\n');
    const { code, stdout } = await audit();
    expect(code).toBe(1);
    expect(stdout).toMatch(/^I1 balance of u1 \(wallet-u1\/0\) at [0-9a-f]{16}\n {4}expected 5\n {4}found {4}6$/m);
    expect(stdout).toMatch(/^I9 line 1 of the feed$/m);
  });

  it('judges what clients say they were answered', async () => {
    await (await folder.start()).stop();
    const history = join(folder.path, 'clients.txt');
    const read = {
      begin: 1,
      end: 2,
      method: 'GET',
      path: '/balance/u1',
      status: 200,
      answer: { balance: 7 },
      position: '0000000000000001',
    };
    await writeFile(history, `${JSON.stringify(read)}\n`);
    const { code, stdout } = await audit('--history', history);
    expect([code, stdout]).toEqual([1, expect.stringContaining('I12 GET /balance/u1')]);
  });

  it('believes every answer to customers who bought the shop empty, and none that was forged', async () => {
    const shop = await folder.start(['--no-seed']);
    const client = clientOf(shop.url);
    const { call, history } = recordingClient(client.call, 'customer');
    const { register, charge, order } = customersOf(call);
    const products = ['a', 'b', 'c'];
    await Promise.all(products.map((productId) => register(productId, 10, 40)));
    await Promise.all(
      times(20, async (index) => {
        const userId = `u${index}`;
        await charge(userId, 150);
        for (let round = 0; round < 8; round += 1) {
          const items = products.slice(round % 3).map((productId) => ({ productId, quantity: 1 }));
          const { status, body } = await order(userId, index % 2 === 0 ? items : items.reverse(), `order-${round}`);
          if (status === 201 && round === 1)
            await call('POST', `/orders/${orderIn({ status, body, headers: {} }).orderId}/cancel`, { body: { userId } });
          if (status === 201) await order(userId, items, `order-${round}`);
          await Promise.all([`/balance/${userId}`, '/products/a', '/products/top'].map((path) => call('GET', path)));
          if (round % 4 === 0) await call('POST', '/orders/cart', { body: { userId, productId: 'b' } });
          await call('GET', `/orders/cart?userId=${userId}`);
        }
      }),
    );
    client.close();
    expect(await settledAudit(folder.path)).toMatchObject({ verdict: 'clean' });
    const file = join(folder.path, 'clients.txt');
    await writeFile(file, history());
    const believed = await audit('--history', file, '--json');
    expect([believed.code, auditReport.parse(JSON.parse(believed.stdout)).findings]).toEqual([0, []]);
    await writeFile(
      file,
      history().replace(/("path":"\/balance\/u0".*?"balance":)\d+/, (_, before: string) => `${before}39999`),
    );
    const forged = await audit('--history', file);
    expect([forged.code, forged.stdout]).toEqual([1, expect.stringContaining('I12 GET /balance/u0')]);
  }, 60_000);

  it.each([
    ['a folder without a shop', (at: string) => ['--store', join(at, 'typo')], 'there is no shop in'],
    ['such a folder, named as the other tools name theirs', (at: string) => ['--data', join(at, 'typo')], 'there is no shop in'],
    ['two shops at once', (at: string) => ['--data', at, '--store', at], '--data or --store'],
    ['a history that is not there', (at: string) => ['--store', at, '--history', join(at, 'typo')], 'no such file'],
    ['an option that there is none of', () => ['--fast'], "unknown option '--fast'"],
  ])('cannot decide about %s, and leaves everything as it is', async (_, words, said) => {
    const { code, stderr } = await runProgram('audit', words(folder.path));
    expect([code, stderr]).toEqual([2, expect.stringContaining(said)]);
    await expect(access(join(folder.path, 'typo'))).rejects.toThrow();
  });
});
