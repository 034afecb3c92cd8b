import { sampleCatalogue } from './sample-catalogue.js';

/** One command that charges a balance and places a real order in a shop with the sample catalogue, as lines for a shell. */
export const firstOrder = (url: string): readonly string[] => {
  const json = `-H 'Content-Type: application/json'`;
  const { productId, price } = sampleCatalogue[0];
  return [
    `curl -sS ${url}/balance/charge ${json} -d '{"userId":"u1","amount":${price * 2}}' --next \\`,
    `     -sS ${url}/orders ${json} -d '{"userId":"u1","items":[{"productId":"${productId}","quantity":1}]}'`,
  ];
};
