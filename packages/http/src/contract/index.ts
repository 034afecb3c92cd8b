import type { Route } from '../route.js';
import * as balance from './balance.js';
import * as cart from './cart.js';
import * as orders from './orders.js';
import * as products from './products.js';

export * from './balance.js';
export * from './cart.js';
export * from './orders.js';
export * from './products.js';
export { inputErrorCodes, limits, inputRules, userIdText, type FindingDetails, type InputErrorCode, type InputRule } from './values.js';

/** Every call of the shop by its name; the names become the operation ids of the OpenAPI document. */
export const contract: Readonly<Record<string, Route>> = { ...balance, ...products, ...orders, ...cart };
export const allRoutes: readonly Route[] = Object.values(contract);

/** What this build of the shop answers, over all its services. Anything else is ROUTE_NOT_FOUND and in no document. */
export const implementedRoutes: readonly Route[] = allRoutes;
