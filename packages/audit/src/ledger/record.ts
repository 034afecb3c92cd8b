import { streamKind } from '@shop/events';
import type { Fact } from '../judge.js';
import type { Ledger } from './ledger.js';
import { recordCart } from './record-cart.js';
import { recordProduct } from './record-product.js';
import { recordWallet } from './record-wallet.js';

/**
 * Takes an event into the ledger, as it stands. Where it says something else than the arithmetic expects, the judges have said so, and the
 * ledger goes on from what the event says: one wrong event is one finding, not one for every event after it.
 */
export const record = (ledger: Ledger, { recorded, event }: Fact): void => {
  const place = { stream: recorded.stream, revision: recorded.revision, position: recorded.position };
  switch (event.type) {
    case 'WalletCharged':
    case 'OrderPaid':
    case 'OrderCancelled':
    case 'CheckoutVoided':
      return recordWallet(ledger, event, place);
    case 'CartItemAdded':
    case 'CartItemQuantityChanged':
    case 'CartItemRemoved':
    case 'CartCheckedOut':
      return recordCart(ledger, event);
    case 'ProductRegistered':
    case 'ProductRepriced':
    case 'ProductRenamed':
    case 'ProductArchived':
    case 'StockAdjusted':
    case 'StockReserved':
    case 'StockReleased':
    case 'StockSold':
    case 'StockReturned':
      return recordProduct(ledger, event, place);
  }
};

/** What holds of every event, readable or not: its id is taken, its stream and the log are one event longer. */
export const recordPlace = (ledger: Ledger, { stream, revision, position, id }: Fact['recorded']): void => {
  ledger.events += 1;
  ledger.position = position;
  ledger.eventIds.set(id, 1);
  if (streamKind(stream)) ledger.nextRevision.set(stream, revision + 1);
};
