import { describe, expect, it } from '@jest/globals';
import { refusalProblem, type Refusal } from './refusals.js';

const order = {
  checkoutId: 'c1',
  requestHash: 'a'.repeat(64),
  totalAmount: 1,
  balance: 0,
  paidAt: '2026-01-05T03:04:05.678Z',
  fromCart: false,
  revision: 0,
  cancelled: null,
};

const cases: readonly (readonly [Refusal, string, object])[] = [
  [{ type: 'IdempotencyKeyReused' }, 'IDEMPOTENCY_KEY_REUSED', {}],
  [{ type: 'BalanceLimitExceeded', limit: 9, balance: 8 }, 'BALANCE_LIMIT_EXCEEDED', { limit: 9, balance: 8 }],
  [{ type: 'InsufficientBalance', required: 10, balance: 4 }, 'INSUFFICIENT_BALANCE', { required: 10, balance: 4, shortfall: 6 }],
  [{ type: 'CheckoutVoided' }, 'CHECKOUT_VOIDED', {}],
  [{ type: 'OrderNotFound' }, 'ORDER_NOT_FOUND', {}],
  [
    { type: 'OrderNotCancellable', cancellableUntil: '2026-01-05T03:04:05.678Z' },
    'ORDER_NOT_CANCELLABLE',
    { cancellableUntil: '2026-01-05T03:04:05.678Z' },
  ],
  [{ type: 'ProductAlreadyExists', productId: 'p1' }, 'PRODUCT_ALREADY_EXISTS', { productId: 'p1' }],
  [{ type: 'ProductNotFound', productIds: ['p1', 'p2'] }, 'PRODUCT_NOT_FOUND', { productIds: ['p1', 'p2'] }],
  [{ type: 'ProductArchived', productIds: ['p1'] }, 'PRODUCT_ARCHIVED', { productIds: ['p1'] }],
  [{ type: 'RevisionMismatch', currentRevision: 3 }, 'REVISION_MISMATCH', { currentRevision: 3 }],
  [
    { type: 'InsufficientStock', items: [{ productId: 'p1', requested: 3, stock: 1 }] },
    'INSUFFICIENT_STOCK',
    { items: [{ productId: 'p1', requested: 3, stock: 1 }] },
  ],
  [{ type: 'StockLimitExceeded', limit: 9, stock: 8 }, 'STOCK_LIMIT_EXCEEDED', { limit: 9, stock: 8 }],
  [{ type: 'StockChanged', stock: 8 }, 'STOCK_CHANGED', { stock: 8 }],
  [{ type: 'CartItemNotFound' }, 'CART_ITEM_NOT_FOUND', {}],
  [{ type: 'CartLimitExceeded', limit: 100, current: 100 }, 'CART_LIMIT_EXCEEDED', { limit: 100, current: 100 }],
  [{ type: 'CartEmpty' }, 'CART_EMPTY', {}],
  [
    { type: 'PriceChanged', expectedTotal: 1, actualTotal: 2, items: [{ productId: 'p1', unitPrice: 2, quantity: 1 }] },
    'PRICE_CHANGED',
    { expectedTotal: 1, actualTotal: 2, items: [{ productId: 'p1', unitPrice: 2, quantity: 1 }] },
  ],
  [{ type: 'OrderAlreadyPaid', order }, 'INTERNAL_ERROR', {}],
  [{ type: 'CheckoutPaid', order }, 'INTERNAL_ERROR', {}],
  [{ type: 'CartMoved', lastCartOrder: null }, 'INTERNAL_ERROR', {}],
  [{ type: 'ReservationClosed', reservationId: 'c1:p1' }, 'INTERNAL_ERROR', {}],
];

describe('what a customer hears of a refusal', () => {
  it.each(cases)('%j is the problem %s', (refusal, code, fields) => {
    const problem = refusalProblem(refusal);
    expect(problem.code).toBe(code);
    expect(problem.fields).toEqual(fields);
  });
});
