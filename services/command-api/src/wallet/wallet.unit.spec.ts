import { describe, expect, it } from '@jest/globals';
import type { TakenOut, WalletFact } from '@shop/events';
import { fold, specFor } from '../testing/spec-for.js';
import { wallet, type WalletCommand } from './wallet.js';

type Command<Type extends WalletCommand['type']> = Extract<WalletCommand, { type: Type }>;
const given = specFor(wallet);
const userId = 'u1';
const hash = (digit: string) => digit.repeat(64);
const minute = (n: number) => `2026-01-05T03:${String(n).padStart(2, '0')}:00.000Z`;
const mugs = [{ productId: 'p1', name: '머그컵', unitPrice: 4_000, quantity: 1 }];

const chargeWallet = (amount: number, change: Partial<Command<'ChargeWallet'>> = {}): WalletCommand => {
  return { type: 'ChargeWallet', userId, chargeId: 'k1', requestHash: hash('a'), amount, occurredAt: minute(9), ...change };
};
const charged = (amount: number, change: Partial<WalletFact<'WalletCharged'>['data']> = {}): WalletFact<'WalletCharged'> => ({
  type: 'WalletCharged',
  data: { userId, chargeId: 'k0', requestHash: hash('0'), amount, balance: amount, occurredAt: minute(0), ...change },
});
const order = { userId, orderId: 'o1', checkoutId: 'c1', requestHash: hash('b'), lines: mugs, totalAmount: 4_000 };
const payOrder = (change: Partial<Command<'PayOrder'>> = {}): WalletCommand => {
  return { type: 'PayOrder', ...order, occurredAt: minute(10), ...change };
};
const orderPaid = (change: Partial<WalletFact<'OrderPaid'>['data']> = {}): WalletFact<'OrderPaid'> => ({
  type: 'OrderPaid',
  data: { ...order, balance: 6_000, occurredAt: minute(10), ...change },
});
const voidCheckout: WalletCommand = { type: 'VoidCheckout', userId, orderId: 'o1', checkoutId: 'c1', occurredAt: minute(20) };
const voided: WalletFact<'CheckoutVoided'> = {
  type: 'CheckoutVoided',
  data: { userId, orderId: 'o1', checkoutId: 'c1', occurredAt: minute(20) },
};
const cancelOrder = (change: Partial<Command<'CancelOrder'>> = {}): WalletCommand => ({
  type: 'CancelOrder',
  userId,
  orderId: 'o1',
  refundId: 'r1',
  lines: mugs,
  cancellableUntil: minute(40),
  reason: '마음이 바뀜',
  occurredAt: minute(30),
  ...change,
});
const cancelled: WalletFact<'OrderCancelled'> = {
  type: 'OrderCancelled',
  data: {
    userId,
    orderId: 'o1',
    checkoutId: 'c1',
    refundId: 'r1',
    lines: mugs,
    refundAmount: 4_000,
    balance: 10_000,
    reason: '마음이 바뀜',
    paidAt: minute(10),
    occurredAt: minute(30),
  },
};
/** The order of `order`, as the wallet remembers it after one charge. */
const remembered = {
  checkoutId: 'c1',
  requestHash: hash('b'),
  totalAmount: 4_000,
  balance: 6_000,
  paidAt: minute(10),
  fromCart: false,
  revision: 1,
  cancelled: null,
};

describe('charging a wallet', () => {
  it('opens the wallet of a new customer', () =>
    given()
      .when(chargeWallet(10_000))
      .thenEvents(charged(10_000, { chargeId: 'k1', requestHash: hash('a'), occurredAt: minute(9) })));
  it('adds to the balance', () =>
    given(charged(5_000))
      .when(chargeWallet(10_000))
      .thenEvents(charged(10_000, { chargeId: 'k1', requestHash: hash('a'), balance: 15_000, occurredAt: minute(9) })));
  it('answers a repeat with the balance of then, whatever happened since', () =>
    given(charged(10_000, { chargeId: 'k1', requestHash: hash('a') }), orderPaid())
      .when(chargeWallet(10_000))
      .thenRepeated(charged(10_000, { chargeId: 'k1', requestHash: hash('a') })));
  it('refuses the key of one charge for another', () =>
    given(charged(10_000, { chargeId: 'k1', requestHash: hash('a') }))
      .when(chargeWallet(20_000, { requestHash: hash('c') }))
      .thenRefused({ type: 'IdempotencyKeyReused' }));
  it('fills a wallet up to its limit, and not a won more', () => {
    given(charged(999_999_999_999))
      .when(chargeWallet(1))
      .thenEvents(charged(1, { chargeId: 'k1', requestHash: hash('a'), balance: 1_000_000_000_000, occurredAt: minute(9) }));
    given(charged(999_999_999_999))
      .when(chargeWallet(2))
      .thenRefused({ type: 'BalanceLimitExceeded', limit: 1_000_000_000_000, balance: 999_999_999_999 });
  });
});

