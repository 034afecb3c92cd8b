import type { OrderLine, TakenOut, WalletEvent, WalletFact } from '@shop/events';
import { accept, refuse, repeat, unreachable, type Decider, type Decision } from '../decider.js';
import { draftOf, keyed, type Keyed } from '../keyed.js';

type Request = { readonly userId: string; readonly occurredAt: string };
type ChargeWallet = Request & {
  readonly type: 'ChargeWallet';
  readonly chargeId: string;
  readonly requestHash: string;
  readonly amount: number;
};
type PayOrder = Request & {
  readonly type: 'PayOrder';
  readonly orderId: string;
  readonly checkoutId: string;
  readonly requestHash: string;
  readonly lines: OrderLine[];
  readonly totalAmount: number;
  /** Only where a cart is bought. */
  readonly cart?: TakenOut;
};
type CancelOrder = Request & {
  readonly type: 'CancelOrder';
  readonly orderId: string;
  readonly refundId: string;
  /** Those of the order's OrderPaid: the wallet remembers where it stands, not what was in it. */
  readonly lines: OrderLine[];
  readonly cancellableUntil: string;
  readonly reason: string | null;
};
type VoidCheckout = Request & { readonly type: 'VoidCheckout'; readonly orderId: string; readonly checkoutId: string };
export type WalletCommand = ChargeWallet | PayOrder | CancelOrder | VoidCheckout;

export type WalletRefusal =
  | { readonly type: 'IdempotencyKeyReused' }
  | { readonly type: 'BalanceLimitExceeded'; readonly limit: number; readonly balance: number }
  /** By another checkout, for the same request: its OrderPaid stands at `order.revision`. */
  | { readonly type: 'OrderAlreadyPaid'; readonly order: PaidOrder }
  | { readonly type: 'CheckoutVoided' }
  /** The cart was read before the last cart order was taken out of it. */
  | { readonly type: 'CartMoved'; readonly lastCartOrder: CartOrder | null }
  | { readonly type: 'InsufficientBalance'; readonly required: number; readonly balance: number }
  | { readonly type: 'OrderNotFound' }
  | { readonly type: 'OrderNotCancellable'; readonly cancellableUntil: string }
  | { readonly type: 'CheckoutPaid'; readonly order: PaidOrder };

type Charge = { readonly requestHash: string; readonly amount: number; readonly balance: number; readonly occurredAt: string };
type Cancellation = {
  readonly revision: number;
  readonly refundId: string;
  readonly balance: number;
  readonly reason: string | null;
  readonly occurredAt: string;
};
/** An order that was paid. Its lines stay in the stream: `revision` is that of its OrderPaid. */
export type PaidOrder = {
  readonly checkoutId: string;
  readonly requestHash: string;
  readonly totalAmount: number;
  /** After the payment. */
  readonly balance: number;
  readonly paidAt: string;
  readonly fromCart: boolean;
  readonly revision: number;
  readonly cancelled: Cancellation | null;
};
export type CartOrder = { readonly orderId: string; readonly lines: TakenOut['lines'] };
export type Wallet = {
  balance: number;
  readonly charges: Keyed<Charge>;
  readonly orders: Keyed<PaidOrder>;
  /** Checkouts that can never be paid, with the time of their CheckoutVoided. */
  readonly voided: Keyed<string>;
  lastCartOrder: CartOrder | null;
};

type Answer = Decision<WalletEvent, WalletRefusal>;
/** Won, after a charge; a refund may pass it. */
const balanceLimit = 1_000_000_000_000;

const charge = ({ type: _, ...request }: ChargeWallet, { balance, charges }: Readonly<Wallet>): Answer => {
  const earlier = charges.get(request.chargeId);
  if (earlier?.requestHash === request.requestHash) return repeat({ type: 'WalletCharged', data: { ...request, ...earlier } });
  if (earlier) return refuse({ type: 'IdempotencyKeyReused' });
  if (balance + request.amount > balanceLimit) return refuse({ type: 'BalanceLimitExceeded', limit: balanceLimit, balance });
  return accept({ type: 'WalletCharged', data: { ...request, balance: balance + request.amount } });
};

