import { earlierOf } from '@shop/event-store';
import { cartStream, productStream } from '@shop/events';
import type { getCart, Handler } from '@shop/http';
import type { CartDocument } from '@shop/read-store';
import type { ExactReads } from '../freshness/index.js';
import { cartObject } from './cart-object.js';

export const getCartQuery =
  (reads: ExactReads): Handler<typeof getCart> =>
  async (request) => {
    const { userId } = request;
    const view = await reads.open(request, 'carts', 'products');
    const carts = view('carts');
    const products = view('products');
    const cart: CartDocument = (await carts.one(userId))?.document ?? { userId, lines: [], revision: 0 };
    const found = await products.load(cart.lines.map(({ productId }) => productId));
    const needed = new Set<string>(cart.lines.map(({ productId }) => productStream(productId)));
    return {
      body: cartObject(cart, (productId) => found.get(productId)?.document),
      asOf: earlierOf(
        carts.asOf({ touches: (stream) => stream === cartStream(userId) }),
        products.asOf({ touches: (stream) => needed.has(stream) }),
      ),
      revision: cart.revision,
    };
  };
