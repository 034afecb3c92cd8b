import { z } from 'zod';
import type { Route } from '../route.js';
import { order } from './order-answers.js';
import { amount, count, expectedTotal, id, itemId, limits, name, productId, quantity, revision, time, userId } from './values.js';

const params = z.strictObject({ itemId });
const namedUser = z.strictObject({ userId: userId.optional() });

const item = { itemId: id, productId: id, name, quantity: z.int().min(1), addedPrice: amount, addedAt: time };

/** From the cart's own facts: current prices, stock and warnings come with the read. */
const updatedCart = z
  .strictObject({ userId: id, items: z.array(z.strictObject(item)), totalQuantity: count, revision })
  .meta({ id: 'UpdatedCart' });

/** `purchasableAmount` sums the lines that nothing blocks; PRICE_CHANGED blocks nothing. */
const cart = z
  .strictObject({
    userId: id,
    items: z.array(
      z.strictObject({
        ...item,
        unitPrice: amount,
        stock: count,
        subtotal: amount,
        warnings: z.array(z.enum(['NOT_ENOUGH_STOCK', 'OUT_OF_STOCK', 'UNAVAILABLE', 'PRICE_CHANGED'])),
      }),
    ),
    totalQuantity: count,
    totalAmount: amount,
    purchasableAmount: amount,
    revision,
  })
  .meta({ id: 'Cart' });

export const addCartItem = {
  method: 'post',
  path: '/orders/cart',
  service: 'command-api',
  access: { kind: 'self' },
  summary: 'Put a product into the cart; adding again adds quantities',
  body: z
    .strictObject({ userId: userId.optional(), productId, quantity: quantity.default(1) })
    .meta({ id: 'AddCartItem', example: { userId: 'u1', productId: 'mug', quantity: 2 } }),
  success: { status: 200, body: updatedCart },
  problems: ['PRODUCT_NOT_FOUND', 'PRODUCT_ARCHIVED', 'CART_LIMIT_EXCEEDED'],
  idempotency: 'honoured',
} satisfies Route;

export const changeCartItem = {
  method: 'patch',
  path: '/orders/cart/:itemId',
  service: 'command-api',
  access: { kind: 'self' },
  summary: 'Set the quantity of a line',
  params,
  body: z.strictObject({ userId: userId.optional(), quantity }).meta({ id: 'ChangeCartItem', example: { userId: 'u1', quantity: 3 } }),
  success: { status: 200, body: updatedCart },
  problems: ['CART_ITEM_NOT_FOUND', 'REVISION_MISMATCH'],
  ifMatch: true,
} satisfies Route;

export const putCartItem = { ...changeCartItem, method: 'put' } satisfies Route;

export const removeCartItem = {
  method: 'delete',
  path: '/orders/cart/:itemId',
  service: 'command-api',
  access: { kind: 'self' },
  summary: 'Take a line out of the cart',
  params,
  query: namedUser,
  success: { status: 204 },
  problems: ['CART_ITEM_NOT_FOUND', 'REVISION_MISMATCH'],
  ifMatch: true,
} satisfies Route;

export const clearCart = {
  method: 'delete',
  path: '/orders/cart',
  service: 'command-api',
  access: { kind: 'self' },
  summary: 'Empty the cart',
  query: namedUser,
  success: { status: 204 },
  problems: ['REVISION_MISMATCH'],
  ifMatch: true,
} satisfies Route;

export const getCart = {
  method: 'get',
  path: '/orders/cart',
  service: 'query-api',
  access: { kind: 'self', reach: 'users:read' },
  summary: 'Read the cart with current prices, stock and warnings',
  query: namedUser,
  success: { status: 200, body: cart },
  problems: [],
} satisfies Route;

export const checkoutCart = {
  method: 'post',
  path: '/orders/cart/checkout',
  service: 'command-api',
  access: { kind: 'self' },
  summary: 'Order and pay what is in the cart, or some of its lines',
  body: z
    .strictObject({
      userId: userId.optional(),
      itemIds: z.array(itemId).min(1).max(limits.cartLines).optional(),
      expectedTotal: expectedTotal.optional(),
    })
    .meta({ id: 'CheckoutCart', example: { userId: 'u1' } }),
  success: { status: 201, body: order },
  problems: [
    'CART_EMPTY',
    'CART_ITEM_NOT_FOUND',
    'REVISION_MISMATCH',
    'PRODUCT_NOT_FOUND',
    'PRODUCT_ARCHIVED',
    'INSUFFICIENT_STOCK',
    'PRICE_CHANGED',
    'INSUFFICIENT_BALANCE',
    'CHECKOUT_VOIDED',
  ],
  idempotency: 'honoured',
  ifMatch: true,
} satisfies Route;