/** The commit point of a checkout. What is known of the order comes before everything that the wallet could refuse. */
const pay = (order: PayOrder, { balance: before, orders, voided, lastCartOrder }: Readonly<Wallet>): Answer => {
  const { userId, orderId, checkoutId, requestHash, lines, totalAmount, occurredAt, cart } = order;
  const paid = (balance: number, paidAt: string): WalletFact<'OrderPaid'> => {
    const data = { userId, orderId, checkoutId, requestHash, lines, totalAmount, balance, occurredAt: paidAt };
    return { type: 'OrderPaid', data: cart ? { ...data, cart } : data };
  };
  const earlier = orders.get(orderId);
  if (earlier?.checkoutId === checkoutId) return repeat(paid(earlier.balance, earlier.paidAt));
  if (earlier)
    return refuse(earlier.requestHash === requestHash ? { type: 'OrderAlreadyPaid', order: earlier } : { type: 'IdempotencyKeyReused' });
  if (voided.has(checkoutId)) return refuse({ type: 'CheckoutVoided' });
  if (cart && cart.after !== (lastCartOrder?.orderId ?? null)) return refuse({ type: 'CartMoved', lastCartOrder });
  if (totalAmount > before) return refuse({ type: 'InsufficientBalance', required: totalAmount, balance: before });
  return accept(paid(before - totalAmount, occurredAt));
};

const cancel = ({ type: _, cancellableUntil, ...request }: CancelOrder, { balance, orders }: Readonly<Wallet>): Answer => {
  const order = orders.get(request.orderId);
  if (!order) return refuse({ type: 'OrderNotFound' });
  const { checkoutId, paidAt, totalAmount, cancelled } = order;
  const facts = { ...request, checkoutId, paidAt, refundAmount: totalAmount };
  if (cancelled) {
    const { revision: _revision, ...then } = cancelled;
    return repeat({ type: 'OrderCancelled', data: { ...facts, ...then } });
  }
  if (request.occurredAt > cancellableUntil) return refuse({ type: 'OrderNotCancellable', cancellableUntil });
  return accept({ type: 'OrderCancelled', data: { ...facts, balance: balance + totalAmount } });
};

/** The fence: what is voided can never be paid, so its reservations may be released. */
const voidCheckout = ({ type: _, ...checkout }: VoidCheckout, { orders, voided }: Readonly<Wallet>): Answer => {
  const order = orders.get(checkout.orderId);
  if (order?.checkoutId === checkout.checkoutId) return refuse({ type: 'CheckoutPaid', order });
  const occurredAt = voided.get(checkout.checkoutId);
  if (occurredAt !== undefined) return repeat({ type: 'CheckoutVoided', data: { ...checkout, occurredAt } });
  return accept({ type: 'CheckoutVoided', data: checkout });
};

const decide = (command: WalletCommand, state: Readonly<Wallet>): Answer => {
  switch (command.type) {
    case 'ChargeWallet':
      return charge(command, state);
    case 'PayOrder':
      return pay(command, state);
    case 'CancelOrder':
      return cancel(command, state);
    case 'VoidCheckout':
      return voidCheckout(command, state);
    default:
      return unreachable(command);
  }
};

const evolve = (state: Wallet, event: WalletEvent, revision: number): void => {
  switch (event.type) {
    case 'WalletCharged': {
      const { chargeId, requestHash, amount, balance, occurredAt } = event.data;
      state.charges.set(chargeId, { requestHash, amount, balance, occurredAt });
      break;
    }
    case 'OrderPaid': {
      const { orderId, checkoutId, requestHash, totalAmount, balance, occurredAt: paidAt, cart } = event.data;
      const fromCart = cart !== undefined;
      state.orders.set(orderId, { checkoutId, requestHash, totalAmount, balance, paidAt, fromCart, revision, cancelled: null });
      if (cart) state.lastCartOrder = { orderId, lines: cart.lines };
      break;
    }
    case 'OrderCancelled': {
      const { orderId, refundId, balance, reason, occurredAt } = event.data;
      const order = state.orders.get(orderId);
      if (order) state.orders.set(orderId, { ...order, cancelled: { revision, refundId, balance, reason, occurredAt } });
      break;
    }
    case 'CheckoutVoided':
      state.voided.set(event.data.checkoutId, event.data.occurredAt);
      return;
    default:
      return unreachable(event);
  }
  state.balance = event.data.balance;
};

export const wallet: Decider<Wallet, WalletCommand, WalletEvent, WalletRefusal> = {
  initialState: () => ({ balance: 0, charges: keyed(), orders: keyed(), voided: keyed(), lastCartOrder: null }),
  decide,
  evolve,
  draft: (state) => ({
    ...state,
    charges: draftOf(state.charges),
    orders: draftOf(state.orders),
    voided: draftOf(state.voided),
  }),
};
