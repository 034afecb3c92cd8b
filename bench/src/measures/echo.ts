import type { Measure } from './measure.js';
import { echoUnder, shopUnder } from './order-load.js';
import { hot, spread } from './workloads.js';

const stockEcho = new URL('../peers/stock-echo.js', import.meta.url);
const tunedEcho = new URL('../peers/tuned-echo.js', import.meta.url);

export const shopSpread = shopUnder('shop, 3 of 1,000 products', spread);
export const shopHot = shopUnder('shop, one product', hot);

/** Above 1 a durable order costs less than Express saying hello. */
export const stockExpress: Measure = {
  id: 'M7',
  title: 'a durable order ÷ an echo by Express as it comes',
  comparisons: [
    {
      label: 'spread',
      of: shopSpread,
      per: echoUnder('stock Express echo, 3 lines', spread, stockEcho),
      better: 'higher',
      floor: 0.6,
      aim: 1.4,
    },
    { label: 'hot', of: shopHot, per: echoUnder('stock Express echo, 1 line', hot, stockEcho), better: 'higher' },
  ],
};

export const tunedExpress: Measure = {
  id: 'M8',
  title: 'a durable order ÷ an echo by the shop’s own server',
  comparisons: [
    { label: 'spread', of: shopSpread, per: echoUnder('tuned echo, 3 lines', spread, tunedEcho), better: 'higher', floor: 0.15, aim: 0.3 },
    { label: 'hot', of: shopHot, per: echoUnder('tuned echo, 1 line', hot, tunedEcho), better: 'higher', floor: 0.3, aim: 0.55 },
  ],
};
