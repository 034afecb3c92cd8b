export { openShop, type RunningShop, type ShopOptions } from './shop.js';
export { readSettings, type Settings } from './settings.js';
