import { z } from 'zod';
import { locales, type Locale } from './request-headers.js';
import { readVariables, refuseSettings, wholeNumber, type Environment } from './variables.js';

export type JwtSettings = {
  readonly mode: 'jwt';
  readonly keys: { readonly source: 'jwks'; readonly url: string } | { readonly source: 'secret'; readonly secret: string };
  readonly algorithms: readonly string[];
  readonly issuer: string;
  readonly audience: string;
};
/** `anyHost`: opened to the network on purpose, so it may be called by any name. */
export type AuthSettings = { readonly mode: 'off'; readonly anyHost: boolean } | JwtSettings;

export type HttpSettings = {
  readonly host: string;
  readonly port: number;
  readonly opsHost: string;
  /** Where set, `/metrics` and `/ops/*` answer only there. */
  readonly opsPort?: number;
  readonly auth: AuthSettings;
  readonly corsOrigins: readonly string[];
  readonly defaultLocale: Locale;
  readonly idempotencyRequired: boolean;
  readonly chargeRequiresScope: boolean;
  /** Per user, else per address, and per process; 0 is off. */
  readonly rateLimitPerSecond: number;
  /** How many proxies in front may be believed about a client's address. */
  readonly trustProxyHops: number;
  readonly logLevel: LogLevel;
  /** To be said at every start. */
  readonly warnings: readonly string[];
};

const flag = z.enum(['true', 'false']).transform((value) => value === 'true');
const list = z.string().transform((value) =>
  value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
);
const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

/** The variables as they are written; what depends on several of them is judged afterwards. */
export const httpVariables = z.object({
  HOST: z.string().default('127.0.0.1'),
  PORT: wholeNumber(0, 65_535).optional(),
  OPS_HOST: z.string().default('127.0.0.1'),
  OPS_PORT: wholeNumber(0, 65_535).optional(),
  AUTH_MODE: z.enum(['off', 'jwt']).optional(),
  AUTH_OFF_ALLOW_REMOTE: flag.default(false),
  JWT_JWKS_URL: z.url({ protocol: /^https?$/ }).optional(),
  JWT_HS256_SECRET: z.string().optional(),
  JWT_ALGORITHMS: list.optional(),
  JWT_ISSUER: z.string().optional(),
  JWT_AUDIENCE: z.string().optional(),
  CORS_ORIGINS: list.default([]),
  DEFAULT_LOCALE: z.enum(locales).default('ko'),
  IDEMPOTENCY_REQUIRED: flag.default(false),
  CHARGE_REQUIRES_SCOPE: flag.default(false),
  RATE_LIMIT_PER_SECOND: wholeNumber(0, 1_000_000).default(0),
  TRUST_PROXY_HOPS: wholeNumber(0, 10).default(0),
  LOG_LEVEL: z.enum(logLevels).default('info'),
});
type Variables = z.output<typeof httpVariables>;

const leastSecretBytes = 32;
const algorithmsOf = { jwks: ['RS256', 'ES256', 'EdDSA'], secret: ['HS256'] } as const;

const keysOf = ({ JWT_JWKS_URL: url, JWT_HS256_SECRET: secret }: Variables): JwtSettings['keys'] => {
  if (url !== undefined && secret !== undefined) return refuseSettings('JWT_JWKS_URL and JWT_HS256_SECRET: only one of them may be set');
  if (url !== undefined) return { source: 'jwks', url };
  if (secret === undefined) return refuseSettings('JWT_JWKS_URL or JWT_HS256_SECRET must be set with AUTH_MODE=jwt');
  if (Buffer.byteLength(secret) < leastSecretBytes) return refuseSettings(`JWT_HS256_SECRET must have at least ${leastSecretBytes} bytes`);
  return { source: 'secret', secret };
};

const jwtSettings = (variables: Variables): JwtSettings => {
  const { JWT_ISSUER: issuer, JWT_AUDIENCE: audience } = variables;
  const keys = keysOf(variables);
  if (issuer === undefined || audience === undefined) return refuseSettings('JWT_ISSUER and JWT_AUDIENCE must be set with AUTH_MODE=jwt');
  const known: readonly string[] = algorithmsOf[keys.source];
  const algorithms = variables.JWT_ALGORITHMS ?? known;
  if (algorithms.length === 0 || algorithms.some((algorithm) => !known.includes(algorithm)))
    return refuseSettings(`JWT_ALGORITHMS may only narrow ${known.join(', ')}`);
  return { mode: 'jwt', keys, algorithms, issuer, audience };
};

const isLoopback = (host: string) => host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);

/** Without authentication anybody who reaches the port is anybody they like, so it takes a second word to open it to the network. */
const warningsFor = ({ HOST, OPS_HOST, OPS_PORT, AUTH_OFF_ALLOW_REMOTE }: Variables): readonly string[] => {
  const open = [
    ...(isLoopback(HOST) ? [] : [`HOST=${HOST}`]),
    ...(OPS_PORT === undefined || isLoopback(OPS_HOST) ? [] : [`OPS_HOST=${OPS_HOST}`]),
  ];
  if (open.length === 0) return [];
  if (AUTH_OFF_ALLOW_REMOTE)
    return [`AUTH_MODE=off on ${open.join(', ')}: whoever reaches this port, by whatever name, may act for every user`];
  return refuseSettings(
    `${open.join(', ')}: AUTH_MODE=off starts on a loopback address only; set AUTH_MODE=jwt, or AUTH_OFF_ALLOW_REMOTE=true`,
  );
};

/**
 * The settings in an environment. An empty variable counts as not set. What differs from service to service comes as `defaults`.
 * @throws SettingsError
 */
export const readHttpSettings = (
  environment: Environment,
  defaults: { readonly port: number; readonly authMode: 'off' | 'jwt' },
): HttpSettings => {
  const variables = readVariables(httpVariables, environment);
  const off = (variables.AUTH_MODE ?? defaults.authMode) === 'off';
  const warnings = off ? warningsFor(variables) : [];
  return {
    host: variables.HOST,
    port: variables.PORT ?? defaults.port,
    opsHost: variables.OPS_HOST,
    ...(variables.OPS_PORT === undefined ? {} : { opsPort: variables.OPS_PORT }),
    auth: off ? { mode: 'off', anyHost: variables.AUTH_OFF_ALLOW_REMOTE } : jwtSettings(variables),
    corsOrigins: variables.CORS_ORIGINS,
    defaultLocale: variables.DEFAULT_LOCALE,
    idempotencyRequired: variables.IDEMPOTENCY_REQUIRED,
    chargeRequiresScope: variables.CHARGE_REQUIRES_SCOPE,
    rateLimitPerSecond: variables.RATE_LIMIT_PER_SECOND,
    trustProxyHops: variables.TRUST_PROXY_HOPS,
    logLevel: variables.LOG_LEVEL,
    warnings,
  };
};
