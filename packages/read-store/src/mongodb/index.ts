export { openMongoReadStore, type MongoReadStoreOptions } from './mongo-read-store.js';
export { isMongoUrl } from './mongodb-driver.js';
