import { streamKind } from '@shop/events';
import type { Handler, listProducts, RouteRequest } from '@shop/http';
import { searchForm, type Condition, type Order } from '@shop/read-store';
import type { ExactReads } from '../freshness/index.js';
import { productObject } from './product-object.js';

type Filters = RouteRequest<typeof listProducts>['query'];

const conditions = ({ q, inStock, minPrice, maxPrice }: Filters): Condition[] => [
  { field: 'status', is: '=', value: 'ACTIVE' },
  ...(q === undefined ? [] : [{ field: 'searchName', is: 'contains', value: searchForm(q) } as const]),
  ...(inStock === undefined ? [] : [{ field: 'stock', is: inStock ? '>' : '=', value: 0 } as const]),
  ...(minPrice === undefined ? [] : [{ field: 'price', is: '>=', value: minPrice } as const]),
  ...(maxPrice === undefined ? [] : [{ field: 'price', is: '<=', value: maxPrice } as const]),
];

const byId: Order = { field: 'productId', direction: 'ascending' };
const orders = {
  createdAt: [{ field: 'createdAt', direction: 'ascending' }, byId],
  '-createdAt': [{ field: 'createdAt', direction: 'descending' }, byId],
  price: [{ field: 'price', direction: 'ascending' }, byId],
  '-price': [{ field: 'price', direction: 'descending' }, byId],
  name: [{ field: 'name', direction: 'ascending' }, byId],
  '-name': [{ field: 'name', direction: 'descending' }, byId],
} satisfies Record<NonNullable<Filters['sort']>, readonly Order[]>;

export const listProductsQuery =
  (reads: ExactReads): Handler<typeof listProducts> =>
  async (request) => {
    const { page, limit, sort = 'createdAt' } = request.query;
    const products = (await reads.open(request, 'products'))('products');
    const asOf = products.asOf({ touches: (stream) => streamKind(stream) === 'product' });
    const where = conditions(request.query);
    const [found, total] = await Promise.all([
      products.find({ where, order: orders[sort], limit, skip: (page - 1) * limit }),
      products.count(where),
    ]);
    const items = found.map(({ document }) => productObject(document));
    return { body: { items, page, limit, total, totalPages: Math.ceil(total / limit) }, asOf };
  };
