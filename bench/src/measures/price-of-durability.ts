import type { Measure } from './measure.js';
import { shopUnder } from './order-load.js';
import { spread } from './workloads.js';

const program = new URL('../shop/shop-with-sync.js', import.meta.url);
const shopWith = (synchronous: 'FULL' | 'NORMAL') =>
  shopUnder(`shop with synchronous=${synchronous}`, spread, { program, words: ['--synchronous', synchronous] });

/** What it costs that an order is on disk before it is answered. */
export const priceOfDurability: Measure = {
  id: 'M10',
  title: 'on disk before the answer ÷ on disk some time later',
  comparisons: [{ label: 'FULL ÷ NORMAL, spread', of: shopWith('FULL'), per: shopWith('NORMAL'), better: 'higher', floor: 0.75, aim: 0.9 }],
};
