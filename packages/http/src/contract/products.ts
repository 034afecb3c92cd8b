import { z } from 'zod';
import type { Route } from '../route.js';
import {
  amount,
  count,
  cursorListOf,
  cursorPage,
  finding,
  id,
  name,
  pageNumber,
  pageSize,
  price,
  productId,
  productName,
  queryBoolean,
  queryPrice,
  queryTime,
  revision,
  searchText,
  stock,
  stockChange,
  text,
  time,
  topSize,
} from './values.js';

const params = z.strictObject({ productId });

const product = z
  .strictObject({
    productId: id,
    name,
    price: amount,
    /** What a customer can still buy: on hand minus reserved. */
    stock: count,
    status: z.enum(['ACTIVE', 'ARCHIVED']),
    revision,
    createdAt: time,
  })
  .meta({ id: 'Product' });

const productPage = z
  .strictObject({ items: z.array(product), page: count, limit: count, total: count, totalPages: count })
  .meta({ id: 'ProductPage' });

/** The window opens at the start of a minute and includes the running one. */
const bestSellers = z
  .strictObject({
    items: z.array(z.strictObject({ rank: count, productId: id, name, price: amount, stock: count, soldQuantity: count, revenue: amount })),
    window: z.strictObject({ from: time, to: time }),
  })
  .meta({ id: 'BestSellers' });

const stockMovement = z
  .strictObject({
    type: z.enum(['REGISTERED', 'ADJUSTED', 'RESERVED', 'RELEASED', 'SOLD', 'RETURNED']),
    quantity: z.int().meta({ description: 'signed change of the stock' }),
    stockAfter: count,
    orderId: id.optional(),
    reason: z.string().optional(),
    reference: z.string().optional(),
    occurredAt: time,
  })
  .meta({ id: 'StockMovement' });

export const listProducts = {
  method: 'get',
  path: '/products',
  service: 'query-api',
  access: { kind: 'public' },
  summary: 'List products with their exact stock, oldest registration first',
  query: z.strictObject({
    page: pageNumber,
    limit: pageSize,
    q: searchText.optional(),
    inStock: queryBoolean.optional(),
    minPrice: queryPrice.optional(),
    maxPrice: queryPrice.optional(),
    sort: z.enum(['createdAt', '-createdAt', 'price', '-price', 'name', '-name']).optional(),
  }),
  success: { status: 200, body: productPage },
  problems: [],
} satisfies Route;

export const topProducts = {
  method: 'get',
  path: '/products/top',
  service: 'query-api',
  access: { kind: 'public' },
  summary: 'Best sellers of the rolling 72 hours',
  query: z.strictObject({ asOf: queryTime.optional(), limit: topSize }),
  success: { status: 200, body: bestSellers },
  problems: [],
} satisfies Route;

export const getProduct = {
  method: 'get',
  path: '/products/:productId',
  service: 'query-api',
  access: { kind: 'public' },
  summary: 'Read a product, archived ones too',
  params,
  success: { status: 200, body: product },
  problems: ['PRODUCT_NOT_FOUND'],
} satisfies Route;

export const registerProduct = {
  method: 'post',
  path: '/products',
  service: 'command-api',
  access: { kind: 'scope', scope: 'catalog:write' },
  summary: 'Register a product',
  body: z
    .strictObject({ productId: productId.optional(), name: productName, price, stock: stock.default(0) })
    .meta({ id: 'RegisterProduct', example: { productId: 'teapot', name: '찻주전자', price: 36_000, stock: 20 } }),
  success: { status: 201, body: product },
  problems: ['PRODUCT_ALREADY_EXISTS'],
  idempotency: 'honoured',
} satisfies Route;

export const changeProduct = {
  method: 'patch',
  path: '/products/:productId',
  service: 'command-api',
  access: { kind: 'scope', scope: 'catalog:write' },
  summary: 'Rename or reprice a product',
  params,
  body: z
    .strictObject({ name: productName.optional(), price: price.optional() })
    .refine((change) => change.name !== undefined || change.price !== undefined, finding('required', { rule: 'some_change' }))
    .meta({ id: 'ChangeProduct', minProperties: 1, example: { price: 13_000 } }),
  success: { status: 200, body: product },
  problems: ['PRODUCT_NOT_FOUND', 'PRODUCT_ARCHIVED', 'REVISION_MISMATCH'],
  ifMatch: true,
} satisfies Route;

export const archiveProduct = {
  method: 'post',
  path: '/products/:productId/archive',
  service: 'command-api',
  access: { kind: 'scope', scope: 'catalog:write' },
  summary: 'Take a product out of the catalogue for good',
  params,
  body: z.strictObject({}),
  success: { status: 200, body: product },
  problems: ['PRODUCT_NOT_FOUND', 'REVISION_MISMATCH'],
  idempotency: 'checked',
  ifMatch: true,
} satisfies Route;

/** Says so beside what else is wrong, as long as there is an object to say it of. */
const isObject = ({ value }: { readonly value: unknown }) => typeof value === 'object' && value !== null && !Array.isArray(value);

export const adjustStock = {
  method: 'post',
  path: '/products/:productId/stock-adjustments',
  service: 'command-api',
  access: { kind: 'scope', scope: 'stock:write' },
  summary: 'Change the stock by, or set it to, a number of units',
  params,
  body: z
    .strictObject({
      delta: stockChange.optional(),
      setTo: stock.optional(),
      expectedStock: stock.optional(),
      reason: text,
      reference: text.optional(),
    })
    .refine(({ delta, setTo }) => delta !== undefined || setTo !== undefined, {
      ...finding('required', { rule: 'delta_or_set_to' }),
      path: ['delta'],
      when: isObject,
    })
    .refine(({ delta, setTo }) => delta === undefined || setTo === undefined, {
      ...finding('not_allowed', { rule: 'not_both' }),
      path: ['setTo'],
      when: isObject,
    })
    .meta({ id: 'AdjustStock', example: { delta: 10, reason: 'delivery' } }),
  success: {
    status: 200,
    body: z.strictObject({ productId: id, delta: z.int(), stock: count, occurredAt: time }).meta({ id: 'StockAdjustment' }),
  },
  problems: ['PRODUCT_NOT_FOUND', 'PRODUCT_ARCHIVED', 'INSUFFICIENT_STOCK', 'STOCK_LIMIT_EXCEEDED', 'STOCK_CHANGED'],
  idempotency: 'honoured',
} satisfies Route;

export const listStockMovements = {
  method: 'get',
  path: '/products/:productId/stock-movements',
  service: 'query-api',
  access: { kind: 'scope', scope: 'stock:write' },
  summary: "List what changed a product's stock, newest first",
  params,
  query: z.strictObject(cursorPage),
  success: { status: 200, body: cursorListOf(stockMovement).meta({ id: 'StockMovements' }) },
  problems: ['PRODUCT_NOT_FOUND'],
} satisfies Route;
