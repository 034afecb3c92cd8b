export type { ProcessTools } from './process-tools.js';
export type { Rights } from './rights.js';
export { runService } from './run-service.js';
export { withSecretFiles } from './secret-files.js';
export type { OpenedService, ProcessSettings, ServiceProgram } from './service-program.js';
export { readServiceSettings, serviceVariables, type ServiceSettings } from './service-settings.js';
export { isWellKnownPassword, storeSettings, storeVariables, type StoreSettings } from './store-settings.js';
export { openStores, type Stores } from './stores.js';
