import { pino, stdSerializers, type DestinationStream, type Logger } from 'pino';
import type { LogLevel } from './settings.js';

const secretName = /^(authorization|cookie|set-cookie|idempotency-?key|token)$|password|secret/i;
const credentialsInUrl = /(\/\/)[^/\s:@]*:[^/\s@]*@/g;
const withoutCredentials = (text: string | undefined) => text?.replace(credentialsInUrl, '$1[redacted]@');

/** Clients of engines like to name the connection they failed on, password included. */
const serializeError = (error: unknown) => {
  if (!(error instanceof Error)) return { type: typeof error, message: withoutCredentials(String(error)) };
  const { type, message, stack } = stdSerializers.err(error);
  return { type, message: withoutCredentials(message), stack: withoutCredentials(stack) };
};

const isPlain = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !(value instanceof Error) && !Array.isArray(value);

const known = new Map<string, boolean>();
const mostKnown = 1_000;
/** Lines have the same few names again and again. */
const isSecret = (name: string): boolean => {
  let secret = known.get(name);
  if (secret === undefined) {
    secret = secretName.test(name);
    if (known.size < mostKnown) known.set(name, secret);
  }
  return secret;
};

const mostDepth = 4;
/** The very object where nothing in it is secret. Written by hand since pino's own redaction costs as much as answering the request. */
export const withoutSecrets = (line: Record<string, unknown>, depth = 0): Record<string, unknown> => {
  let clean: Record<string, unknown> | undefined;
  for (const name in line) {
    const value = line[name];
    const shown = isSecret(name) ? '[redacted]' : isPlain(value) && depth < mostDepth ? withoutSecrets(value, depth + 1) : value;
    if (shown !== value) (clean ??= { ...line })[name] = shown;
  }
  return clean ?? line;
};

/** JSON lines, written behind the request's back: a log must never make a customer wait for a disk. */
export const createLogger = (level: LogLevel, destination?: DestinationStream): Logger =>
  pino(
    {
      level,
      base: null,
      formatters: { log: withoutSecrets },
      serializers: { err: serializeError },
    },
    destination ?? pino.destination({ dest: 1, sync: false, minLength: 12_288, periodicFlush: 250 }),
  );
