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

export type LogDestination = DestinationStream & {
  readonly flush: (done?: (error?: Error) => void) => void;
  readonly flushSync: () => void;
};

const mostHeld = 65_536; // a write to standard output wakes another thread, which costs as much as answering a request

/**
 * Holds lines back until there are some, or somebody flushes. SonicBoom could do that itself, but measures all that it holds again
 * at every line, and that costs more than making the line.
 */
export const inBulk = <Stream extends LogDestination>(stream: Stream): Stream => {
  const [write, flush, flushSync] = [stream.write.bind(stream), stream.flush.bind(stream), stream.flushSync.bind(stream)];
  let held = '';
  const handOver = () => {
    if (held === '') return;
    const lines = held;
    held = '';
    write(lines);
  };
  return Object.assign(stream, {
    write: (line: string) => {
      held += line;
      if (held.length >= mostHeld) stream.flush();
    },
    flush: (done?: (error?: Error) => void) => {
      handOver();
      flush(done);
    },
    // pino calls it when the process ends and after a fatal line.
    flushSync: () => {
      handOver();
      flushSync();
    },
  });
};

// Below `minLength` SonicBoom begins no write until it is flushed: one that was under way when the process ended would be lost.
const minLength = 1_048_575;
const standardOutput = () => inBulk(pino.destination({ dest: 1, sync: false, minLength, maxWrite: minLength + 1, periodicFlush: 250 }));

/** JSON lines, written behind the request's back: a log must never make a customer wait for a disk. */
export const createLogger = (level: LogLevel, destination?: DestinationStream): Logger =>
  pino(
    {
      level,
      base: null,
      formatters: { log: withoutSecrets },
      serializers: { err: serializeError },
    },
    destination ?? standardOutput(),
  );
