import type { Position } from '@shop/event-store';
import type { Fact, Judge } from './judge.js';
import { productIn, type Ledger } from './ledger/ledger.js';

export type TopItem = { readonly productId: string; readonly soldQuantity: number; readonly revenue: number };
/** Best sellers as somebody answered them, from everything up to a position. */
export type TopAnswer = {
  readonly asOf: string;
  readonly position: Position;
  /** Where one product's sales may be newer than `position`: nothing in them is beyond this one. */
  readonly partsUntil?: Position;
  readonly limit: number;
  readonly items: readonly TopItem[];
  /** Clients are not shown archived products, and that as of now; documents hold them. */
  readonly archived: 'listed' | 'left out';
};

type Sum = { units: number; revenue: number };

const minuteMs = 60_000;
/** The rolling 72 hours: from the start of the minute 72 hours before, the running minute included. */
export const windowOf = (asOf: string): { readonly from: number; readonly until: number } => {
  const minute = Math.floor(Date.parse(asOf) / minuteMs) * minuteMs;
  return { from: minute - 72 * 60 * minuteMs, until: minute + minuteMs };
};

/** Units first, then revenue, then id; what sold nothing is left out. */
export const ranked = (sums: ReadonlyMap<string, Readonly<Sum>>, limit: number): TopItem[] =>
  [...sums]
    .map(([productId, { units: soldQuantity, revenue }]) => ({ productId, soldQuantity, revenue }))
    .filter(({ soldQuantity }) => soldQuantity > 0)
    .sort(bySales)
    .slice(0, limit);

export const addTo = (sums: Map<string, Sum>, productId: string, units: number, revenue: number): void => {
  const sum = sums.get(productId) ?? { units: 0, revenue: 0 };
  sums.set(productId, { units: sum.units + units, revenue: sum.revenue + revenue });
};

const bySales = (one: TopItem, other: TopItem): number =>
  other.soldQuantity - one.soldQuantity || other.revenue - one.revenue || (one.productId < other.productId ? -1 : 1);

/** Each product as it was at the position or at one moment since, and none missing that cannot have been behind those listed. */
const isOfLaterParts = ({ items, limit }: TopAnswer, moments: ReadonlyMap<string, readonly TopItem[]>): boolean => {
  const last = items.at(-1);
  const wasThen = (item: TopItem) =>
    (moments.get(item.productId) ?? []).some(({ soldQuantity, revenue }) => soldQuantity === item.soldQuantity && revenue === item.revenue);
  const mayBeMissing = (item: TopItem) =>
    item.soldQuantity <= 0 || (last !== undefined && items.length === limit && bySales(last, item) < 0);
  return (
    sameItems(items, [...items].sort(bySales)) &&
    items.every((item) => item.soldQuantity > 0 && wasThen(item)) &&
    [...moments].every(([productId, then]) => items.some((item) => item.productId === productId) || then.some(mayBeMissing))
  );
};

const sameItems = (one: readonly TopItem[], other: readonly TopItem[]): boolean =>
  one.length === other.length &&
  one.every((item, index) => {
    const { productId, soldQuantity, revenue } = other[index] ?? {};
    return item.productId === productId && item.soldQuantity === soldQuantity && item.revenue === revenue;
  });

/** I14: each answer is what counting every sale of its window by hand gives. Grows with the products sold, once per answer. */
export const bestSellersAreCounted = (answers: readonly TopAnswer[]): Judge => {
  const counts = answers.map((answer) => {
    const [sums, later] = [new Map<string, Sum>(), new Map<string, Sum>()];
    return { answer, ...windowOf(answer.asOf), sums, later, moments: new Map<string, TopItem[]>() };
  });
  /** Position at which a product was archived. */
  const archivedAt = new Map<string, string>();

  const count = ({ recorded, event }: Fact): void => {
    if (event.type === 'ProductArchived') archivedAt.set(event.data.productId, recorded.position);
    if (event.type !== 'OrderPaid' && event.type !== 'OrderCancelled') return;
    const sign = event.type === 'OrderPaid' ? 1 : -1;
    const time = Date.parse(event.type === 'OrderPaid' ? event.data.occurredAt : event.data.paidAt);
    for (const { answer, from, until, sums, later, moments } of counts) {
      const isBefore = recorded.position <= answer.position;
      if (time < from || time >= until || (!isBefore && recorded.position > (answer.partsUntil ?? ''))) continue;
      for (const { productId, quantity, unitPrice } of event.data.lines) {
        const change = [productId, sign * quantity, sign * quantity * unitPrice] as const;
        if (isBefore) addTo(sums, ...change);
        addTo(later, ...change);
        const { units, revenue } = later.get(productId) ?? { units: 0, revenue: 0 };
        if (!isBefore) moments.set(productId, [...(moments.get(productId) ?? []), { productId, soldQuantity: units, revenue }]);
      }
    }
  };
  /** A product archived after the answer's position may already be missing in it, as it was then. */
  const isLeftOut = ({ archived, position, items }: TopAnswer, ledger: Readonly<Ledger>, productId: string): boolean => {
    if (archived === 'listed' || !productIn(ledger, productId).archived) return false;
    return (archivedAt.get(productId) ?? '') <= position || items.every((item) => item.productId !== productId);
  };
  return {
    invariants: ['I14'],
    after: count,
    end: (ledger, say) => {
      for (const { answer, sums, moments } of counts) {
        for (const productId of sums.keys()) if (isLeftOut(answer, ledger, productId)) sums.delete(productId);
        const expected = ranked(sums, answer.limit);
        if (sameItems(expected, answer.items)) continue;
        for (const productId of moments.keys()) if (isLeftOut(answer, ledger, productId)) moments.delete(productId);
        for (const productId of new Set([...sums.keys(), ...moments.keys()])) {
          const { units, revenue } = sums.get(productId) ?? { units: 0, revenue: 0 };
          moments.set(productId, [{ productId, soldQuantity: units, revenue }, ...(moments.get(productId) ?? [])]);
        }
        const place = { stream: null, revision: null, position: answer.position };
        if (answer.partsUntil === undefined || !isOfLaterParts(answer, moments))
          say('I14', `best sellers as of ${answer.asOf}`, expected, answer.items, place);
      }
    },
  };
};
