import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { userIdText } from './contract/index.js';
import { inputErrors, invalidInput, type InputError } from './input-errors.js';
import { Problem } from './problem.js';
import type { Consistency } from './route.js';

export const locales = ['ko', 'en'] as const;
export type Locale = (typeof locales)[number];

const visibleAscii = (most: number) => new RegExp(`^[\\x21-\\x7e]{1,${most}}$`);
const requestIdForm = visibleAscii(128);
const keyForm = visibleAscii(255);
const positionForm = /^[0-9a-f]{16}$/;
const traceparentForm = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;
/** An ETag of a product or cart, or its revision alone; what follows the point is not compared. */
const revisionTag = /^"(0|[1-9][0-9]{0,14})(?:\.[A-Za-z0-9_-]+)?"$/;

const one = (value: string | string[] | undefined): string | undefined => (Array.isArray(value) ? value.join(', ') : value);

export const requestIdOf = (headers: IncomingHttpHeaders, newId: () => string): string => {
  const sent = one(headers['x-request-id']);
  return sent !== undefined && requestIdForm.test(sent) ? sent : newId();
};

/** W3C trace context; an invalid one is dropped, as the recommendation says. */
export const traceparentOf = (headers: IncomingHttpHeaders): string | undefined => {
  const sent = one(headers['traceparent']);
  return sent !== undefined && traceparentForm.test(sent) ? sent : undefined;
};

/** @throws Problem `IDEMPOTENCY_KEY_INVALID` */
export const idempotencyKeyOf = (headers: IncomingHttpHeaders): string | undefined => {
  const sent = one(headers['idempotency-key']);
  if (sent === undefined) return undefined;
  const key = sent.length > 1 && sent.startsWith('"') && sent.endsWith('"') ? sent.slice(1, -1) : sent;
  if (!keyForm.test(key)) throw new Problem('IDEMPOTENCY_KEY_INVALID');
  return key;
};

const strong: Consistency = { level: 'strong' };
const eventual: Consistency = { level: 'eventual' };
const headerError = (name: string, code: InputError['code'], details: Omit<InputError, 'in' | 'path' | 'code'>): InputError => ({
  in: 'header',
  path: [name],
  code,
  ...details,
});
const levels = ['strong', 'session', 'eventual'] as const;

/** @throws Problem `CONSISTENCY_TOKEN_INVALID`, `VALIDATION_FAILED` */
export const consistencyOf = (headers: IncomingHttpHeaders): Consistency => {
  const level = one(headers['consistency']);
  const token = one(headers['consistency-token']);
  if (level === undefined && token === undefined) return strong;
  if (level !== undefined && level !== 'strong' && level !== 'session' && level !== 'eventual')
    throw invalidInput(headerError('consistency', 'not_allowed', { values: levels }));
  if (token !== undefined && !positionForm.test(token)) throw new Problem('CONSISTENCY_TOKEN_INVALID');
  if (level === 'eventual') return eventual;
  if (token !== undefined) return { level: level ?? 'strong', token };
  if (level === 'session') throw new Problem('CONSISTENCY_TOKEN_INVALID');
  return strong;
};

/** @throws Problem `VALIDATION_FAILED` where it is no ETag with a revision, or the write judges none */
export const ifMatchOf = (headers: IncomingHttpHeaders, judged: boolean): '*' | number | undefined => {
  const sent = headers['if-match'];
  if (sent === undefined) return undefined;
  if (!judged) throw invalidInput(headerError('if-match', 'not_allowed', { rule: 'not_judged' }));
  if (sent === '*') return '*';
  const revision = revisionTag.exec(sent)?.[1];
  if (revision === undefined) throw invalidInput(headerError('if-match', 'invalid_format', { rule: 'entity_tag' }));
  return Number(revision);
};

/** @throws Problem `VALIDATION_FAILED` */
export const userHeaderOf = (headers: IncomingHttpHeaders): string | undefined => {
  const sent = one(headers['x-user-id']);
  if (sent === undefined) return undefined;
  const parsed = userIdText.safeParse(sent);
  if (parsed.success) return parsed.data;
  throw invalidInput(...inputErrors('header', parsed.error, sent).map((error) => ({ ...error, path: ['x-user-id'] })));
};

/** Weak comparison (RFC 9110, 13.1.2): a proxy that compressed the answer has weakened its tag. */
export const isKnownTo = (headers: IncomingHttpHeaders, etag: string): boolean => {
  const sent = headers['if-none-match'];
  if (sent === undefined) return false;
  return sent === '*' || sent.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag);
};

/** The best liked of the languages that there are texts in. */
export const localeOf = (headers: IncomingHttpHeaders, otherwise: Locale): Locale => {
  const sent = headers['accept-language'];
  if (sent === undefined) return otherwise;
  let best: { readonly locale: Locale; readonly weight: number } | undefined;
  for (const range of sent.split(',')) {
    const [tag = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const weight = Number(parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? 1);
    const locale = tag === '*' ? otherwise : locales.find((known) => tag === known || tag.startsWith(`${known}-`));
    if (locale !== undefined && weight > (best?.weight ?? 0)) best = { locale, weight };
  }
  return best?.locale ?? otherwise;
};

/** Node keeps the first of two and says nothing; `name` in lower case. */
const isSentTwice = (rawHeaders: readonly string[], name: string): boolean => {
  let times = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const sent = rawHeaders[at];
    if (sent?.length === name.length && sent.toLowerCase() === name) times += 1;
  }
  return times > 1;
};

/** @throws Problem `VALIDATION_FAILED` where there are two: which of them counts would be a guess */
export const authorizationOf = ({ headers, rawHeaders }: Pick<IncomingMessage, 'headers' | 'rawHeaders'>): string | undefined => {
  const { authorization } = headers;
  if (authorization !== undefined && isSentTwice(rawHeaders, 'authorization'))
    throw invalidInput(headerError('authorization', 'not_allowed', { rule: 'once' }));
  return authorization;
};
