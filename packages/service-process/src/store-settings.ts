import { ConnectionStringError, parseConnectionString } from '@shop/event-store/eventstoredb';
import { refuseSettings, wholeNumber } from '@shop/http';
import { isMongoUrl } from '@shop/read-store/mongodb';
import { z } from 'zod';

/** What is wrong with a connection string, in words that never hold a password. */
const eventStoreDbFault = (url: string, production: boolean): string | undefined => {
  try {
    parseConnectionString(url, { production });
    return undefined;
  } catch (error) {
    if (error instanceof ConnectionStringError) return error.message;
    throw error;
  }
};

const eventStoreDbUrl = z.string({ error: 'must be set' }).superRefine((url, context) => {
  const message = eventStoreDbFault(url, false);
  if (message !== undefined) context.addIssue({ code: 'custom', message });
});
const mongoUrl = z
  .string({ error: 'must be set' })
  .refine(isMongoUrl, { error: 'must be a connection string of MongoDB: mongodb://host:27017/?replicaSet=rs0' });

/** The two stores that every service needs. */
export const storeVariables = z.object({
  EVENTSTOREDB_URL: eventStoreDbUrl.describe('esdb://user:password@host:2113; several hosts, or esdb+discover://, for a cluster'),
  EVENTSTOREDB_LEASE_MS: wholeNumber(0, 500)
    .default(500)
    .describe('how old the proof may be that a read asks the leader; 0 only where the server is one node for sure'),
  MONGODB_URL: mongoUrl.describe('mongodb://user:password@host:27017/?replicaSet=rs0'),
  MONGODB_DATABASE: z
    .string()
    .regex(/^[\w-]{1,63}$/, { error: 'must be 1 to 63 letters, digits, - or _' })
    .default('shop')
    .describe('database of the read models'),
  NODE_ENV: z.string().optional().describe('production: well-known passwords are refused, missing TLS is warned of, DEBUG is dropped'),
});

export type StoreSettings = {
  readonly eventStoreDb: { readonly url: string; readonly leaseMs: number };
  readonly mongoDb: { readonly url: string; readonly database: string };
  readonly production: boolean;
  /** To be said at every start. */
  readonly warnings: readonly string[];
};

/** Passwords that stand in everybody's manuals. */
const wellKnown = ['admin', 'admin-secret', 'bitnami', 'changeit', 'changeme', 'example', 'password', 'root', 'secret'];

/** Whether anybody would try this one first. */
export const isWellKnownPassword = (user: string, password: string): boolean => wellKnown.includes(password) || password === user;

const credentialsIn = (url: string): { readonly user: string; readonly password: string } => {
  const [, user = '', password = ''] = /\/\/([^:@/]*):([^@/]*)@/.exec(url) ?? [];
  return { user, password };
};

const isSecured = (mongoDbUrl: string): boolean =>
  mongoDbUrl.startsWith('mongodb+srv:') ? !/[?&](tls|ssl)=false\b/.test(mongoDbUrl) : /[?&](tls|ssl)=true\b/.test(mongoDbUrl);

const warningsFor = ({ EVENTSTOREDB_URL, MONGODB_URL }: z.output<typeof storeVariables>): readonly string[] => [
  ...(/[?&]tls=false\b/.test(EVENTSTOREDB_URL) ? ['EVENTSTOREDB_URL: without TLS anybody on the network may write the log'] : []),
  ...(isSecured(MONGODB_URL) ? [] : ['MONGODB_URL: without TLS anybody on the network may read and change the read models']),
];

/** @throws SettingsError */
export const storeSettings = (variables: z.output<typeof storeVariables>): StoreSettings => {
  const { EVENTSTOREDB_URL, EVENTSTOREDB_LEASE_MS: leaseMs, MONGODB_URL, MONGODB_DATABASE: database } = variables;
  const production = variables.NODE_ENV === 'production';
  const eventStoreFault = eventStoreDbFault(EVENTSTOREDB_URL, production);
  const { user, password } = credentialsIn(MONGODB_URL);
  const faults = [
    ...(eventStoreFault === undefined ? [] : [`EVENTSTOREDB_URL: ${eventStoreFault}`]),
    ...(production && password !== '' && isWellKnownPassword(user, password)
      ? [`MONGODB_URL: the well-known password of ${user} is refused in production`]
      : []),
  ];
  if (faults.length > 0) refuseSettings(...faults);
  return {
    eventStoreDb: { url: EVENTSTOREDB_URL, leaseMs },
    mongoDb: { url: MONGODB_URL, database },
    production,
    warnings: production ? warningsFor(variables) : [],
  };
};
