import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Measure } from './measure.js';
import { echoUnder, shopUnder } from './order-load.js';

const tunedEcho = new URL('../peers/tuned-echo.js', import.meta.url);
const variable = 'BASKETS_DIR';

const absent = (folder: string): string | undefined => {
  if (folder === '') return `${variable} is not set`;
  const missing = ['products.ndjson.gz', 'baskets.ndjson.gz'].filter((file) => !existsSync(join(folder, file)));
  return missing.length > 0 ? `${variable} has no ${missing.join(' and no ')}` : undefined;
};

/** What people really bought: from one product to a hundred in a basket, thousands of products, each basket once. */
export const realBaskets = (folder: string): Measure => {
  const work = { kind: 'baskets', folder } as const;
  return {
    id: 'BASKETS',
    title: 'real baskets, all at once ÷ an echo of them by the shop’s own server',
    skipped: absent(folder),
    comparisons: [
      {
        label: 'baskets',
        of: shopUnder('shop, real baskets', work),
        per: echoUnder('tuned echo, real baskets', work, tunedEcho),
        better: 'higher',
      },
    ],
  };
};