describe('paying an order', () => {
  it('takes the total from the balance', () => given(charged(10_000)).when(payOrder()).thenEvents(orderPaid()));
  it('can spend the last won', () =>
    given(charged(4_000))
      .when(payOrder())
      .thenEvents(orderPaid({ balance: 0 })));
  it('refuses what the balance does not cover, and says what is there', () =>
    given(charged(3_999)).when(payOrder()).thenRefused({ type: 'InsufficientBalance', required: 4_000, balance: 3_999 }));
  it('refuses a customer who never charged', () =>
    given().when(payOrder()).thenRefused({ type: 'InsufficientBalance', required: 4_000, balance: 0 }));
  it('pays an order for nothing from an empty wallet', () =>
    given()
      .when(payOrder({ totalAmount: 0 }))
      .thenEvents(orderPaid({ totalAmount: 0, balance: 0 })));
  it('stays quiet when the same checkout asks again, also after a cancellation', () => {
    given(charged(10_000), orderPaid())
      .when(payOrder({ occurredAt: minute(11) }))
      .thenRepeated(orderPaid());
    given(charged(10_000), orderPaid(), cancelled).when(payOrder()).thenRepeated(orderPaid());
  });
  it('never pays an order twice, and says by which checkout it was paid', () =>
    given(charged(10_000), orderPaid())
      .when(payOrder({ checkoutId: 'c2' }))
      .thenRefused({ type: 'OrderAlreadyPaid', order: remembered }));
  it('refuses the key of one order for another', () =>
    given(charged(10_000), orderPaid())
      .when(payOrder({ checkoutId: 'c2', requestHash: hash('d') }))
      .thenRefused({ type: 'IdempotencyKeyReused' }));
  it('never pays a checkout that was voided, even with too little money', () =>
    given(voided).when(payOrder()).thenRefused({ type: 'CheckoutVoided' }));
  it('pays the next checkout of an order whose first was voided', () =>
    given(charged(10_000), voided)
      .when(payOrder({ checkoutId: 'c2' }))
      .thenEvents(orderPaid({ checkoutId: 'c2' })));
  it('keeps two orders apart', () =>
    given(charged(10_000), orderPaid())
      .when(payOrder({ orderId: 'o2', checkoutId: 'c2' }))
      .thenEvents(orderPaid({ orderId: 'o2', checkoutId: 'c2', balance: 2_000 })));
});

