import type { ProductEvent } from '@shop/events';
import type { listStockMovements } from '@shop/http';
import type { z } from 'zod';

export type StockMovement = z.input<typeof listStockMovements.success.body>['items'][number];
/** Where a movement stands in its product's history: the revision of its event, and which of the movements of that event it is. */
export type MovementKey = [revision: number, index: number];
export type KeyedMovement = { readonly key: MovementKey; readonly movement: StockMovement };

/** What an event did to the stock, oldest first; a sale closes many reservations and is one movement for each. None for what concerns the catalogue alone. */
const movementsIn = (event: ProductEvent): StockMovement[] => {
  switch (event.type) {
    case 'ProductRegistered': {
      const { available, occurredAt } = event.data;
      return [{ type: 'REGISTERED', quantity: available, stockAfter: available, occurredAt }];
    }
    case 'StockAdjusted': {
      const { delta, available, reason, reference, occurredAt } = event.data;
      return [
        { type: 'ADJUSTED', quantity: delta, stockAfter: available, reason, ...(reference === undefined ? {} : { reference }), occurredAt },
      ];
    }
    case 'StockReserved': {
      const { quantity, available, orderId, occurredAt } = event.data;
      return [{ type: 'RESERVED', quantity: -quantity, stockAfter: available, orderId, occurredAt }];
    }
    case 'StockReleased':
    case 'StockReturned': {
      const { quantity, available, orderId, occurredAt } = event.data;
      return [{ type: event.type === 'StockReleased' ? 'RELEASED' : 'RETURNED', quantity, stockAfter: available, orderId, occurredAt }];
    }
    case 'StockSold': {
      const { reservations, available, occurredAt } = event.data;
      return reservations.map(({ orderId }) => ({ type: 'SOLD', quantity: 0, stockAfter: available, orderId, occurredAt }));
    }
    case 'ProductRepriced':
    case 'ProductRenamed':
    case 'ProductArchived':
      return [];
  }
};

/** The movements of an event, newest first, older than one already shown. */
export const movementsOf = (event: ProductEvent, revision: number, olderThan: MovementKey | undefined): KeyedMovement[] =>
  movementsIn(event)
    .map((movement, index): KeyedMovement => ({ key: [revision, index], movement }))
    .filter(({ key: [, index] }) => olderThan === undefined || revision < olderThan[0] || index < olderThan[1])
    .reverse();
