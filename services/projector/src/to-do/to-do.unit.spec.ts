import { describe, expect, it } from '@jest/globals';
import type { ShopEvent } from '@shop/events';
import fc from 'fast-check';
import { at, cancelled, line, paid, released, reserved, returned, sold } from '../testing/facts.js';
import { folded } from '../testing/folded.js';
import { toDo } from './to-do.js';

const part = (orderId: string, productId = 'p1') => ({ orderId, productId, quantity: 2, available: 0 });
const order = paid('o1', [line('p1', 2), line('p2', 1)]);
const list = (...events: readonly ShopEvent[]) => folded(toDo, events);
const open = (events: readonly ShopEvent[], productId = 'p1') =>
  list(...events)
    .get(productId)
    ?.entries.map(({ kind, orderId }) => `${kind} of ${orderId}`);

describe('the to-do list', () => {
  it('has every reservation from when it is made', () => {
    expect(list(reserved(part('o1'), at(2))).get('p1')).toEqual({
      productId: 'p1',
      entries: [
        {
          kind: 'open-reservation',
          reservationId: 'checkout-of-o1:p1',
          checkoutId: 'checkout-of-o1',
          orderId: 'o1',
          userId: 'u1',
          quantity: 2,
          since: at(2),
        },
      ],
      oldest: at(2),
    });
  });

  it('is done with a reservation that was released or sold, and with no other', () => {
    const both = [reserved(part('o1')), reserved(part('o2'))];
    expect(open([...both, released(part('o1'))])).toEqual(['open-reservation of o2']);
    expect(open([...both, sold('p1', 0, part('o2'))])).toEqual(['open-reservation of o1']);
    expect(open([...both, sold('p1', 0, part('o1'), part('o2'))])).toEqual([]);
  });

  it('has a return due for each line of a cancelled order, sold or not', () => {
    const events = [reserved(part('o1')), sold('p1', 0, part('o1')), order, cancelled(order)];
    expect(list(...events).get('p1')?.entries).toEqual([
      {
        kind: 'return-due',
        reservationId: 'checkout-of-o1:p1',
        checkoutId: 'checkout-of-o1',
        orderId: 'o1',
        userId: 'u1',
        quantity: 2,
        since: at(5),
      },
    ]);
    expect(open(events, 'p2')).toEqual(['return-due of o1']);
  });

  it('is done with a return only when the stock is back', () => {
    const due = [reserved(part('o1')), order, cancelled(order)];
    expect(open(due)).toEqual(['open-reservation of o1', 'return-due of o1']);
    expect(open([...due, sold('p1', 0, part('o1'))])).toEqual(['return-due of o1']);
    expect(open([...due, released(part('o1'))])).toEqual(['return-due of o1']);
    expect(open([...due, returned(part('o1'))])).toEqual([]);
    expect(open([...due, returned(part('o1'))], 'p2')).toEqual(['return-due of o1']);
  });

  it('says how old its oldest entry is, also where clocks differ, and nothing when all is done', () => {
    const events = [reserved(part('o1'), at(4)), reserved(part('o2'), at(2)), reserved(part('o3'), at(3))];
    expect(list(...events).get('p1')?.oldest).toBe(at(2));
    expect(list(...events, released(part('o2'))).get('p1')?.oldest).toBe(at(3));
    expect(list(...events, sold('p1', 0, part('o1'), part('o2'), part('o3'))).get('p1')).toEqual({
      productId: 'p1',
      entries: [],
      oldest: null,
    });
  });

  it('is empty once every reservation was closed and every cancelled line came back', () => {
    type Fate = 'released' | 'sold' | 'cancelled' | 'cancelled before it was sold';
    const fates = fc.array(fc.constantFrom<Fate>('released', 'sold', 'cancelled', 'cancelled before it was sold'), {
      minLength: 1,
      maxLength: 30,
    });
    const closing = (fate: Fate, orderId: string): ShopEvent[] => {
      if (fate === 'released') return [released(part(orderId))];
      if (fate === 'sold') return [sold('p1', 0, part(orderId))];
      const cancel = cancelled(paid(orderId, [line('p1', 2)]));
      return fate === 'cancelled' ? [sold('p1', 0, part(orderId)), cancel, returned(part(orderId))] : [cancel, returned(part(orderId))];
    };
    fc.assert(
      fc.property(fates, fc.infiniteStream(fc.nat()), (all, choices) => {
        const waiting = all.map((fate, index) => [reserved(part(`o${index}`)), ...closing(fate, `o${index}`)]);
        const events: ShopEvent[] = [];
        while (waiting.some((steps) => steps.length > 0)) {
          const left = waiting.filter((steps) => steps.length > 0);
          const next = left[(choices.next().value ?? 0) % left.length]?.shift();
          if (next) events.push(next);
        }
        expect(list(...events).get('p1')).toEqual({ productId: 'p1', entries: [], oldest: null });
        expect(list(...events.slice(0, -1)).get('p1')?.entries).not.toEqual([]);
      }),
    );
  });
});
