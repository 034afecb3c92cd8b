import type { Route } from '@shop/http';
import { bearer } from '../processes/token.js';
import type { Chance } from './chance.js';
import { asRequest, bodyOf, type Draft, type FuzzRequest } from './draft.js';
import type { AuthMode } from './valid-request.js';
import type { Json } from './valid-value.js';

/** One change to a valid request; undefined where it does not apply. */
export type Mutation = (draft: Draft, chance: Chance, mode: AuthMode) => FuzzRequest | undefined;

type Change = Partial<Pick<FuzzRequest, 'route' | 'method' | 'path' | 'headers' | 'body'>>;
/** @param refusedWith the statuses that it must come to; none: whatever is documented */
const changed = (draft: Draft, about: string, change: Change, refusedWith?: readonly number[]): FuzzRequest => ({
  ...asRequest(draft, about),
  ...change,
  ...(refusedWith && { refusedWith }),
});

const isPersonal = ({ access }: Route): boolean => access.kind === 'self' || access.kind === 'path-user';
const isRecord = (value: Json | undefined): value is { readonly [name: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const oddities: readonly Json[] = [
  null, true, false, '', '5', 'a\0b', '\ud800', '\u202e', 'x'.repeat(300), 0, -1, 1.5, 1e308, -1e308, 2 ** 53, 2 ** 53 + 2, -(2 ** 53), [], {}, [[]], [null],
  { $ne: '' }, { $gt: 0 }, ['u1'], { __proto__: null }, 'constructor', "'; DROP TABLE events; --", '../../etc/passwd', '{{7*7}}', 1_000_000_001, 1_000_000_000_001, 10_001,
]; // prettier-ignore

type Site = { readonly path: string; readonly replace: (value: Json | undefined) => Json };
/** Every place in a value, with how to put something else there; undefined takes it out. */
const sitesIn = (value: Json, path: string, rebuild: (changed: Json) => Json): readonly Site[] => {
  if (Array.isArray(value)) {
    const entries: readonly Json[] = value;
    return entries.flatMap((entry, index) => {
      const put = (other: Json | undefined) =>
        rebuild(entries.flatMap((each, at) => (at !== index ? [each] : other === undefined ? [] : [other])));
      return [{ path: `${path}/${index}`, replace: put }, ...sitesIn(entry, `${path}/${index}`, put)];
    });
  }
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([name, entry]) => {
    const put = (other: Json | undefined) =>
      rebuild(
        Object.fromEntries(
          Object.entries(value).flatMap(([each, kept]): [string, Json][] =>
            each !== name ? [[each, kept]] : other === undefined ? [] : [[each, other]],
          ),
        ),
      );
    return [{ path: `${path}/${name}`, replace: put }, ...sitesIn(entry, `${path}/${name}`, put)];
  });
};

/** The schema says whether a body is bad; who is named in it is another matter. */
const withBody = (draft: Draft, body: Json, about: string): FuzzRequest => {
  const isBad = draft.route.body?.safeParse(body).success === false;
  return changed(draft, about, { body: bodyOf({ body }) }, isBad ? [400] : undefined);
};

const replaceInBody: Mutation = (draft, { of }) => {
  if (draft.body === undefined) return undefined;
  const sites = sitesIn(draft.body, '', (value) => value);
  if (sites.length === 0) return undefined;
  const [site, oddity] = [of(sites), of(oddities)];
  return withBody(draft, site.replace(oddity), `${JSON.stringify(oddity).slice(0, 40)} at ${site.path}`);
};
const removeFromBody: Mutation = (draft, { of }) => {
  if (draft.body === undefined) return undefined;
  const sites = sitesIn(draft.body, '', (value) => value);
  if (sites.length === 0) return undefined;
  const site = of(sites);
  return withBody(draft, site.replace(undefined), `${site.path} left out`);
};
const addToBody: Mutation = (draft, { of }) => {
  if (!isRecord(draft.body)) return undefined;
  const name = of(['price', 'status', 'totalAmount', 'isAdmin', 'constructor', 'toString', '', 'userid', '$where', '가']);
  return withBody(draft, { ...draft.body, [name]: of(oddities) }, `unknown field ${name}`);
};
const wholeBody: Mutation = (draft, { of }) => {
  if (draft.body === undefined) return undefined;
  const body = of<Json>([null, [], 'text', 5, true, [draft.body]]);
  return changed(draft, `body is ${JSON.stringify(body).slice(0, 20)}`, { body: bodyOf({ body }) }, [400]);
};

const deep = (levels: number): string => `${'['.repeat(levels)}${']'.repeat(levels)}`;
/** Texts that no JSON value can be turned into. */
const rawTexts: readonly (readonly [about: string, text: (json: string) => string | Buffer, refusedWith: readonly number[]])[] = [
  ['cut short', (json) => json.slice(0, -1), [400]],
  ['something behind it', (json) => `${json}x`, [400]],
  ['a key twice', (json) => json.replace('{', '{"a":1,"a":1,'), [400]],
  ['__proto__', (json) => json.replace('{', json === '{}' ? '{"__proto__":{"x":1}' : '{"__proto__":{"x":1},'), [400]],
  ['1e400', (json) => json.replace('{', json === '{}' ? '{"a":1e400' : '{"a":1e400,'), [400]],
  ['NaN', (json) => json.replace('{', json === '{}' ? '{"a":NaN' : '{"a":NaN,'), [400]],
  ['nested 17 deep', () => `{"items":${deep(17)}}`, [400]],
  ['nested 5,000 deep', () => deep(5_000), [400]],
  [
    'bytes that are no UTF-8',
    (json) => Buffer.concat([Buffer.from(json.slice(0, -1)), Buffer.from([0xc3, 0x28, 0xff]), Buffer.from('}')]),
    [415],
  ],
  ['a lone surrogate, escaped', (json) => json.replace('{', json === '{}' ? '{"reason":"\\ud800"' : '{"\\ud800":1,'), [400]],
  ['more than 32 KiB', (json) => json.replace('{', `{${' '.repeat(33_000)}`), [413]],
  ['nothing but space', () => '   ', [400]],
  ['another encoding', (json) => Buffer.from(json, 'utf16le'), [400, 415]],
];
const rawBody: Mutation = (draft, { of }) => {
  const body = bodyOf(draft);
  if (!body) return undefined;
  const [about, text, refusedWith] = of(rawTexts);
  return changed(draft, `body: ${about}`, { body: Buffer.from(text(body.toString())) }, refusedWith);
};

const mediaType: Mutation = (draft, { of }) => {
  if (draft.body === undefined) return undefined;
  const [name, value] = of([
    ['content-type', 'text/plain'],
    ['content-type', 'application/x-www-form-urlencoded'],
    ['content-type', 'application/json; charset=utf-16'],
    ['content-type', 'multipart/form-data; boundary=x'],
    ['content-type', ''],
    ['content-encoding', 'gzip'],
    ['content-encoding', 'br'],
  ] as const);
  return changed(draft, `${name}: ${value}`, { headers: { ...draft.headers, [name]: value } }, [415]);
};

const schemaTakes = (draft: Draft, query: Draft['query']): boolean =>
  draft.route.query?.safeParse(Object.fromEntries(query)).success ?? query.length === 0;
const queryValue: Mutation = (draft, { of }) => {
  const names = Object.keys(draft.route.query?.shape ?? {});
  if (names.length === 0) return undefined;
  const name = of(names);
  const value = of([
    '',
    ' ',
    '-1',
    '0',
    '01',
    '1e3',
    '1.0',
    '+1',
    '9'.repeat(25),
    '101',
    'true ',
    'TRUE',
    'yes',
    'null',
    '2026-13-01T00:00:00Z',
    '2026-01-05',
    'a\0',
    'x'.repeat(1_500),
    '%',
    '2999-01-01T00:00:00Z',
    "'",
    '%F0%9F',
  ]);
  const query = [...draft.query.filter(([each]) => each !== name), [name, value] as const];
  const refusedWith = schemaTakes(draft, query) ? undefined : [400];
  return changed({ ...draft, query }, `?${name}=${value.slice(0, 30)}`, {}, refusedWith);
};
const queryForm: Mutation = (draft, { of }) => {
  const { path } = asRequest(draft);
  const join = path.includes('?') ? '&' : '?';
  const [about, added] = of([
    ['an unknown parameter', 'unknown=1'],
    ['__proto__', '__proto__=1'],
    ['a parameter twice', 'limit=1&limit=1'],
    ['a list', 'limit[]=1'],
    ['broken encoding', 'limit=%zz'],
    ['half a character', 'limit=%E0%A4'],
  ] as const);
  return changed(draft, `query: ${about}`, { path: `${path}${join}${added}` }, [400]);
};

const pathForm: Mutation = (draft, { of }) => {
  const { path } = asRequest(draft);
  const [bare = '', question] = path.split('?', 2);
  const rest = question === undefined ? '' : `?${question}`;
  const [about, other] = of([
    ['a slash behind', `${bare}/`],
    ['two slashes', bare.replace('/', '//')],
    ['capitals', bare.replace(/[a-z]+/, (word) => word.toUpperCase())],
    ['one more step', `${bare}/x/y/z`],
    ['dots', `${bare}/../../../etc/passwd`],
    ['another path', `/${bare.length}-nowhere`],
  ] as const);
  return changed(draft, `path: ${about}`, { path: `${other}${rest}`, route: undefined }, [400, 401, 404, 405]);
};
const pathValue: Mutation = (draft, { of }) => {
  const names = Object.keys(draft.params);
  if (names.length === 0) return undefined;
  const name = of(names);
  const value = of([
    'a b',
    'ü',
    'a\0',
    '한글',
    'x'.repeat(200),
    '.',
    '..',
    'top',
    'cart',
    '%',
    'a/b',
    '\ud83d\ude00',
    '$where',
    'a;b',
    '-1',
    '',
  ]);
  const params = { ...draft.params, [name]: value };
  const isBad = draft.route.params?.safeParse(params).success === false;
  // Another path altogether, where the value is one of its words.
  const isElsewhere = ['', '.', '..', 'top', 'cart'].includes(value);
  const { path } = asRequest({ ...draft, params });
  return changed(
    draft,
    `/:${name} = ${value.slice(0, 20)}`,
    { path, ...(isElsewhere && { route: undefined }) },
    isBad && !isElsewhere ? [400] : undefined,
  );
};
const brokenPath: Mutation = (draft, { of }) => {
  const [name] = Object.keys(draft.params);
  if (name === undefined) return undefined;
  const { path } = asRequest({ ...draft, params: { ...draft.params, [name]: 'BROKEN' } });
  return changed(
    draft,
    'path: broken encoding',
    { path: path.replace('BROKEN', of(['%zz', '%', '%E0%A4', '%C0%AF'])), route: undefined },
    [400],
  );
};
const otherMethod: Mutation = (draft, { of }) =>
  changed(draft, 'another method', { method: of(['TRACE', 'OPTIONS', 'PROPFIND', 'LOCK']), route: undefined }, [404, 405]);

const header = (draft: Draft, name: string, value: string, refusedWith?: readonly number[]): FuzzRequest =>
  changed(draft, `${name}: ${value.slice(0, 40)}`, { headers: { ...draft.headers, [name]: value } }, refusedWith);

const keyHeader: Mutation = (draft, { of }) =>
  draft.route.idempotency === undefined
    ? undefined
    : header(draft, 'idempotency-key', of(['a b', '""', 'k'.repeat(256), 'k\u00e9', '" "']), [400]);
const matchHeader: Mutation = (draft, { of }) => {
  if (draft.route.method === 'get') return header(draft, 'if-match', '"1"');
  if (draft.route.ifMatch !== true) return header(draft, 'if-match', '"1"', [400]);
  return header(draft, 'if-match', of(['1', 'W/"1"', '"a"', '"1", "2"', '"01"', '"1.a b"', '"99999999999999999"', '']), [400]);
};
const consistencyHeader: Mutation = (draft, { of }) => {
  if (draft.route.method !== 'get') return header(draft, 'consistency', 'sometimes');
  const headers = { ...draft.headers, consistency: 'strong' };
  const [name, value] = of([
    ['consistency', 'STRONG'],
    ['consistency', 'sometimes'],
    ['consistency-token', 'xyz'],
    ['consistency-token', 'F'.repeat(16)],
    ['consistency-token', 'f'.repeat(16)],
    ['consistency-token', '7fffffffffffffff'],
    ['consistency-token', '8000000000000000'],
    ['consistency-token', ''],
  ] as const);
  return header({ ...draft, headers }, name, value, [400]);
};
const userHeader: Mutation = (draft, { of }) => header(draft, 'x-user-id', of(['a b', '..', 'x'.repeat(129), '', 'u\u00e4']), [400]);
const harmlessHeader: Mutation = (draft, { of }) => {
  const [name, value] = of([
    ['accept', 'text/html'],
    ['accept-language', ';;q=,,*;q=2'],
    ['traceparent', '00-zz-zz-01'],
    ['x-request-id', 'x'.repeat(500)],
    ['if-none-match', '*'],
    ['if-none-match', '"'],
    ['expect', '100-continue'],
    ['range', 'bytes=0-1'],
    ['x-http-method-override', 'DELETE'],
    ['x-forwarded-for', '1.2.3.4'],
    ['x-original-url', '/metrics'],
  ] as const);
  return header(draft, name, value);
};
const hugeHeaders: Mutation = (draft) =>
  changed(draft, 'headers of 9 KB', { headers: { ...draft.headers, 'x-long': 'x'.repeat(9_000) }, route: undefined }, [431]);

/** Two names in one request, where no token says which of them counts. */
const otherUser: Mutation = (draft, { of }, mode) => {
  const { route, user, headers, params } = draft;
  if (!isPersonal(route) || user === undefined) return undefined;
  const names = 'userId' in params || draft.query.some(([name]) => name === 'userId') || (isRecord(draft.body) && 'userId' in draft.body);
  const { 'x-user-id': _, ...rest } = headers;
  if (mode === 'off') return names && !('userId' in params) ? header(draft, 'x-user-id', 'somebody.else', [400]) : undefined;
  const someone = of([bearer({ sub: 'somebody.else' }), bearer({ sub: 'somebody.else', scope: 'ops:read catalog:write' })]);
  const others = { ...rest, authorization: someone };
  // Who names nobody acts for himself.
  return changed(draft, "another's token", { headers: others }, names ? [403] : undefined);
};
const badToken: Mutation = (draft, { of }, mode) => {
  const { route, user = 'operator', headers } = draft;
  if (mode === 'off' || route.access.kind === 'public') return undefined;
  const good = bearer({ sub: user, scope: 'ops:read' });
  const { authorization: _, ...rest } = headers;
  const [about, authorization] = of([
    ['no token', undefined],
    ['an expired token', bearer({ sub: user, exp: 1_700_000_000 })],
    ['a token for another audience', bearer({ sub: user, aud: 'bank' })],
    ['a token of nobody', bearer({ sub: '' })],
    ['a token that was changed', `${good.slice(0, -3)}AAA`],
    ['a token without a signature', `${good.split('.', 2).join('.')}.`],
    ['no bearer', good.replace('Bearer', 'Basic')],
    ['garbage', 'Bearer garbage'],
  ] as const);
  return changed(draft, about, { headers: authorization === undefined ? rest : { ...rest, authorization } }, [401]);
};
const lackingScope: Mutation = (draft, _, mode) => {
  if (mode === 'off' || draft.route.access.kind !== 'scope') return undefined;
  return header(draft, 'authorization', bearer({ sub: 'u1', scope: 'users:read wallet:charge' }), [403]);
};

const mutations: readonly Mutation[] = [
  replaceInBody, replaceInBody, replaceInBody, removeFromBody, addToBody, wholeBody, rawBody, rawBody, mediaType, queryValue, queryValue, queryForm, pathForm, pathValue,
  brokenPath, otherMethod, keyHeader, matchHeader, consistencyHeader, userHeader, harmlessHeader, hugeHeaders, otherUser, badToken, badToken, lackingScope,
]; // prettier-ignore

/** A valid request with one thing changed. */
export const mutated = (draft: Draft, chance: Chance, mode: AuthMode): FuzzRequest => {
  for (;;) {
    const request = chance.of(mutations)(draft, chance, mode);
    if (request) return request;
  }
};
