import { instantOf, type Clock } from '@shop/clock';
import type { Position } from '@shop/event-store';
import { cartStream, productStream } from '@shop/events';
import { addCartItem, changeCartItem, clearCart, putCartItem, removeCartItem, type BoundRoute, type RouteRequest } from '@shop/http';
import type { BindCommand, FootedHandler } from '../answering.js';
import { asUnknownOutcome } from '../faults.js';
import { hashOf, operationIdFor } from '../idempotency.js';
import type { Product } from '../product/product.js';
import { refusalProblem, type Refusal } from '../refusals.js';
import { contextOf, expectedRevision } from '../request-context.js';
import type { Shop } from '../shop.js';
import type { Footing } from '../writing/ground.js';
import type { Cart } from './cart.js';

export type CartRoutesDependencies = {
  readonly bind: BindCommand;
  readonly shop: Pick<Shop, 'carts' | 'products'>;
  readonly head: () => Promise<Position>;
  readonly clock: Clock;
  readonly newId: () => string;
};

const updatedCart = (userId: string, { lines, revision }: Readonly<Cart>) => {
  const items = [...lines].map(([itemId, line]) => ({ itemId, ...line }));
  return { userId, items, totalQuantity: items.reduce((sum, { quantity }) => sum + quantity, 0), revision };
};

const unavailable = (productId: string, { registration, archived }: Readonly<Product>): Refusal | undefined => {
  if (!registration) return { type: 'ProductNotFound', productIds: [productId] };
  return archived ? { type: 'ProductArchived', productIds: [productId] } : undefined;
};

export const cartRoutes = ({ bind, shop, head, clock, newId }: CartRoutesDependencies): readonly BoundRoute[] => {
  const { carts, products } = shop;
  const now = () => instantOf(clock);

  const lookAtCart = async (userId: string, deadline: number) => (await carts.readFresh(cartStream(userId), deadline)).state;
  /** After a write: should this look fail, the write stands all the same. */
  const asItIs = async (userId: string, deadline: number) =>
    updatedCart(userId, await lookAtCart(userId, deadline).catch(asUnknownOutcome));

  const add: FootedHandler<typeof addCartItem> = async (request, footing) => {
    const { userId, deadline } = request;
    const { productId, quantity } = request.body;
    const additionId = operationIdFor(request, 'cart-addition', userId, newId);
    const requestHash = hashOf('cart-addition', productId, quantity);
    const { state: product } = await products.readFresh(productStream(productId), deadline);
    const { name, price } = product;
    const refusal = unavailable(productId, product);
    if (refusal) {
      // What a key did before does not depend on what became of the product.
      const cart = await lookAtCart(userId, deadline);
      const earlier = cart.additions.get(additionId);
      if (!earlier) throw refusalProblem(refusal);
      if (earlier.requestHash !== requestHash) throw refusalProblem({ type: 'IdempotencyKeyReused' });
      return { body: updatedCart(userId, cart), token: await head(), replayed: true };
    }
    const result = await carts.execute(
      cartStream(userId),
      { type: 'AddCartItem', userId, additionId, requestHash, itemId: newId(), productId, name, price, quantity, occurredAt: now() },
      contextOf(request, additionId, footing),
    );
    if (result.outcome === 'refused') throw refusalProblem(result.refusal);
    return { body: await asItIs(userId, deadline), token: result.position, replayed: result.outcome === 'repeated' };
  };

  const setQuantity = async (
    request: RouteRequest<typeof changeCartItem> | RouteRequest<typeof putCartItem>,
    footing: Footing | undefined,
  ) => {
    const { userId, params, body, deadline, ifMatch, requestId } = request;
    const result = await carts.execute(
      cartStream(userId),
      {
        type: 'ChangeCartItemQuantity',
        userId,
        itemId: params.itemId,
        quantity: body.quantity,
        expectedRevision: expectedRevision(ifMatch),
        occurredAt: now(),
      },
      contextOf(request, requestId, footing),
    );
    if (result.outcome === 'refused') throw refusalProblem(result.refusal);
    return { body: await asItIs(userId, deadline), token: result.position };
  };

  return [
    bind(addCartItem, add),
    bind(changeCartItem, setQuantity),
    bind(putCartItem, setQuantity),

    bind(removeCartItem, async (request, footing) => {
      const { userId, params, ifMatch, requestId } = request;
      const result = await carts.execute(
        cartStream(userId),
        { type: 'RemoveCartItem', userId, itemId: params.itemId, expectedRevision: expectedRevision(ifMatch), occurredAt: now() },
        contextOf(request, requestId, footing),
      );
      if (result.outcome === 'refused') throw refusalProblem(result.refusal);
      return { token: result.position };
    }),

    bind(clearCart, async (request, footing) => {
      const { userId, ifMatch, requestId } = request;
      const result = await carts.execute(
        cartStream(userId),
        { type: 'ClearCart', userId, expectedRevision: expectedRevision(ifMatch), occurredAt: now() },
        contextOf(request, requestId, footing),
      );
      if (result.outcome === 'refused') throw refusalProblem(result.refusal);
      return { token: result.position };
    }),
  ];
};
