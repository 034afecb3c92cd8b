import { productStream } from '@shop/events';
import { Problem, type getProduct, type Handler } from '@shop/http';
import type { ExactReads } from '../freshness/index.js';
import { productObject } from './product-object.js';

export const getProductQuery =
  (reads: ExactReads): Handler<typeof getProduct> =>
  async (request) => {
    const { productId } = request.params;
    const products = (await reads.open(request, 'products'))('products');
    const found = await products.one(productId);
    const asOf = products.asOf({ touches: (stream) => stream === productStream(productId), guard: found?.guard });
    if (!found) throw new Problem('PRODUCT_NOT_FOUND', { productIds: [productId] });
    return { body: productObject(found.document), asOf, revision: found.document.revision };
  };
