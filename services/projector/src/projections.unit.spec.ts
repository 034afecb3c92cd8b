import { describe, expect, it } from '@jest/globals';
import { readModelIndexes } from '@shop/read-store';
import { projections } from './projections.js';
import {
  adjusted,
  at,
  cancelled,
  charged,
  itemAdded,
  line,
  paid,
  registered,
  released,
  reserved,
  returned,
  sold,
} from './testing/facts.js';
import { logOf } from './testing/folded.js';

const part = (orderId: string) => ({ orderId, productId: 'p1', quantity: 2, available: 3 });
const order = paid('o1', [line('p1', 2), line('p1', 1)]);
const log = logOf([
  registered('p1'),
  charged(),
  itemAdded('i1', 'p1'),
  {
    type: 'CartCheckedOut',
    data: { userId: 'u1', orderId: 'o1', lines: [{ itemId: 'i1', quantity: 1, lineQuantity: 0 }], occurredAt: at(2) },
  },
  reserved(part('o1')),
  reserved(part('o2')),
  order,
  released(part('o2')),
  sold('p1', 3, part('o1')),
  cancelled(order),
  returned(part('o1')),
  adjusted('p1', 1, 4),
]);

const frozen = <Value>(value: Value): Value => {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(frozen);
  return value;
};

describe('every projection', () => {
  it('has a read model, and every read model a projection', () => {
    expect(projections.map(({ name }) => name).sort()).toEqual(Object.keys(readModelIndexes).sort());
  });

  it('is pure: it changes neither event nor document, gives the same twice, and makes plain JSON', () => {
    for (const { documentIds, evolve, handles } of projections) {
      const documents = new Map<string, ReturnType<typeof evolve>>();
      for (const { event, context } of log.filter(({ event }) => handles.some((type) => type === event.type))) {
        const ids = documentIds(frozen(event), context);
        expect(new Set(ids).size).toBe(ids.length);
        expect(ids.length).toBeGreaterThan(0);
        for (const id of ids) {
          const document = frozen(evolve(documents.get(id), event, context, id));
          expect(evolve(documents.get(id), event, context, id)).toEqual(document);
          expect(JSON.parse(JSON.stringify(document))).toStrictEqual(document);
          documents.set(id, document);
        }
      }
      expect(documents.size).toBeGreaterThan(0);
    }
  });

  it('that mixes streams says so', () => {
    for (const { name, documentIds, handles, mixesStreams } of projections) {
      const streams = new Map<string, Set<string>>();
      const twoBuyers = logOf([paid('o1', [line('p1', 1)]), paid('o2', [line('p1', 1)], { userId: 'u2' }), reserved(part('o1'))]);
      for (const { event, context } of [...log, ...twoBuyers].filter(({ event }) => handles.some((type) => type === event.type)))
        for (const id of documentIds(event, context)) streams.set(id, (streams.get(id) ?? new Set()).add(context.stream));
      expect([name, [...streams.values()].some(({ size }) => size > 1)]).toEqual([name, mixesStreams]);
    }
  });
});
