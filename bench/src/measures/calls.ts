import { randomUUID } from 'node:crypto';
import { clientOf } from '@shop/all-in-one/testing/client';
import { systemClock, systemRandom } from '@shop/clock';
import { openEventStoreDB } from '@shop/event-store/eventstoredb';
import { createLogger } from '@shop/http';
import { accepted } from '../load/load-plan.js';
import { customerId, productIdAt, type RandomWorkload } from '../load/workload.js';
import { checkCluster } from '../shop/check-cluster.js';
import { lostOrders, readLog } from '../shop/check-shop.js';
import { post } from '../shop/client.js';
import { fillShop, needsOf } from '../shop/fill-shop.js';
import { startWriterOnSimulator, type CallCounts } from '../shop/writer-on-simulator.js';
import { noEngines, oneOfEach, onCluster } from './cluster-load.js';
import type { Measure, Reading, Variant } from './measure.js';
import { details, failures, loadOn, profilesOf } from './order-load.js';
import { hot, spread } from './workloads.js';

const tools = { clock: systemClock, random: systemRandom, newId: randomUUID, logger: createLogger('error') };

type Counted = {
  readonly count: (calls: CallCounts) => number;
  /** Calls of a shop whose every command reads and appends for itself. */
  readonly naively: number;
};

/** Append calls an order, up to the last that is settled, ÷ those of a naive shop. */
const appendsUnder = (name: string, work: RandomWorkload, { count, naively }: Counted): Variant => ({
  name,
  unit: '÷ naive',
  run: async (turn): Promise<Reading> => {
    const shop = await startWriterOnSimulator(turn.folder, profilesOf(turn, name));
    await fillShop(shop.url, needsOf(work));
    await shop.catchUp();
    const before = await shop.calls();
    const window = await loadOn(shop, work, turn);
    const { seconds, fault } = await shop.catchUp();
    const after = await shop.calls();
    const log = await readLog(await openEventStoreDB({ url: shop.eventStore, ...tools }));
    await shop.stop();
    // Not those that were accepted: what was under way when the load broke off was bought, too.
    const perOrder = (counted: (calls: CallCounts) => number) => (counted(after) - counted(before)) / log.ordersPaid;
    const { result, warmUp } = window;
    return {
      value: perOrder(count) / naively,
      details: {
        ...details(window),
        'appends per order': perOrder(({ append }) => append),
        'to products': perOrder(({ appendsTo }) => appendsTo['product'] ?? 0),
        'to snapshots': perOrder(({ appendsTo }) => appendsTo['snap'] ?? 0),
        'reads per order': perOrder(({ read }) => read),
        'catch-up s': seconds,
      },
      faults: [
        ...failures(window),
        ...(fault === undefined ? [] : [fault]),
        ...log.faults,
        ...lostOrders(accepted(result) + (warmUp ? accepted(warmUp) : 0), log),
      ],
      remarks: [],
    };
  },
});

export const appendCalls: Measure = {
  id: 'M14',
  title: 'append calls an order ÷ naive, counted',
  comparisons: [
    {
      label: 'all, spread',
      // Three reservations, a payment and three sales.
      of: appendsUnder('appends, 3 of 1,000 products', spread, { count: ({ append }) => append, naively: 7 }),
      better: 'lower',
      floor: 0.75,
      aim: 0.6,
    },
    {
      label: 'to the product, hot',
      // A reservation and a sale.
      of: appendsUnder('appends, one product', hot, { count: ({ appendsTo }) => appendsTo['product'] ?? 0, naively: 2 }),
      better: 'lower',
      floor: 0.15,
      aim: 0.05,
    },
  ],
};

/** Exact reads, each connection asking again when it was answered, ÷ how often the event store was asked where its log ends. */
const headsUnder = (name: string): Variant => ({
  name,
  unit: 'head requests per read',
  run: (turn) =>
    onCluster(turn, { counts: oneOfEach, work: spread }, async (cluster) => {
      // The feed, which is audited too, begins with the first order.
      await post(cluster.url, '/orders', { userId: customerId(0), items: [{ productId: productIdAt(0), quantity: 1 }] });
      await cluster.catchUp();
      const { connections, seconds } = turn.settings;
      const { calls } = cluster.engines.eventStore;
      const [reader] = cluster.of('query-api');
      const { call, close } = clientOf(reader?.url ?? '', connections);
      const before = await calls();
      const end = performance.now() + seconds * 1_000;
      let [reads, others] = [0, 0];
      const read = async (connection: number): Promise<void> => {
        for (let n = connection; performance.now() < end; n += 1) {
          const { status } = await call('GET', `/balance/${customerId(n % spread.customers)}`);
          if (status === 200) reads += 1;
          else others += 1;
        }
      };
      await Promise.all(Array.from({ length: connections }, (_, connection) => read(connection)));
      const after = await calls();
      close();
      const heads = after['read-all'] - before['read-all'];
      return {
        value: heads / reads,
        details: { reads, 'head requests': heads },
        faults: [...(others > 0 ? [`${others} reads were not answered 200`] : []), ...(await checkCluster(cluster, 1))],
        remarks: [],
      };
    }),
});

export const headRequests: Measure = {
  id: 'M18',
  title: 'head requests per strong read, counted',
  skipped: noEngines,
  comparisons: [{ label: 'one query-api', of: headsUnder('strong reads of balances'), better: 'lower', floor: 0.1, aim: 0.03 }],
};
