import type { ShopEvent } from '@shop/events';
import type { Judge } from '../judge.js';
import { productIn } from '../ledger/ledger.js';

/** What an event adds to the stock that can be bought, and what it says is left; undefined for one that is not about stock. */
const stockChange = (event: ShopEvent): { readonly delta: number; readonly available: number } | undefined => {
  switch (event.type) {
    case 'ProductRegistered':
      return { delta: event.data.available, available: event.data.available };
    case 'StockAdjusted':
      return { delta: event.data.delta, available: event.data.available };
    case 'StockReserved':
      return { delta: -event.data.quantity, available: event.data.available };
    case 'StockReleased':
    case 'StockReturned':
      return { delta: event.data.quantity, available: event.data.available };
    case 'StockSold':
      return { delta: 0, available: event.data.available };
    case 'ProductRepriced':
    case 'ProductRenamed':
    case 'ProductArchived':
    case 'WalletCharged':
    case 'OrderPaid':
    case 'OrderCancelled':
    case 'CheckoutVoided':
    case 'CartItemAdded':
    case 'CartItemQuantityChanged':
    case 'CartItemRemoved':
    case 'CartCheckedOut':
      return undefined;
  }
};

/**
 * I2: after every event of a product, what can be bought is what came in less what is reserved or sold, and never negative. That every
 * release and return gives back exactly what a reservation took is I4.
 */
export const stockAddsUp: Judge = {
  invariants: ['I2'],
  before: ({ event }, ledger, say) => {
    const change = stockChange(event);
    if (!change || !('productId' in event.data)) return;
    const { productId } = event.data;
    const expected = productIn(ledger, productId).available + change.delta;
    if (expected !== change.available) say('I2', `stock of ${productId}`, expected, change.available);
    if (expected < 0) say('I2', `stock of ${productId}`, 'never below 0', expected);
  },
};
