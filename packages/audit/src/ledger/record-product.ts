import type { ProductEvent } from '@shop/events';
import type { Place } from '../finding.js';
import { released, returned, sold, type FactOf, type Ledger, type LineStep, type ProductBook } from './ledger.js';
import { settleIfDone } from './settle.js';

const bookOf = ({ products }: Ledger, productId: string): ProductBook => {
  const known = products.get(productId);
  if (known) return known;
  const opened: ProductBook = { registered: false, name: '', price: 0, revision: 0, archived: false, available: 0, createdAt: '' };
  products.set(productId, opened);
  return opened;
};

const setAvailable = (ledger: Ledger, product: ProductBook, available: number): void => {
  ledger.stock.available.add(available - product.available);
  product.available = available;
};

const open = ({ reservations }: Ledger, { data }: FactOf<'StockReserved'>, place: Place): void => {
  const { reservationId, productId, checkoutId, orderId, userId, quantity, unitPrice, occurredAt: since } = data;
  reservations.set(reservationId, { productId, checkoutId, orderId, userId, quantity, unitPrice, since, place });
};

const close = (ledger: Ledger, reservationId: string, step: typeof released | typeof sold | typeof returned): void => {
  ledger.reservations.delete(reservationId);
  ledger.closedReservations.set(reservationId, step);
};

/** A line of an order that is paid has come a step further. */
const advance = (
  ledger: Ledger,
  line: { readonly reservationId: string; readonly orderId: string; readonly productId: string },
  step: LineStep,
): void => {
  const order = ledger.unsettled.get(line.orderId);
  if (!order || line.reservationId !== `${order.checkoutId}:${line.productId}` || !order.steps.has(line.productId)) return;
  order.steps.set(line.productId, step);
  settleIfDone(ledger, order);
};

export const recordProduct = (ledger: Ledger, event: ProductEvent, place: Place): void => {
  const product = bookOf(ledger, event.data.productId);
  switch (event.type) {
    case 'ProductRegistered': {
      const { name, price, revision, available, occurredAt: createdAt } = event.data;
      Object.assign(product, { registered: true, name, price, revision, createdAt });
      ledger.stock.registered.add(available);
      return setAvailable(ledger, product, available);
    }
    case 'ProductRepriced':
      product.price = event.data.price;
      product.revision = event.data.revision;
      return;
    case 'ProductRenamed':
      product.name = event.data.name;
      product.revision = event.data.revision;
      return;
    case 'ProductArchived':
      product.archived = true;
      product.revision = event.data.revision;
      return;
    case 'StockAdjusted':
      ledger.adjustmentIds.set(event.data.adjustmentId, 1);
      ledger.stock.adjusted.add(event.data.delta);
      break;
    case 'StockReserved':
      open(ledger, event, place);
      break;
    case 'StockReleased':
      close(ledger, event.data.reservationId, released);
      break;
    case 'StockSold': {
      const { productId, reservations } = event.data;
      for (const { reservationId, orderId, quantity } of reservations) {
        close(ledger, reservationId, sold);
        ledger.stock.sold.add(quantity);
        advance(ledger, { reservationId, orderId, productId }, 'sold');
      }
      break;
    }
    case 'StockReturned':
      if (ledger.closedReservations.get(event.data.reservationId) === sold) ledger.stock.returned.add(event.data.quantity);
      close(ledger, event.data.reservationId, returned);
      advance(ledger, event.data, 'returned');
      break;
  }
  setAvailable(ledger, product, event.data.available);
};
