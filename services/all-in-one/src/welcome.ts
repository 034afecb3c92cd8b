import { resolve } from 'node:path';
import { sampleCatalogue } from './sample-catalogue.js';

/** What a newcomer sees once the shop takes requests: where to go, and one command that places a real order. */
export const welcome = ({
  url,
  dataFolder,
  seeded,
  authenticated,
  readyMs,
}: {
  readonly url: string;
  readonly dataFolder: string;
  readonly seeded: boolean;
  /** With tokens in force a curl without one could only be turned away. */
  readonly authenticated: boolean;
  readonly readyMs: number;
}): string => {
  const json = `-H 'Content-Type: application/json'`;
  const { productId, price } = sampleCatalogue[0];
  const order = [
    `curl -sS ${url}/balance/charge ${json} -d '{"userId":"u1","amount":${price * 2}}' --next \\`,
    `     -sS ${url}/orders ${json} -d '{"userId":"u1","items":[{"productId":"${productId}","quantity":1}]}'`,
  ];
  return [
    '',
    `The shop is open (ready after ${(readyMs / 1_000).toFixed(2)} s).`,
    '',
    `  API      ${url}/products`,
    `  Try it   ${url}/docs`,
    `  Health   ${url}/readyz`,
    `  Data     ${resolve(dataFolder)}`,
    '',
    ...(seeded && !authenticated ? ['Charge a balance and order a mug:', '', ...order.map((line) => `  ${line}`), ''] : []),
    ...(authenticated ? ['Calls need a token: Authorization: Bearer <JWT>.', ''] : []),
    'Ctrl-C stops it; started again, it goes on where it was.',
    '',
  ].join('\n');
};
