import { streamKind, walletStream } from '@shop/events';
import { Problem, type getOrder, type Handler } from '@shop/http';
import type { ExactReads } from '../freshness/index.js';
import { orderObject } from './order-object.js';

/** Another user's order is answered as if there were none. */
export const getOrderQuery =
  (reads: ExactReads): Handler<typeof getOrder> =>
  async (request) => {
    const { userId, anyUser } = request;
    const orders = (await reads.open(request, 'orders'))('orders');
    const found = await orders.one(request.params.orderId);
    const buyer = anyUser ? found?.document.userId : userId;
    const asOf = orders.asOf({
      touches: (stream) => (buyer === undefined ? streamKind(stream) === 'wallet' : stream === walletStream(buyer)),
      guard: found?.guard,
    });
    if (!found || found.document.userId !== buyer) throw new Problem('ORDER_NOT_FOUND');
    return { body: orderObject(found.document), asOf };
  };
