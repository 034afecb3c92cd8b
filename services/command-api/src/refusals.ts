import { Problem } from '@shop/http';
import type { CartRefusal } from './cart/cart.js';
import { unreachable } from './decider.js';
import type { ProductRefusal } from './product/product.js';
import type { WalletRefusal } from './wallet/wallet.js';

/** What a checkout refuses by looking at more than one stream. */
export type CheckoutRefusal =
  | {
      readonly type: 'PriceChanged';
      readonly expectedTotal: number;
      readonly actualTotal: number;
      readonly items: readonly { readonly productId: string; readonly unitPrice: number; readonly quantity: number }[];
    }
  | { readonly type: 'CartEmpty' };
export type Refusal = WalletRefusal | ProductRefusal | CartRefusal | CheckoutRefusal;

/** The one place that turns refusals into problem codes and their extra fields; a refusal without one does not compile. */
export const refusalProblem = (refusal: Refusal): Problem => {
  switch (refusal.type) {
    case 'IdempotencyKeyReused':
      return new Problem('IDEMPOTENCY_KEY_REUSED');
    case 'BalanceLimitExceeded':
      return new Problem('BALANCE_LIMIT_EXCEEDED', { limit: refusal.limit, balance: refusal.balance });
    case 'InsufficientBalance': {
      const { required, balance } = refusal;
      return new Problem('INSUFFICIENT_BALANCE', { required, balance, shortfall: required - balance });
    }
    case 'CheckoutVoided':
      return new Problem('CHECKOUT_VOIDED');
    case 'OrderNotFound':
      return new Problem('ORDER_NOT_FOUND');
    case 'OrderNotCancellable':
      return new Problem('ORDER_NOT_CANCELLABLE', { cancellableUntil: refusal.cancellableUntil });
    case 'ProductAlreadyExists':
      return new Problem('PRODUCT_ALREADY_EXISTS', { productId: refusal.productId });
    case 'ProductNotFound':
      return new Problem('PRODUCT_NOT_FOUND', { productIds: refusal.productIds });
    case 'ProductArchived':
      return new Problem('PRODUCT_ARCHIVED', { productIds: refusal.productIds });
    case 'RevisionMismatch':
      return new Problem('REVISION_MISMATCH', { currentRevision: refusal.currentRevision });
    case 'InsufficientStock':
      return new Problem('INSUFFICIENT_STOCK', { items: refusal.items });
    case 'StockLimitExceeded':
      return new Problem('STOCK_LIMIT_EXCEEDED', { limit: refusal.limit, stock: refusal.stock });
    case 'StockChanged':
      return new Problem('STOCK_CHANGED', { stock: refusal.stock });
    case 'CartItemNotFound':
      return new Problem('CART_ITEM_NOT_FOUND');
    case 'CartLimitExceeded':
      return new Problem('CART_LIMIT_EXCEEDED', { limit: refusal.limit, current: refusal.current });
    case 'CartEmpty':
      return new Problem('CART_EMPTY');
    case 'PriceChanged': {
      const { expectedTotal, actualTotal, items } = refusal;
      return new Problem('PRICE_CHANGED', { expectedTotal, actualTotal, items });
    }
    // Checkout, cancel and sweeper act on these themselves, so a client that meets one has found a fault.
    case 'OrderAlreadyPaid':
    case 'CheckoutPaid':
    case 'CartMoved':
    case 'ReservationClosed':
      return new Problem('INTERNAL_ERROR', {}, { cause: refusal.type });
    default:
      return unreachable(refusal);
  }
};