describe('paying for a cart', () => {
  const cart = (after: string | null): TakenOut => ({ after, lines: [{ itemId: 'i1', productId: 'p1', quantity: 1 }] });
  const first = orderPaid({ cart: cart(null) });

  it('buys a cart that nothing was taken out of', () =>
    given(charged(10_000))
      .when(payOrder({ cart: cart(null) }))
      .thenEvents(first));
  it('never buys one cart twice, and says which order took it', () =>
    given(charged(10_000), first)
      .when(payOrder({ orderId: 'o2', checkoutId: 'c2', cart: cart(null) }))
      .thenRefused({ type: 'CartMoved', lastCartOrder: { orderId: 'o1', lines: cart(null).lines } }));
  it('refuses a cart that knows an order which the wallet does not', () =>
    given(charged(10_000))
      .when(payOrder({ cart: cart('o9') }))
      .thenRefused({ type: 'CartMoved', lastCartOrder: null }));
  it('says that the cart moved before it says that the money is short', () =>
    given(charged(4_000), orderPaid({ cart: cart(null), balance: 0 }))
      .when(payOrder({ orderId: 'o2', checkoutId: 'c2', cart: cart(null) }))
      .thenRefused({ type: 'CartMoved', lastCartOrder: { orderId: 'o1', lines: cart(null).lines } }));
  it('buys what was put in afterwards', () =>
    given(charged(10_000), first)
      .when(payOrder({ orderId: 'o2', checkoutId: 'c2', cart: cart('o1') }))
      .thenEvents(orderPaid({ orderId: 'o2', checkoutId: 'c2', cart: cart('o1'), balance: 2_000 })));
  it('does not count orders that bought no cart', () =>
    given(charged(10_000), first, orderPaid({ orderId: 'o2', checkoutId: 'c2', balance: 2_000 }))
      .when(payOrder({ orderId: 'o3', checkoutId: 'c3', totalAmount: 1_000, cart: cart('o1') }))
      .thenEvents(orderPaid({ orderId: 'o3', checkoutId: 'c3', totalAmount: 1_000, cart: cart('o1'), balance: 1_000 })));
  it('counts a cart order that was cancelled: its lines have left the cart', () =>
    given(charged(10_000), first, cancelled)
      .when(payOrder({ orderId: 'o2', checkoutId: 'c2', cart: cart(null) }))
      .thenRefused({ type: 'CartMoved', lastCartOrder: { orderId: 'o1', lines: cart(null).lines } }));
});

describe('cancelling an order', () => {
  it('gives the whole total back', () => given(charged(10_000), orderPaid()).when(cancelOrder()).thenEvents(cancelled));
  it('refunds past the limit of a balance', () =>
    given(charged(1_000_000_000_000), orderPaid({ balance: 1_000_000_000_000 }))
      .when(cancelOrder())
      .thenEvents({ type: 'OrderCancelled', data: { ...cancelled.data, balance: 1_000_000_004_000 } }));
  it('refunds once: a second request, with another reason and later than the window, hears of the first', () =>
    given(charged(10_000), orderPaid(), cancelled)
      .when(cancelOrder({ refundId: 'r2', reason: null, occurredAt: minute(50) }))
      .thenRepeated(cancelled));
  it('knows no order that was not paid', () => given(charged(10_000)).when(cancelOrder()).thenRefused({ type: 'OrderNotFound' }));
  it('is possible up to the last moment of the window and not after it', () => {
    given(charged(10_000), orderPaid())
      .when(cancelOrder({ occurredAt: minute(40) }))
      .thenEvents({ type: 'OrderCancelled', data: { ...cancelled.data, occurredAt: minute(40) } });
    given(charged(10_000), orderPaid())
      .when(cancelOrder({ occurredAt: minute(41) }))
      .thenRefused({ type: 'OrderNotCancellable', cancellableUntil: minute(40) });
  });
});

describe('voiding a checkout', () => {
  it('fences it off, also where the wallet was never used', () => given().when(voidCheckout).thenEvents(voided));
  it('leaves the balance alone', () => {
    expect(fold(wallet, [charged(10_000), voided]).balance).toBe(10_000);
  });
  it('stays quiet when another sweeper asks again', () =>
    given(voided)
      .when({ ...voidCheckout, occurredAt: minute(25) })
      .thenRepeated(voided));
  it('refuses to void what was paid, also after a cancellation', () => {
    given(charged(10_000), orderPaid()).when(voidCheckout).thenRefused({ type: 'CheckoutPaid', order: remembered });
    const { refundId, balance, reason, occurredAt } = cancelled.data;
    given(charged(10_000), orderPaid(), cancelled)
      .when(voidCheckout)
      .thenRefused({
        type: 'CheckoutPaid',
        order: { ...remembered, cancelled: { revision: 2, refundId, balance, reason, occurredAt } },
      });
  });
  it('voids another checkout of an order that was paid', () =>
    given(charged(10_000), orderPaid())
      .when({ ...voidCheckout, checkoutId: 'c2' })
      .thenEvents({ type: 'CheckoutVoided', data: { ...voided.data, checkoutId: 'c2' } }));
});
