import { streamKind, type ShopEventType, type StreamKind } from '@shop/events';

const kindOf: Record<ShopEventType, StreamKind> = {
  WalletCharged: 'wallet',
  OrderPaid: 'wallet',
  OrderCancelled: 'wallet',
  CheckoutVoided: 'wallet',
  ProductRegistered: 'product',
  ProductRepriced: 'product',
  ProductRenamed: 'product',
  ProductArchived: 'product',
  StockAdjusted: 'product',
  StockReserved: 'product',
  StockReleased: 'product',
  StockSold: 'product',
  StockReturned: 'product',
  CartItemAdded: 'cart',
  CartItemQuantityChanged: 'cart',
  CartItemRemoved: 'cart',
  CartCheckedOut: 'cart',
};

/**
 * Whether a projection of these types reads a stream. An unknown type there may matter to it and must not be passed over;
 * in other streams it is nobody's business.
 */
export const readsStream = (handles: readonly ShopEventType[]): ((stream: string) => boolean) => {
  const kinds = new Set(handles.map((type) => kindOf[type]));
  return (stream) => {
    const kind = streamKind(stream);
    return kind !== undefined && kinds.has(kind);
  };
};
