import { balances } from './balances/balances.js';
import { bestSellers } from './best-sellers/best-sellers.js';
import { carts } from './carts/carts.js';
import { orders } from './orders/orders.js';
import { products } from './products/products.js';
import type { Projection } from './projection.js';
import { statement } from './statement/statement.js';
import { toDo } from './to-do/to-do.js';

/** All read models of the shop. */
export const projections: readonly Projection[] = [balances, statement, products, carts, orders, toDo, bestSellers];
