import { describe, expect, it } from '@jest/globals';
import type { ShopEvent } from '@shop/events';
import { openBooks } from './audit.js';

const occurredAt = '2026-01-05T03:04:05.678Z';
const requestHash = '0'.repeat(64);
const ids = { checkoutId: 'c1', orderId: 'o1', userId: 'u1' };

const registered: ShopEvent = {
  type: 'ProductRegistered',
  data: { productId: 'mug', revision: 1, registrationId: 'r', requestHash, name: 'mug', price: 300, available: 10, occurredAt },
};
const charged: ShopEvent = {
  type: 'WalletCharged',
  data: { userId: 'u1', chargeId: 'k', requestHash, amount: 1_000, balance: 1_000, occurredAt },
};
const reserved = (available = 8): ShopEvent => ({
  type: 'StockReserved',
  data: { productId: 'mug', reservationId: 'c1:mug', ...ids, quantity: 2, available, name: 'mug', unitPrice: 300, occurredAt },
});
const paid = (balance = 400, totalAmount = 600): ShopEvent => ({
  type: 'OrderPaid',
  data: { ...ids, lines: [{ productId: 'mug', name: 'mug', unitPrice: 300, quantity: 2 }], requestHash, totalAmount, balance, occurredAt },
});
const sold = (quantity = 2): ShopEvent => ({
  type: 'StockSold',
  data: { productId: 'mug', reservations: [{ reservationId: 'c1:mug', orderId: 'o1', quantity }], available: 8, occurredAt },
});
const released: ShopEvent = {
  type: 'StockReleased',
  data: { productId: 'mug', reservationId: 'c1:mug', ...ids, quantity: 2, available: 10, occurredAt },
};

const closed = (...events: ShopEvent[]) => {
  const books = openBooks();
  for (const event of events) books.add(event);
  return books.close();
};

describe('the books of a shop', () => {
  it('add up where everything paid was sold', () => {
    const { faults, ordersPaid, balances, stocks, events } = closed(registered, charged, reserved(), paid(), sold());
    expect(faults).toEqual([]);
    expect([ordersPaid, events, balances.get('u1'), stocks.get('mug')]).toEqual([1, 5, 400, 8]);
  });

  it('add up where what was reserved went back', () => {
    expect(closed(registered, charged, reserved(), released).faults).toEqual([]);
  });

  it.each<[string, ShopEvent[], string]>([
    ['stock that went missing', [registered, charged, reserved(7)], 'mug has 7 after StockReserved, not 8'],
    ['money that went missing', [registered, charged, reserved(), paid(399), sold()], 'u1 has 399 after OrderPaid, not 400'],
    [
      'a total that is not the sum of the lines',
      [registered, charged, reserved(), paid(390, 610), sold()],
      'order o1 cost 610, its lines 600',
    ],
    ['an order paid twice', [registered, charged, reserved(), paid(), paid(-200), sold()], 'order o1 was paid twice'],
    [
      'a paid order whose stock was let go',
      [registered, charged, reserved(), paid(), released],
      'order o1 is paid, but c1:mug is not sold',
    ],
    ['a sale that nobody paid', [registered, charged, reserved(), sold()], 'c1:mug is sold, but nobody paid it'],
    [
      'a sale in another quantity',
      [registered, charged, reserved(), paid(), sold(3)],
      'mug sells c1:mug, which is not reserved in that quantity',
    ],
    ['a reservation left open', [registered, charged, reserved()], 'mug has 1 reservations left open'],
  ])('find %s', (_, events, fault) => {
    expect(closed(...events).faults).toContain(fault);
  });
});
