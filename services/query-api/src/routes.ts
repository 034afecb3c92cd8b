import type { EventStore } from '@shop/event-store';
import {
  bind,
  getBalance,
  getCart,
  getOrder,
  getProduct,
  listOrders,
  listProducts,
  listStockMovements,
  listTransactions,
  Problem,
  topProducts,
  type BoundRoute,
  type Handler,
  type Route,
} from '@shop/http';
import { ReadStoreUnavailableError } from '@shop/read-store';
import { getBalanceQuery } from './balances/get-balance.js';
import { listTransactionsQuery } from './balances/list-transactions.js';
import { topProductsQuery } from './best-sellers/top-products.js';
import { getCartQuery } from './carts/get-cart.js';
import type { ExactReads } from './freshness/index.js';
import { getOrderQuery } from './orders/get-order.js';
import { listOrdersQuery } from './orders/list-orders.js';
import { getProductQuery } from './products/get-product.js';
import { listProductsQuery } from './products/list-products.js';
import { listStockMovementsQuery } from './products/list-stock-movements.js';

const query = <R extends Route>(route: R, handler: Handler<R>): BoundRoute =>
  bind(route, async (request) => {
    try {
      return await handler(request);
    } catch (error) {
      throw error instanceof ReadStoreUnavailableError ? new Problem('READ_STORE_UNAVAILABLE', {}, { cause: error }) : error;
    }
  });

export const queryRoutes = (reads: ExactReads, eventStore: Pick<EventStore, 'readStreamBackwards'>): readonly BoundRoute[] => [
  query(getBalance, getBalanceQuery(reads)),
  query(listTransactions, listTransactionsQuery(reads)),
  query(listProducts, listProductsQuery(reads)),
  query(topProducts, topProductsQuery(reads)),
  query(getProduct, getProductQuery(reads)),
  query(listStockMovements, listStockMovementsQuery(reads, eventStore)),
  query(getCart, getCartQuery(reads)),
  query(listOrders, listOrdersQuery(reads)),
  query(getOrder, getOrderQuery(reads)),
];
