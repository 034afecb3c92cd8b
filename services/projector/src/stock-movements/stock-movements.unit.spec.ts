import { describe, expect, it } from '@jest/globals';
import { adjusted, at, registered, released, reserved, returned, sold } from '../testing/facts.js';
import { folded } from '../testing/folded.js';
import { stockMovements } from './stock-movements.js';

const part = { orderId: 'o1', productId: 'p1', quantity: 3 };
const other = { orderId: 'o2', productId: 'p1', quantity: 1 };

describe('the movements of a stock', () => {
  const documents = folded(stockMovements, [
    registered('p1'),
    adjusted('p1', -2, 8, { reference: 'PO-17' }),
    adjusted('p1', 2, 10),
    reserved({ ...part, available: 7 }),
    reserved({ ...other, available: 6 }),
    sold('p1', 6, part, other),
    returned({ ...part, available: 9 }),
    released({ ...other, available: 10 }),
  ]);

  it('say by how much it changed, what was left, and why', () => {
    expect([...documents.values()].map((one) => [one.type, one.quantity, one.stockAfter, one.orderId, one.reason, one.reference])).toEqual([
      ['REGISTERED', 10, 10, null, null, null],
      ['ADJUSTED', -2, 8, null, 'counted', 'PO-17'],
      ['ADJUSTED', 2, 10, null, 'counted', null],
      ['RESERVED', -3, 7, 'o1', null, null],
      ['RESERVED', -1, 6, 'o2', null, null],
      ['SOLD', 0, 6, 'o1', null, null],
      ['SOLD', 0, 6, 'o2', null, null],
      ['RETURNED', 3, 9, 'o1', null, null],
      ['RELEASED', 1, 10, 'o2', null, null],
    ]);
  });

  it('have ids in the order of the log, one for each reservation that a sale closes', () => {
    expect([...documents.keys()].slice(4, 8)).toEqual([
      'p1:0000000004:0000',
      'p1:0000000005:0000',
      'p1:0000000005:0001',
      'p1:0000000006:0000',
    ]);
    expect(documents.get('p1:0000000005:0001')).toMatchObject({ productId: 'p1', sequence: '0000000005:0001', occurredAt: at(3) });
  });
});
