import { resolve } from 'node:path';
import { firstOrder } from './first-order.js';
import { secondOrder } from './second-order.js';

const indented = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`);
const firstSteps = (url: string): string[] => [
  'Charge a balance and order a mug:',
  '',
  ...indented(firstOrder(url)),
  '',
  'Then buy another one from the cart, cancel that order, and read the statement:',
  '',
  ...indented(secondOrder(url)),
  '',
];

/** What a newcomer sees once the shop takes requests: where to go, and commands that place real orders. */
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
}): string =>
  [
    '',
    `The shop is open (ready after ${(readyMs / 1_000).toFixed(2)} s).`,
    '',
    `  API      ${url}/products`,
    `  Try it   ${url}/docs`,
    `  Health   ${url}/readyz`,
    `  Data     ${resolve(dataFolder)}`,
    '',
    ...(seeded && !authenticated ? firstSteps(url) : []),
    ...(authenticated ? ['Calls need a token: Authorization: Bearer <JWT>.', ''] : []),
    'Ctrl-C stops it; started again, it goes on where it was.',
    '',
  ].join('\n');
