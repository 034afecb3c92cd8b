import { shopHot } from './echo.js';
import type { Measure } from './measure.js';
import { shopUnder } from './order-load.js';
import { spreadSingle } from './workloads.js';

/** Where rows are locked this is far below 1: everybody waits for the one row. */
export const hotProduct: Measure = {
  id: 'M9',
  title: 'one product for all ÷ one of 1,000 products each',
  comparisons: [
    {
      label: 'hot ÷ spread',
      of: shopHot,
      per: shopUnder('shop, 1 of 1,000 products', spreadSingle),
      better: 'higher',
      floor: 0.9,
      aim: 1.2,
    },
  ],
};
