import { productStream } from '@shop/events';
import { Problem, type Handler, type listStockMovements } from '@shop/http';
import type { Condition, StockMovementDocument } from '@shop/read-store';
import { z } from 'zod';
import type { ExactReads } from '../freshness/index.js';
import { historyPage } from '../histories/history-page.js';

const key = z.tuple([z.string()]);

const movement = ({ type, quantity, stockAfter, orderId, reason, reference, occurredAt }: StockMovementDocument) => ({
  type,
  quantity,
  stockAfter,
  ...(orderId === null ? {} : { orderId }),
  ...(reason === null ? {} : { reason }),
  ...(reference === null ? {} : { reference }),
  occurredAt,
});

export const listStockMovementsQuery =
  (reads: ExactReads): Handler<typeof listStockMovements> =>
  async (request) => {
    const { productId } = request.params;
    const { cursor, limit } = request.query;
    const movements = (await reads.open(request, 'stock-movements'))('stock-movements');
    const ofProduct: Condition = { field: 'productId', is: '=', value: productId };
    const { entries, nextCursor } = await historyPage({
      list: 'stock-movements',
      filter: [productId],
      cursor,
      limit,
      key,
      keyOf: ({ sequence }: StockMovementDocument): [string] => [sequence],
      older: async (after, count) => {
        const where = after ? [ofProduct, { field: 'sequence', is: '<', value: after[0] } as const] : [ofProduct];
        const found = await movements.find({ where, order: [{ field: 'sequence', direction: 'descending' }], limit: count });
        return found.map(({ document }) => document);
      },
    });
    const asOf = movements.asOf({ touches: (stream) => stream === productStream(productId) });
    // A product begins with its registration, which is a movement: without any there is no such product.
    if (entries.length === 0 && cursor === undefined) throw new Problem('PRODUCT_NOT_FOUND', { productIds: [productId] });
    return { body: { items: entries.map(movement), nextCursor }, asOf };
  };
