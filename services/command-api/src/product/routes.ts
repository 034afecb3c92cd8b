import { instantOf, type Clock } from '@shop/clock';
import { productStream } from '@shop/events';
import { adjustStock, archiveProduct, changeProduct, registerProduct, type BoundRoute } from '@shop/http';
import type { BindCommand } from '../answering.js';
import { asUnknownOutcome } from '../faults.js';
import { hashOf, operationIdFor, productIdFor } from '../idempotency.js';
import { refusalProblem } from '../refusals.js';
import { contextOf, expectedRevision } from '../request-context.js';
import type { Products } from '../shop.js';
import type { Product } from './product.js';

const productObject = (productId: string, { name, price, available, archived, revision, registration }: Readonly<Product>) => ({
  productId,
  name,
  price,
  stock: available,
  status: archived ? ('ARCHIVED' as const) : ('ACTIVE' as const),
  revision,
  createdAt: registration?.occurredAt ?? '',
});

export const productRoutes = (bind: BindCommand, products: Products, clock: Clock, newId: () => string): readonly BoundRoute[] => {
  const now = () => instantOf(clock);
  /** After a write: should this look fail, the write stands all the same. */
  const asItIs = async (productId: string, deadline: number) => {
    const { state } = await Promise.resolve(products.readFresh(productStream(productId), deadline)).catch(asUnknownOutcome);
    return productObject(productId, state);
  };

  return [
    bind(registerProduct, async (request, footing) => {
      const { name, price, stock } = request.body;
      const productId = request.body.productId ?? productIdFor(request, newId);
      const registrationId = operationIdFor(request, 'registration', productId, newId);
      const requestHash = hashOf('registration', name, price, stock);
      const result = await products.execute(
        productStream(productId),
        { type: 'RegisterProduct', productId, registrationId, requestHash, name, price, stock, occurredAt: now() },
        contextOf(request, registrationId, footing),
      );
      if (result.outcome === 'refused') throw refusalProblem(result.refusal);
      const fact = result.events.find((event) => event.type === 'ProductRegistered');
      if (!fact) throw new Error(`registering ${productId} came to nothing`);
      const { available, revision, occurredAt: createdAt, ...registered } = fact.data;
      return {
        body: {
          productId,
          name: registered.name,
          price: registered.price,
          stock: available,
          status: 'ACTIVE' as const,
          revision,
          createdAt,
        },
        location: `/products/${productId}`,
        token: result.position,
        replayed: result.outcome === 'repeated',
      };
    }),

    bind(changeProduct, async (request, footing) => {
      const { productId } = request.params;
      const { name, price } = request.body;
      const result = await products.execute(
        productStream(productId),
        { type: 'ChangeProduct', productId, name, price, expectedRevision: expectedRevision(request.ifMatch), occurredAt: now() },
        contextOf(request, request.requestId, footing),
      );
      if (result.outcome === 'refused') throw refusalProblem(result.refusal);
      return { body: await asItIs(productId, request.deadline), token: result.position };
    }),

    bind(archiveProduct, async (request, footing) => {
      const { productId } = request.params;
      const result = await products.execute(
        productStream(productId),
        { type: 'ArchiveProduct', productId, expectedRevision: expectedRevision(request.ifMatch), occurredAt: now() },
        contextOf(request, request.requestId, footing),
      );
      if (result.outcome === 'refused') throw refusalProblem(result.refusal);
      return { body: await asItIs(productId, request.deadline), token: result.position };
    }),

    bind(adjustStock, async (request, footing) => {
      const { productId } = request.params;
      const { delta, setTo, expectedStock, reason, reference } = request.body;
      const adjustmentId = operationIdFor(request, 'stock-adjustment', productId, newId);
      const requestHash = hashOf('stock-adjustment', delta ?? null, setTo ?? null, expectedStock ?? null, reason, reference ?? null);
      const change = setTo === undefined ? { delta: delta ?? 0 } : { setTo };
      const result = await products.execute(
        productStream(productId),
        { type: 'AdjustStock', productId, adjustmentId, requestHash, change, expectedStock, reason, reference, occurredAt: now() },
        contextOf(request, adjustmentId, footing),
      );
      if (result.outcome === 'refused') throw refusalProblem(result.refusal);
      const fact = result.events.find((event) => event.type === 'StockAdjusted');
      if (!fact) throw new Error(`adjustment ${adjustmentId} came to nothing`);
      const { delta: by, available: stock, occurredAt } = fact.data;
      return { body: { productId, delta: by, stock, occurredAt }, token: result.position, replayed: result.outcome === 'repeated' };
    }),
  ];
};
