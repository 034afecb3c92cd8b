import { sampleCatalogue } from './sample-catalogue.js';

/** What user and key make of it, everywhere: so the cancellation can be printed before the order is placed. */
const key = 'second-order';
const orderId = '977a7bdf-46a2-53ca-b796-210c5d79adaf';

/** One command that buys a cart, cancels that order and reads the statement, as lines for a shell; the money is what the first order left. */
export const secondOrder = (url: string): readonly string[] => {
  const json = `-H 'Content-Type: application/json'`;
  const { productId } = sampleCatalogue[0];
  return [
    `curl -sS ${url}/orders/cart ${json} -d '{"userId":"u1","productId":"${productId}"}' --next \\`,
    `     -sS ${url}/orders/cart/checkout ${json} -H 'Idempotency-Key: ${key}' -d '{"userId":"u1"}' --next \\`,
    `     -sS ${url}/orders/${orderId}/cancel ${json} -d '{"userId":"u1","reason":"wrong colour"}' --next \\`,
    `     -sS ${url}/balance/u1/transactions`,
  ];
};
