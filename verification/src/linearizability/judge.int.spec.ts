import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openTestShop, type TestShop } from '@shop/all-in-one/testing/open-test-shop';
import { recordingClient } from '@shop/all-in-one/testing/recording-client';
import { readHistory, type HistoryLine } from '@shop/audit';
import { seededRandom } from '@shop/clock';
import { beginning, type EventStore } from '@shop/event-store';
import { z } from 'zod';
import { indexLog, type LogIndex } from '../history/log-index.js';
import { judgeLinearizability } from './judge.js';

const order = z.object({ orderId: z.string() });
const balance = z.object({ balance: z.int() });

const clients = 8;
const rounds = 30;

/** Eight clients with one wallet and one product between them. */
const trade = async ({ call }: TestShop): Promise<string> => {
  await call('POST', '/products', { body: { productId: 'mug', name: 'mug', price: 10, stock: 0 } });
  const histories = await Promise.all(
    Array.from({ length: clients }, async (_, number) => {
      const random = seededRandom(number);
      const recorded = recordingClient(call, `c${number}`);
      const orders: string[] = [];
      for (let round = 0; round < rounds; round += 1) {
        const headers = { 'idempotency-key': `${number}-${round}` };
        const chance = random();
        if (chance < 0.15)
          await recorded.call('POST', '/balance/charge', { headers, body: { userId: 'ann', amount: 1 + Math.floor(random() * 40) } });
        else if (chance < 0.3)
          await recorded.call('POST', '/products/mug/stock-adjustments', { headers, body: { delta: 2, reason: 'found' } });
        else if (chance < 0.6) {
          const { status, body } = await recorded.call('POST', '/orders', {
            headers,
            body: { userId: 'ann', items: [{ productId: 'mug', quantity: 1 }] },
          });
          if (status === 201) orders.push(order.parse(body).orderId);
        } else if (chance < 0.65 && orders.length > 0)
          await recorded.call('POST', `/orders/${orders.pop()}/cancel`, { body: { userId: 'ann' } });
        else await recorded.call('GET', random() < 0.5 ? '/balance/ann' : '/products/mug');
      }
      return recorded.history();
    }),
  );
  return histories.join('');
};

describe('what clients of a real shop saw', () => {
  let shop: TestShop;
  let store: EventStore | undefined;
  let history: readonly HistoryLine[] = [];
  let log: LogIndex;
  beforeAll(async () => {
    shop = await openTestShop({
      behind: (stores) => {
        store = stores.eventStore;
        return stores;
      },
    });
    const text = await trade(shop);
    const lines = async function* () {
      yield* text.split('\n');
    };
    history = await readHistory(lines());
    if (!store) throw new Error('the shop has no store');
    log = await indexLog(store.readAll(beginning));
  });
  afterAll(() => shop.stop());

  const findings = (lines: readonly HistoryLine[]) => judgeLinearizability(lines, log).findings.join('\n');
  const changed = (wanted: (line: HistoryLine) => boolean, change: (line: HistoryLine) => HistoryLine): HistoryLine[] => {
    const at = history.findLastIndex(wanted);
    expect(at).toBeGreaterThan(-1);
    return history.map((line, index) => (index === at ? change(line) : line));
  };
  const isBalance = ({ method, path, answer }: HistoryLine) =>
    method === 'GET' && path === '/balance/ann' && (balance.safeParse(answer).data?.balance ?? 0) > 0;
  const isCharge = ({ path, status }: HistoryLine) => path === '/balance/charge' && status === 200;

  it('is linearizable, by its revisions and without them', () => {
    const report = judgeLinearizability(history, log);
    expect(report).toMatchObject({ wallets: 1, products: 1, searched: 2, unsearched: 0, findings: [] });
    expect(report.operations).toBeGreaterThan(200);
  });

  it('would be found out with a forged read', () => {
    const forged = changed(isBalance, (line) => ({ ...line, answer: { balance: 1_000_000 } }));
    expect(findings(forged)).toMatch(/^forged read on wallet-ann: GET \/balance\/ann/m);
    expect(findings(forged)).toMatch(/^not linearizable: wallet-ann: .*GET \/balance\/ann/m);
  });

  it('would be found out with a stale read, though that was the balance once', () => {
    const early = history.filter(isBalance).sort((one, other) => one.begin - other.begin)[0];
    const latest = Math.max(...history.map(({ end }) => end ?? 0));
    const stale = [...history, ...(early ? [{ ...early, begin: latest + 1, end: latest + 2 }] : [])];
    expect(findings(stale)).toMatch(/^stale read on wallet-ann: GET \/balance\/ann/m);
    expect(findings(stale)).toMatch(/^not linearizable: wallet-ann: .*GET \/balance\/ann/m);
  });

  it('would be found out with a lost update: a charge that was acknowledged and is not in the log', () => {
    const lost = changed(isCharge, (line) => ({ ...line, key: 'lost', requestId: 'lost' }));
    expect(findings(lost)).toMatch(/^lost update on wallet-ann: charge lost of ann/m);
    const first = history.filter(isCharge).sort((one, other) => one.begin - other.begin)[0];
    const unseen = history.filter((line) => line !== first);
    expect(findings(unseen)).toMatch(/^not linearizable: wallet-ann/m); // the log has it, and clients saw it, but nobody did it
  });
});
