import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { seededRandom } from '@shop/clock';
import { bodiesOfConnection, randomOrder, type RandomWorkload } from './workload.js';

const spread: RandomWorkload = { kind: 'random', products: 1_000, customers: 50, linesPerOrder: 3 };
const phase = { phase: 'measured', seed: 9, connections: 4, count: 100 };

describe('what the customers of a run order', () => {
  it('names so many different products, one unit of each', () => {
    const random = seededRandom(1);
    for (let order = 0; order < 1_000; order += 1) {
      const { items } = randomOrder({ ...spread, products: 4 }, random);
      expect(new Set(items.map(({ productId }) => productId)).size).toBe(3);
      expect(items.every(({ quantity }) => quantity === 1)).toBe(true);
    }
  });

  it('orders what there is where the shop has fewer products than an order has lines', () => {
    expect(randomOrder({ ...spread, products: 1 }, seededRandom(1)).items).toEqual([{ productId: 'product-0', quantity: 1 }]);
  });

  it('is the same again for the same seed', () => {
    expect(bodiesOfConnection(spread, 2, phase)).toEqual(bodiesOfConnection(spread, 2, phase));
    expect(bodiesOfConnection(spread, 2, phase)).not.toEqual(bodiesOfConnection(spread, 2, { ...phase, seed: 1 }));
  });

  it('uses no key twice, over all connections', () => {
    const keys = [0, 1, 2, 3].flatMap((connection) => bodiesOfConnection(spread, connection, phase).map(({ key }) => key));
    expect(new Set(keys).size).toBe(400);
  });

  it('sends every real basket once, whatever the number of connections', () => {
    const folder = mkdtempSync(join(tmpdir(), 'baskets-'));
    try {
      const baskets = Array.from({ length: 10 }, (_, index) => ({ userId: `u${index}`, items: [{ productId: 'p', quantity: 1 }] }));
      writeFileSync(join(folder, 'baskets.ndjson.gz'), gzipSync(`${baskets.map((one) => JSON.stringify(one)).join('\n')}\n`));
      const sent = [0, 1, 2, 3].flatMap((connection) => bodiesOfConnection({ kind: 'baskets', folder }, connection, phase));
      expect(sent.map(({ body }) => body).sort()).toEqual(baskets.map((one) => JSON.stringify(one)).sort());
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
