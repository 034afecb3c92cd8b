import { describe, expect, it } from '@jest/globals';
import type { ProductEvent } from '@shop/events';
import fc from 'fast-check';
import { adjusted, at, registered, released, reserved, returned, sold } from '../testing/facts.js';
import { folded } from '../testing/folded.js';
import { products } from './products.js';

const part = { orderId: 'o1', productId: 'p1', quantity: 3 };
const after = (...events: readonly ProductEvent[]) => folded(products, [registered('p1'), ...events]).get('p1');

describe('the catalogue', () => {
  it('shows a product as it was registered', () => {
    expect(after()).toEqual({
      productId: 'p1',
      name: '머그컵',
      searchName: '머그컵',
      price: 12_000,
      stock: 10,
      status: 'ACTIVE',
      revision: 1,
      createdAt: at(0),
    });
  });

  it('follows name, price and the end of a product, with the revision that each change says', () => {
    const change = { productId: 'p1', occurredAt: at(1) };
    expect(after({ type: 'ProductRepriced', data: { ...change, revision: 2, price: 0 } })).toMatchObject({
      price: 0,
      revision: 2,
      stock: 10,
    });
    expect(after({ type: 'ProductRenamed', data: { ...change, revision: 2, name: 'Große TASSE' } })).toMatchObject({
      name: 'Große TASSE',
      searchName: 'große tasse',
      revision: 2,
    });
    expect(after({ type: 'ProductArchived', data: { ...change, revision: 2 } })).toMatchObject({
      status: 'ARCHIVED',
      revision: 2,
      stock: 10,
    });
  });

  it('finds a name however its accents are written', () => {
    expect(folded(products, [registered('p1', { name: 'CAFE\u0301' })]).get('p1')?.searchName).toBe('caf\u00e9');
    expect(folded(products, [registered('p1', { name: 'ΟΔΟΣ' })]).get('p1')?.searchName).toBe('οδοσ');
  });

  it('shows the stock that each event leaves, and keeps the catalogue revision out of it', () => {
    expect(after(reserved({ ...part, available: 7 }))).toMatchObject({ stock: 7, revision: 1 });
    expect(after(reserved({ ...part, available: 7 }), released({ ...part, available: 10 }))?.stock).toBe(10);
    expect(after(reserved({ ...part, available: 7 }), sold('p1', 7, part))?.stock).toBe(7);
    expect(after(reserved({ ...part, available: 7 }), sold('p1', 7, part), returned({ ...part, available: 10 }))?.stock).toBe(10);
    expect(after(adjusted('p1', -10, 0))?.stock).toBe(0);
  });

  it('takes no change of a product that was never registered', () => {
    expect(() => folded(products, [adjusted('p1', 1, 1)])).toThrow('comes before the event that opens it');
  });

  it('shows the stock that the last event left, whatever happened', () => {
    const kinds = fc.constantFrom('adjust', 'reserve', 'release', 'return', 'sell');
    fc.assert(
      fc.property(fc.array(fc.tuple(kinds, fc.nat(1_000))), (steps) => {
        let available = 10;
        const events = steps.map(([kind, next], index): ProductEvent => {
          if (kind === 'sell') return sold('p1', available, { orderId: `o${index}`, quantity: 1 });
          available = next;
          const change = { orderId: `o${index}`, productId: 'p1', quantity: 1, available };
          return kind === 'adjust'
            ? adjusted('p1', 1, available)
            : { reserve: reserved, release: released, return: returned }[kind](change);
        });
        expect(after(...events)?.stock).toBe(available);
      }),
    );
  });
});
