import { describe, expect } from '@jest/globals';
import { eventTypes, type WalletEvent } from '@shop/events';
import fc from 'fast-check';
import { deciderLaws } from '../testing/decider-laws.js';
import { walletSnapshot } from './wallet-snapshot.js';
import { wallet, type WalletCommand } from './wallet.js';

const userId = 'u1';
const orderIds = ['o1', 'o2', 'o3', 'o4'];
const hashes = fc.constantFrom('a', 'b').map((digit) => digit.repeat(64));
const occurredAt = fc.nat(59).map((n) => `2026-01-05T03:04:${String(n).padStart(2, '0')}.000Z`);
/** An order has the same lines and total whoever asks for it. */
const contents = (orderId: string) => {
  const unitPrice = 1_000 * Number(orderId.slice(1));
  return { lines: [{ productId: 'p1', name: '머그컵', unitPrice, quantity: 2 }], totalAmount: unitPrice * 2 };
};
const checkout = fc.record({ orderId: fc.constantFrom(...orderIds), n: fc.nat(2) });

const charge = fc
  .record({ chargeId: fc.constantFrom('k1', 'k2', 'k3', 'k4', 'k5'), requestHash: hashes, occurredAt })
  .chain((request) =>
    fc
      .oneof({ weight: 9, arbitrary: fc.integer({ min: 1, max: 9_000 }) }, { weight: 1, arbitrary: fc.constant(1_000_000_000_000) })
      .map((amount): WalletCommand => ({ type: 'ChargeWallet', userId, ...request, amount })),
  );
const pay = fc
  .record({ checkout, requestHash: hashes, after: fc.constantFrom(undefined, undefined, null, ...orderIds), occurredAt })
  .map(({ checkout: { orderId, n }, after, ...request }): WalletCommand => {
    const cart = after === undefined ? {} : { cart: { after, lines: [{ itemId: `i-${orderId}`, productId: 'p1', quantity: 2 }] } };
    return { type: 'PayOrder', userId, orderId, checkoutId: `${orderId}-c${n}`, ...request, ...contents(orderId), ...cart };
  });
const cancel = fc
  .record({ orderId: fc.constantFrom(...orderIds), refundId: fc.constantFrom('r1', 'r2'), occurredAt, cancellableUntil: occurredAt })
  .map(({ orderId, ...request }): WalletCommand => {
    return { type: 'CancelOrder', userId, orderId, ...request, lines: contents(orderId).lines, reason: null };
  });
const voiding = fc.record({ checkout, occurredAt }).map(({ checkout: { orderId, n }, ...request }): WalletCommand => {
  return { type: 'VoidCheckout', userId, orderId, checkoutId: `${orderId}-c${n}`, ...request };
});

/** Balances by their own arithmetic; what may happen once, once; a cart order after the one before it. */
const audit = (history: readonly WalletEvent[]) => {
  let balance = 0;
  let lastCartOrder: string | null = null;
  const once = new Set<string>();
  const expectOnce = (what: string) => {
    expect([...once]).not.toContain(what);
    once.add(what);
  };
  for (const { type, data } of history) {
    if (type === 'WalletCharged') {
      expectOnce(`charge ${data.chargeId}`);
      balance += data.amount;
      expect(balance).toBeLessThanOrEqual(1_000_000_000_000);
    }
    if (type === 'OrderPaid') {
      expectOnce(`paid ${data.orderId}`);
      expectOnce(`commit or abort ${data.checkoutId}`);
      expect(data.totalAmount).toBe(data.lines.reduce((sum, line) => sum + line.unitPrice * line.quantity, 0));
      if (data.cart) expect(data.cart.after).toBe(lastCartOrder);
      if (data.cart) lastCartOrder = data.orderId;
      balance -= data.totalAmount;
    }
    if (type === 'OrderCancelled') {
      expectOnce(`cancelled ${data.orderId}`);
      expect([...once]).toContain(`paid ${data.orderId}`);
      expect(data.refundAmount).toBe(contents(data.orderId).totalAmount);
      balance += data.refundAmount;
    }
    if (type === 'CheckoutVoided') expectOnce(`commit or abort ${data.checkoutId}`);
    else expect(data.balance).toBe(balance);
    expect(balance).toBeGreaterThanOrEqual(0);
  }
};

describe('a wallet, whatever is asked of it', () => {
  deciderLaws({
    decider: wallet,
    snapshot: walletSnapshot,
    command: fc.oneof(charge, pay, pay, cancel, voiding),
    eventTypes: eventTypes.wallet,
    audit,
  });
});
