import type { ProductFact } from '@shop/events';
import type { StockMovementDocument } from '@shop/read-store';
import { projection } from '../projection.js';

type StockMoved = ProductFact<'ProductRegistered' | 'StockAdjusted' | 'StockReserved' | 'StockReleased' | 'StockSold' | 'StockReturned'>;
type Movement = Pick<StockMovementDocument, 'type' | 'quantity'> & Partial<Pick<StockMovementDocument, 'orderId' | 'reason' | 'reference'>>;

/** `quantity` is the signed change of what can be bought; `index` picks one of the reservations that a sale closes. */
const movement = (event: StockMoved, index: number): Movement => {
  switch (event.type) {
    case 'ProductRegistered':
      return { type: 'REGISTERED', quantity: event.data.available };
    case 'StockAdjusted':
      return { type: 'ADJUSTED', quantity: event.data.delta, reason: event.data.reason, reference: event.data.reference ?? null };
    case 'StockReserved':
      return { type: 'RESERVED', quantity: -event.data.quantity, orderId: event.data.orderId };
    case 'StockReleased':
      return { type: 'RELEASED', quantity: event.data.quantity, orderId: event.data.orderId };
    case 'StockSold':
      return { type: 'SOLD', quantity: 0, orderId: event.data.reservations[index]?.orderId ?? null };
    case 'StockReturned':
      return { type: 'RETURNED', quantity: event.data.quantity, orderId: event.data.orderId };
  }
};

const sequence = (revision: number, index: number) => `${String(revision).padStart(10, '0')}:${String(index).padStart(4, '0')}`;

/** What happened to each product's stock: one document per change, and per reservation that a sale closes. */
export const stockMovements = projection({
  name: 'stock-movements',
  version: 1,
  handles: ['ProductRegistered', 'StockAdjusted', 'StockReserved', 'StockReleased', 'StockSold', 'StockReturned'],
  mixesStreams: false,
  documentIds: (event, { revision }) => {
    const changes = event.type === 'StockSold' ? event.data.reservations.length : 1;
    return Array.from({ length: changes }, (_, index) => `${event.data.productId}:${sequence(revision, index)}`);
  },
  evolve: (_, event, { revision }, id) => {
    const index = Number(id.slice(id.lastIndexOf(':') + 1));
    return {
      productId: event.data.productId,
      sequence: sequence(revision, index),
      orderId: null,
      reason: null,
      reference: null,
      ...movement(event, index),
      stockAfter: event.data.available,
      occurredAt: event.data.occurredAt,
    };
  },
});
