import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { ReadStore } from '@shop/read-store';
import { openEmbeddedReadStore } from '@shop/read-store/embedded';
import { fates, type Fate } from '../testing/crashing-event-store.js';
import { conditions, orders, playOrder, resumptions, type FatedOrder, type Resumption } from '../testing/fated-order.js';
import { virtualClock } from '../testing/virtual-clock.js';

/** A cancellation changes nothing where the order does not come about, and a cart is no other than an order to the one product first. */
const isWorthIt = ({ order, condition }: FatedOrder): boolean => {
  if (condition.startsWith('another tab') || condition === 'the cart is emptied meanwhile') return order === 'a cart';
  if (condition === 'a twin that takes one product first, and stock for one') return order === 'an order';
  return !order.includes('cancelled') || condition === 'all well';
};
const scenarios = orders.flatMap((order) => conditions.map((condition) => ({ order, condition })).filter(isWorthIt));

/** Not everybody has to try everything: a crash before an append leaves what one after the append before it leaves. */
const resumptionsAfter: Readonly<Record<Fate, readonly Resumption[]>> = {
  'crash before it': ['by the same key', 'by a sweeper'],
  'crash after the write': ['by the same key', 'by a sweeper'],
  'crash after the acknowledgement': resumptions,
  'crash, and it lands late': resumptions,
  'unknown, and it lands late': resumptions,
  'unknown beyond the deadline, and it lands late': ['by the same key', 'by a sweeper'],
  'a long pause before it': resumptions,
  'acknowledgement lost': ['by both'],
};

let readStore: ReadStore;
let cases = 0;
beforeAll(async () => {
  readStore = await openEmbeddedReadStore({ inMemory: true, clock: virtualClock() });
});
afterAll(async () => {
  await readStore.close();
  process.stdout.write(`crash enumeration: ${cases} cases\n`);
});

it.each(scenarios)(
  '$order, $condition: whatever becomes of any append, money, stock and cart are right in the end',
  async (scenario) => {
    const calm = await playOrder(scenario, readStore);
    expect(calm.findings).toEqual([]);
    expect(calm.appends).toBeGreaterThan(0);
    const wrong: object[] = [];
    for (let at = 1; at <= calm.appends; at += 1)
      for (const fate of fates)
        for (const resumed of resumptionsAfter[fate]) {
          cases += 1;
          const { findings, log } = await playOrder({ ...scenario, blow: { at, fate, resumed } }, readStore);
          if (findings.length > 0) wrong.push({ at, fate, resumed, findings, log: log.map(({ type }) => type) });
        }
    expect(wrong).toEqual([]);
  },
  60_000,
);
