import type { Condition, GuardedWrite, Order, Query, Stored, Value } from '@shop/read-store';
import { frozen } from './frozen.js';

type Document = Stored<object>;

export type SimulatedDocuments = {
  readonly collections: () => readonly string[];
  readonly ensure: (collection: string) => void;
  readonly drop: (collection: string) => void;
  readonly load: (collection: string, ids: readonly string[]) => ReadonlyMap<string, Document>;
  /** Answers whether it was applied. */
  readonly write: (collection: string, write: GuardedWrite<object>) => boolean;
  readonly remove: (collection: string, id: string, guard: string) => boolean;
  readonly find: (collection: string, query: Query) => readonly Document[];
  /** What comes after a document in an order, for a scan that goes on while documents move. */
  readonly findAfter: (
    collection: string,
    query: Pick<Query, 'where' | 'order' | 'limit'>,
    last: Document | undefined,
  ) => readonly Document[];
  readonly count: (collection: string, where: readonly Condition[]) => number;
  readonly takeLease: (name: string, owner: string, ttlMs: number, now: number) => { readonly epoch: number } | undefined;
  readonly releaseLease: (name: string, owner: string, epoch: number) => void;
  /** Nobody holds any lease any more, whatever its holder believes. */
  readonly forgetLeases: () => void;
  /** Milliseconds until which nobody gets an answer. */
  readonly outage: { until: number };
  /** Called after a collection has changed. */
  readonly onChanged: Set<(collection: string) => void>;
};

const fieldName = /^[A-Za-z][A-Za-z0-9]*$/;
const checkField = (field: string): string => {
  if (!fieldName.test(field)) throw new RangeError(`${JSON.stringify(field)} is no name of a field`);
  return field;
};

const fieldOf = ({ id, guard, document }: Document, field: string): unknown => {
  if (field === 'id') return id;
  if (field === 'guard') return guard;
  return Object.getOwnPropertyDescriptor(document, field)?.value;
};

const surrogate = /[\ud800-\udfff]/;
/** By code point, as databases sort: code units order the characters beyond U+FFFF before some within. */
const compareText = (one: string, other: string): number => {
  if (surrogate.test(one) || surrogate.test(other)) return Buffer.compare(Buffer.from(one), Buffer.from(other));
  return one < other ? -1 : one > other ? 1 : 0;
};
const rank = (value: unknown): number =>
  typeof value === 'number' ? 1 : typeof value === 'string' ? 2 : typeof value === 'boolean' ? 3 : 0;
/** Missing and null first. */
const compareValues = (one: unknown, other: unknown): number => {
  if (typeof one === 'string' && typeof other === 'string') return compareText(one, other);
  if (typeof one === 'number' && typeof other === 'number') return one - other;
  return rank(one) - rank(other) || Number(one === true) - Number(other === true);
};

const meets = (document: Document, condition: Condition): boolean => {
  const value = fieldOf(document, condition.field);
  const isLike = (wanted: Value) => typeof value === typeof wanted;
  if (condition.is === 'in') return condition.values.some((wanted) => value === wanted);
  if (condition.is === 'contains') return typeof value === 'string' && value.includes(condition.value);
  if (!isLike(condition.value)) return false;
  const order = compareValues(value, condition.value);
  switch (condition.is) {
    case '=':
      return order === 0;
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
  }
};

const inOrder =
  (order: readonly Order[]) =>
  (one: Document, other: Document): number => {
    for (const { field, direction } of order) {
      const compared = compareValues(fieldOf(one, field), fieldOf(other, field));
      if (compared !== 0) return direction === 'ascending' ? compared : -compared;
    }
    return compareText(one.id, other.id);
  };

/** The documents themselves, which no crash touches. What is read of them is shared and frozen. */
export const simulatedDocuments = (): SimulatedDocuments => {
  const collections = new Map<string, Map<string, Document>>();
  const leases = new Map<string, { owner: string; epoch: number; until: number }>();
  const onChanged: SimulatedDocuments['onChanged'] = new Set();
  const none: ReadonlyMap<string, Document> = new Map();
  const of = (collection: string): ReadonlyMap<string, Document> => collections.get(collection) ?? none;
  const opened = (collection: string): Map<string, Document> => {
    const known = collections.get(collection) ?? new Map<string, Document>();
    collections.set(collection, known);
    return known;
  };
  const changed = (collection: string): void => {
    for (const tell of onChanged) tell(collection);
  };
  const matching = (collection: string, where: readonly Condition[]): Document[] => {
    for (const { field } of where) checkField(field);
    const found: Document[] = [];
    for (const document of of(collection).values()) if (where.every((condition) => meets(document, condition))) found.push(document);
    return found;
  };
  const sorted = (collection: string, { where, order }: Pick<Query, 'where' | 'order'>): Document[] => {
    for (const { field } of order) checkField(field);
    return matching(collection, where).sort(inOrder(order));
  };

  return {
    collections: () => [...collections.keys()],
    ensure: (collection) => void opened(collection),
    drop: (collection) => void collections.delete(collection),
    load: (collection, ids) => {
      const found = new Map<string, Document>();
      for (const id of ids) {
        const document = of(collection).get(id);
        if (document) found.set(id, document);
      }
      return found;
    },
    write: (collection, { id, guard, document, from }) => {
      const stands = of(collection).get(id);
      if ((stands?.guard ?? null) !== from) return false;
      opened(collection).set(id, Object.freeze({ id, guard, document: frozen(document) }));
      changed(collection);
      return true;
    },
    remove: (collection, id, guard) => {
      if (of(collection).get(id)?.guard !== guard) return false;
      opened(collection).delete(id);
      changed(collection);
      return true;
    },
    find: (collection, { where, order, limit, skip = 0 }) => sorted(collection, { where, order }).slice(skip, skip + limit),
    findAfter: (collection, { where, order, limit }, last) => {
      const all = sorted(collection, { where, order });
      return (last ? all.filter((document) => inOrder(order)(document, last) > 0) : all).slice(0, limit);
    },
    count: (collection, where) => matching(collection, where).length,
    takeLease: (name, owner, ttlMs, now) => {
      const lease = leases.get(name);
      const isFree = !lease || lease.until <= now;
      if (!isFree && lease.owner !== owner) return undefined;
      const epoch = isFree ? (lease?.epoch ?? 0) + 1 : lease.epoch;
      leases.set(name, { owner, epoch, until: now + ttlMs });
      return { epoch };
    },
    releaseLease: (name, owner, epoch) => {
      const lease = leases.get(name);
      if (lease?.owner === owner && lease.epoch === epoch) lease.until = -Infinity;
    },
    forgetLeases: () => {
      for (const lease of leases.values()) lease.until = -Infinity;
    },
    outage: { until: -Infinity },
    onChanged,
  };
};
