import type { WalletEvent } from '@shop/events';
import type { Place } from '../finding.js';
import { paid, voided, type FactOf, type Ledger, type LineStep, type WalletBook } from './ledger.js';
import { settleIfDone } from './settle.js';
import { orderTerms } from './terms.js';

const bookOf = ({ wallets }: Ledger, userId: string): WalletBook => {
  const known = wallets.get(userId);
  if (known) return known;
  const opened: WalletBook = { balance: 0, lastCartOrder: null };
  wallets.set(userId, opened);
  return opened;
};

const setBalance = (ledger: Ledger, userId: string, balance: number): void => {
  const wallet = bookOf(ledger, userId);
  ledger.money.balances.add(balance - wallet.balance);
  wallet.balance = balance;
};

const stepsOf = (lines: FactOf<'OrderPaid'>['data']['lines'], step: LineStep) => new Map(lines.map(({ productId }) => [productId, step]));

const recordPayment = (ledger: Ledger, { data }: FactOf<'OrderPaid'>, place: Place): void => {
  const { orderId, userId, checkoutId, lines, totalAmount, occurredAt, cart } = data;
  ledger.money.paid.add(totalAmount);
  ledger.money.outstanding.add(totalAmount);
  ledger.checkouts.set(checkoutId, paid);
  ledger.orderTotals.set(orderId, totalAmount);
  ledger.orderTerms.set(orderId, orderTerms(userId, checkoutId, occurredAt, lines));
  const order = { orderId, userId, checkoutId, lines, cart, cancelled: false, takenOut: false, place };
  ledger.unsettled.set(orderId, { ...order, steps: stepsOf(lines, 'reserved') });
  if (cart) bookOf(ledger, userId).lastCartOrder = orderId;
};

const recordCancellation = (ledger: Ledger, { data }: FactOf<'OrderCancelled'>, place: Place): void => {
  const { orderId, userId, checkoutId, lines, refundAmount } = data;
  ledger.money.refunded.add(refundAmount);
  if (!ledger.cancelledOrders.has(orderId)) ledger.money.outstanding.add(-(ledger.orderTotals.get(orderId) ?? 0));
  ledger.cancelledOrders.set(orderId, 1);
  const waiting = ledger.unsettled.get(orderId);
  if (waiting) {
    waiting.cancelled = true;
    waiting.place = place;
    settleIfDone(ledger, waiting);
    return;
  }
  // It was settled, so sold: now its stock is due back.
  const order = { orderId, userId, checkoutId, lines, cart: undefined, cancelled: true, takenOut: true, place };
  ledger.unsettled.set(orderId, { ...order, steps: stepsOf(lines, 'sold') });
};

export const recordWallet = (ledger: Ledger, event: WalletEvent, place: Place): void => {
  switch (event.type) {
    case 'WalletCharged':
      ledger.money.charged.add(event.data.amount);
      ledger.chargeIds.set(event.data.chargeId, 1);
      break;
    case 'OrderPaid':
      recordPayment(ledger, event, place);
      break;
    case 'OrderCancelled':
      recordCancellation(ledger, event, place);
      break;
    case 'CheckoutVoided':
      ledger.checkouts.set(event.data.checkoutId, voided);
      return;
  }
  setBalance(ledger, event.data.userId, event.data.balance);
};
