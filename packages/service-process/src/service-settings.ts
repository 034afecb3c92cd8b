import { httpVariables, judgeSettings, readHttpSettings, readVariables, type Environment, type HttpSettings } from '@shop/http';
import { z } from 'zod';
import type { ProcessSettings } from './service-program.js';
import { storeSettings, storeVariables, type StoreSettings } from './store-settings.js';

const { PORT, AUTH_MODE } = httpVariables.shape;

/** The variables of every service that runs as a process, with what differs from service to service. */
export const serviceVariables = ({ port }: { readonly port: number }) =>
  z.object({
    ...storeVariables.shape,
    ...httpVariables.shape,
    PORT: PORT.unwrap().default(port).describe('port; 0 is any free one'),
    AUTH_MODE: AUTH_MODE.unwrap().default('jwt').describe('off or jwt'),
  });

export type ServiceSettings<Own> = ProcessSettings & { readonly http: HttpSettings; readonly stores: StoreSettings; readonly own: Own };

/**
 * Settings of a service: those of HTTP and stores, and its own.
 * @param schema every variable at once, so that all that is wrong is told at once
 * @throws SettingsError
 */
export const readServiceSettings = <Own>(
  environment: Environment,
  {
    schema,
    own,
  }: {
    readonly schema: ReturnType<typeof serviceVariables>;
    readonly own: (environment: Environment) => Own;
  },
): ServiceSettings<Own> => {
  const port = schema.shape.PORT.parse(undefined);
  const readHttp = () => readHttpSettings(environment, { port, authMode: 'jwt' });
  const readStores = () => storeSettings(readVariables(storeVariables, environment));
  judgeSettings(
    () => readVariables(schema, environment),
    readHttp,
    readStores,
    () => own(environment),
  );
  const stores = readStores();
  return { http: readHttp(), stores, own: own(environment), production: stores.production, warnings: stores.warnings };
};
