import type { BestSellerDocument } from '@shop/read-store';
import { fingerprintTable } from '../fingerprints.js';
import type { Fact } from '../judge.js';
import type { ModelFold } from './model-fold.js';

/** Units and revenue by product and day, hour and minute, as sums in tables: the model keeps them for ever, so they grow with it. */
export const bestSellersFold = (): ModelFold<'best-sellers'> => {
  const units = fingerprintTable();
  const revenue = fingerprintTable();
  const add = (key: string, quantity: number, amount: number): void => {
    units.set(key, (units.get(key) ?? 0) + quantity);
    revenue.set(key, (revenue.get(key) ?? 0) + amount);
  };
  const soldAt = ({ event: { type, data } }: Fact): string => (type === 'OrderCancelled' ? data.paidAt : data.occurredAt);
  const sums = (key: string) => ({ units: units.get(key) ?? 0, revenue: revenue.get(key) ?? 0 });
  const keyOf = (time: string, productId: string) => `${time} ${productId}`;

  return {
    name: 'best-sellers',
    documentIds: (fact) => {
      const { type, data } = fact.event;
      if (type !== 'OrderPaid' && type !== 'OrderCancelled') return [];
      const at = soldAt(fact);
      const products = new Set(data.lines.map(({ productId }) => productId));
      return [...products].flatMap((productId) => [`day:${at.slice(0, 10)}:${productId}`, `hour:${at.slice(0, 13)}:${productId}`]);
    },
    take: (fact) => {
      const { type, data } = fact.event;
      if (type !== 'OrderPaid' && type !== 'OrderCancelled') return;
      const at = soldAt(fact);
      const sign = type === 'OrderPaid' ? 1 : -1;
      for (const { productId, quantity, unitPrice } of data.lines)
        for (const time of [at.slice(0, 10), at.slice(0, 13), at.slice(0, 16)])
          add(keyOf(time, productId), sign * quantity, sign * quantity * unitPrice);
    },
    document: (id, fact): BestSellerDocument => {
      const at = soldAt(fact);
      const isDay = id.startsWith('day:');
      const time = at.slice(0, isDay ? 10 : 13);
      const productId = id.slice((isDay ? 'day:' : 'hour:').length + time.length + 1);
      const whole = sums(keyOf(time, productId));
      if (isDay) return { kind: 'day', productId, day: time, ...whole };
      const minutes = Array.from({ length: 60 }, (_, minute) => ({
        minute,
        key: keyOf(`${time}:${String(minute).padStart(2, '0')}`, productId),
      }))
        .filter(({ key }) => units.has(key))
        .map(({ minute, key }) => ({ minute, ...sums(key) }));
      return { kind: 'hour', productId, hour: time, ...whole, minutes };
    },
  };
};
