import { isUtf8 } from 'node:buffer';
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

/** Bytes are counted as they come, so that no client decides how much memory it takes. */
const readBytes = (request: IncomingMessage): Promise<Buffer> =>
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
      resolve(rest === undefined ? (first ?? Buffer.alloc(0)) : Buffer.concat(rest, length));
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

/** Walks text that JSON.parse took: false where it is nested too deep, or an object has one key twice (JSON.parse keeps the last, silently). */
export const isPlainJson = (text: string, mostDepth: number = limits.bodyDepth): boolean => {
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
      if (open.push(code === 123 ? new Set() : undefined) > mostDepth) return false; // { or [
    } else if (code === 125 || code === 93) open.pop(); // } or ]
  }
  return true;
};

const parse = (text: string): unknown => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Problem('MALFORMED_JSON');
  }
  if (!isPlainJson(text)) throw new Problem('MALFORMED_JSON');
  return value;
};

const isReadable = ({ headers }: IncomingMessage, bytes: Buffer): boolean =>
  headers['content-encoding'] === undefined && isJson(headers['content-type']) && isUtf8(bytes);

/**
 * The JSON body; an absent one is `{}`.
 * @throws Problem `PAYLOAD_TOO_LARGE`, `UNSUPPORTED_MEDIA_TYPE`, `MALFORMED_JSON`; ClientGoneError where the client broke off
 */
export const readJsonBody = async (request: IncomingMessage): Promise<unknown> => {
  const { 'content-length': length = '0', 'transfer-encoding': coding } = request.headers;
  if (Number(length) > limits.bodyBytes) throw tooLarge();
  if (coding === undefined && Number(length) === 0) return {};
  const bytes = await readBytes(request);
  if (bytes.length === 0) return {}; // in chunks, and there was none
  if (!isReadable(request, bytes)) throw new Problem('UNSUPPORTED_MEDIA_TYPE');
  return parse(bytes.toString('utf8'));
};
