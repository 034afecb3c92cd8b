import { isAscii, isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { limits } from './contract/index.js';
import { Problem } from './problem.js';

/** The client went away before its body was whole: nobody is left to answer. */
export class ClientGoneError extends Error {
  override readonly name = 'ClientGoneError';
}

const isJson = (contentType: string | undefined): boolean => {
  if (contentType === 'application/json') return true;
  if (contentType === undefined) return false;
  const [type = '', ...parameters] = contentType.split(';').map((part) => part.trim().toLowerCase());
  const charset = parameters.find((parameter) => parameter.startsWith('charset='))?.slice('charset='.length);
  return type === 'application/json' && (charset === undefined || charset === 'utf-8' || charset === '"utf-8"');
};

const tooLarge = () => new Problem('PAYLOAD_TOO_LARGE', { limitBytes: limits.bodyBytes });

const nothing = Buffer.alloc(0);

const collect = (request: IncomingMessage): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    let first: Buffer | undefined;
    let rest: Buffer[] | undefined;
    let length = 0;
    const onData = (chunk: Buffer) => {
      length += chunk.length;
      if (length > limits.bodyBytes) {
        request.off('data', onData);
        reject(tooLarge());
      } else if (first === undefined) first = chunk;
      else (rest ??= [first]).push(chunk);
    };
    request.on('data', onData);
    request.on('end', () => {
      resolve(rest === undefined ? (first ?? nothing) : Buffer.concat(rest, length));
    });
    request.on('error', () => {
      reject(new ClientGoneError());
    });
  });

const quote = 34; // "
const backslash = 92;

/** Where the string that opens at `start` ends: the index of its closing quote. */
const endOfString = (text: string, start: number): number => {
  let end = text.indexOf('"', start + 1);
  for (;;) {
    let escapes = 0;
    while (text.charCodeAt(end - 1 - escapes) === backslash) escapes += 1;
    if (escapes % 2 === 0) return end;
    end = text.indexOf('"', end + 1);
  }
};

const isSpace = (code: number) => code === 32 || code === 10 || code === 13 || code === 9;

/** The text between the quotes as the string that it stands for. */
const keyOf = (text: string, start: number, end: number): string => {
  const raw = text.slice(start + 1, end);
  return raw.includes('\\') ? String(JSON.parse(`"${raw}"`)) : raw;
};

const isPlainText = (text: string): boolean => {
  const open: (Set<string> | undefined)[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === quote) {
      const start = at;
      at = endOfString(text, at);
      const keys = open[open.length - 1];
      if (keys === undefined) continue;
      let next = at + 1;
      while (isSpace(text.charCodeAt(next))) next += 1;
      if (text.charCodeAt(next) !== 58) continue; // a value, not a key: no colon follows
      const key = keyOf(text, start, at);
      if (keys.has(key)) return false;
      keys.add(key);
    } else if (code === 123 || code === 91) {
      if (open.push(code === 123 ? new Set() : undefined) > limits.bodyDepth) return false; // { or [
    } else if (code === 125 || code === 93) open.pop(); // } or ]
  }
  return true;
};

/** Keys of all objects in a value that JSON.parse made; Infinity where it is nested deeper than `mostDepth`. */
const keysIn = (value: unknown, mostDepth: number): number => {
  if (typeof value !== 'object' || value === null) return 0;
  if (mostDepth === 0) return Infinity;
  let keys = 0;
  if (Array.isArray(value)) for (const item of value) keys += keysIn(item, mostDepth - 1);
  else for (const inner of Object.values(value)) keys += 1 + keysIn(inner, mostDepth - 1);
  return keys;
};

const colonsIn = (text: string): number => {
  let colons = 0;
  for (let at = text.indexOf(':'); at >= 0; at = text.indexOf(':', at + 1)) colons += 1;
  return colons;
};

/**
 * False where text is nested too deep, or an object in it has one key twice (JSON.parse keeps the last, silently). `value` is what
 * JSON.parse made of it: a colon stands behind every key, so where no more colons stand in the text than keys came out none was lost,
 * and only text with colons in strings is left to walk through.
 */
export const isPlainJson = (text: string, value: unknown): boolean =>
  colonsIn(text) === keysIn(value, limits.bodyDepth) || isPlainText(text);

const parse = (text: string): unknown => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Problem('MALFORMED_JSON');
  }
  if (!isPlainJson(text, value)) throw new Problem('MALFORMED_JSON');
  return value;
};

const isReadable = ({ headers }: IncomingMessage): boolean => headers['content-encoding'] === undefined && isJson(headers['content-type']);

/** The text of UTF-8; undefined where it is none. ASCII, which most bodies are, is copied as it is. */
const textOf = (bytes: Buffer): string | undefined =>
  isAscii(bytes) ? bytes.toString('latin1') : isUtf8(bytes) ? bytes.toString('utf8') : undefined;

/**
 * All bytes of a body, none where there is no body. They are counted as they come, so that no client decides how much memory it takes.
 * @throws Problem `PAYLOAD_TOO_LARGE`; ClientGoneError where the client broke off
 */
export const readBody = (request: IncomingMessage): Buffer | Promise<Buffer> => {
  const { 'content-length': length = '0', 'transfer-encoding': coding } = request.headers;
  if (Number(length) > limits.bodyBytes) throw tooLarge();
  return coding === undefined && Number(length) === 0 ? nothing : collect(request);
};

/**
 * The JSON in a body; an absent one is `{}`.
 * @throws Problem `UNSUPPORTED_MEDIA_TYPE`, `MALFORMED_JSON`
 */
export const jsonOf = (request: IncomingMessage, bytes: Buffer): unknown => {
  if (bytes.length === 0) return {};
  const text = isReadable(request) ? textOf(bytes) : undefined;
  if (text === undefined) throw new Problem('UNSUPPORTED_MEDIA_TYPE');
  return parse(text);
};
