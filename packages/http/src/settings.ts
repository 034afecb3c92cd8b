import { z } from 'zod';
import { locales, type Locale } from './request-headers.js';
import { judgeSettings, readVariables, refuseSettings, wholeNumber, type Environment } from './variables.js';

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
  HOST: z.string().default('127.0.0.1').describe('address to listen on'),
  PORT: wholeNumber(0, 65_535).optional().describe('port; 0 is any free one'),
  OPS_HOST: z.string().default('127.0.0.1').describe('address of OPS_PORT'),
  OPS_PORT: wholeNumber(0, 65_535).optional().describe('where set, /metrics answers only there'),
  AUTH_MODE: z.enum(['off', 'jwt']).optional().describe('off or jwt'),
  AUTH_OFF_ALLOW_REMOTE: flag.default(false).describe('true: no authentication on addresses other than loopback either'),
  JWT_JWKS_URL: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('where the signing keys are; this or the secret'),
  JWT_HS256_SECRET: z.string().optional().describe('shared secret, 32 bytes or more'),
  JWT_ALGORITHMS: list.optional().describe('narrows the algorithms, separated by commas'),
  JWT_ISSUER: z.string().optional().describe("must be the token's iss"),
  JWT_AUDIENCE: z.string().optional().describe("must be in the token's aud"),
  CORS_ORIGINS: list.default([]).describe('origins of browsers that may call, separated by commas; none: CORS is off'),
  DEFAULT_LOCALE: z.enum(locales).default('ko').describe('language of problems where Accept-Language names neither: ko or en'),
  IDEMPOTENCY_REQUIRED: flag.default(false).describe('true: a POST that takes a key must have one'),
  CHARGE_REQUIRES_SCOPE: flag.default(false).describe("true: also one's own balance is charged with the scope wallet:charge only"),
  RATE_LIMIT_PER_SECOND: wholeNumber(0, 1_000_000).default(0).describe('requests per user, else per address; 0 is off'),
  TRUST_PROXY_HOPS: wholeNumber(0, 10).default(0).describe('proxies in front whose X-Forwarded-For is believed'),
  LOG_LEVEL: z.enum(logLevels).default('info').describe('fatal error warn info debug trace silent'),
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

const partiesOf = ({ JWT_ISSUER: issuer, JWT_AUDIENCE: audience }: Variables): Pick<JwtSettings, 'issuer' | 'audience'> =>
  issuer === undefined || audience === undefined
    ? refuseSettings('JWT_ISSUER and JWT_AUDIENCE must be set with AUTH_MODE=jwt')
    : { issuer, audience };

const algorithmsWith = ({ JWT_ALGORITHMS: wanted }: Variables, { source }: JwtSettings['keys']): readonly string[] => {
  const known: readonly string[] = algorithmsOf[source];
  const algorithms = wanted ?? known;
  if (algorithms.length === 0 || algorithms.some((algorithm) => !known.includes(algorithm)))
    return refuseSettings(`JWT_ALGORITHMS may only narrow ${known.join(', ')}`);
  return algorithms;
};

const jwtSettings = (variables: Variables): JwtSettings => {
  judgeSettings(
    () => algorithmsWith(variables, keysOf(variables)),
    () => partiesOf(variables),
  );
  const keys = keysOf(variables);
  return { mode: 'jwt', keys, algorithms: algorithmsWith(variables, keys), ...partiesOf(variables) };
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
