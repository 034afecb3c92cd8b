export * from './cart.js';
export * from './metadata.js';
export * from './order-feed.js';
export * from './product.js';
export * from './stored-event.js';
export * from './values.js';
export * from './wallet.js';
