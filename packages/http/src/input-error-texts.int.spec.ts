import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { adjustStock, bind, invalidInput, listOrders, listProducts, listTransactions, problemDocument } from './index.js';
import { fakeRoutes, serviceOf, startShop, type FakeShop } from './testing/fake-shop.js';

let shop: FakeShop;
beforeAll(async () => {
  const unreached = async () => Promise.reject(new Error('what is wrong never gets here'));
  const others = [
    bind(adjustStock, unreached),
    bind(listOrders, unreached),
    bind(listProducts, unreached),
    bind(listTransactions, unreached),
  ];
  shop = await startShop({}, { services: [serviceOf([...fakeRoutes([]), ...others])] });
});
afterAll(async () => {
  await shop.stop();
});

const errors = z.object({ errors: z.array(z.object({ path: z.string(), code: z.string(), message: z.string() })) });
const told = (body: unknown) => errors.parse(body).errors.map(({ path, code, message }) => `${code} ${path}: ${message}`);
type Sent = { readonly path: string; readonly body?: string; readonly headers?: Readonly<Record<string, string>> };
const ask = async (language: string, { path, body, headers = {} }: Sent) => {
  const answer = await fetch(shop.url + path, {
    headers: { 'accept-language': language, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { method: 'POST', body }),
  });
  return told(await answer.json());
};
const charge = (fields: string): Sent => ({ path: '/balance/charge', body: fields });
const adjust = (fields: string): Sent => ({ path: '/products/mug/stock-adjustments', body: fields });

const cases: readonly (readonly [string, Sent, RegExp, RegExp])[] = [
  ['a whole number', charge('{"amount":"5"}'), /^invalid_type \/amount: .*whole number/, /정수/],
  ['a whole number again', { path: '/products?limit=1.5' }, /^invalid_type \/limit: .*whole number/, /정수/],
  ['a text', charge('{"userId":true,"amount":1}'), /^invalid_type \/userId: .*text/, /문자열/],
  ['a list', { path: '/orders', body: '{"items":{}}' }, /^invalid_type \/items: .*list/, /목록/],
  ['an object', charge('[]'), /^invalid_type : .*object/, /객체/],
  ['true or false', { path: '/products?inStock=yes' }, /^invalid_type \/inStock: .*true or false/, /true.*false/],
  ['what is missing', charge('{}'), /^required \/amount: .*whole number/, /정수/],
  [
    'the letters of a user id',
    charge('{"userId":"a b","amount":1}'),
    /^invalid_format \/userId: .*1–128 of A–Z a–z 0–9 \. _ ~ : @ \| \+ = -/,
    /1–128/,
  ],
  ['the letters of a user id in a path', { path: '/balance/a%20b' }, /^invalid_format \/userId: .*1–128 of/, /1–128/],
  [
    'the letters of a user id in a header',
    { path: '/orders/cart', headers: { 'x-user-id': 'a b' } },
    /^invalid_format \/x-user-id: .*1–128 of/,
    /1–128/,
  ],
  ['the letters of a product id', { path: '/products/a:b' }, /^invalid_format \/productId: .*1–64 of A–Z a–z 0–9 \. _ ~ -/, /1–64/],
  [
    'the form of a time, and what becomes of a plus',
    { path: '/products/top?asOf=2026-01-05T12:04:05+09:00' },
    /^invalid_format \/asOf: .*RFC 3339.*2026-01-05T03:04:05Z.*\+ must be sent as %2B/,
    /RFC 3339.*%2B/,
  ],
  ['the encoding of a path', { path: '/products/%ff' }, /^invalid_format : .*percent-encoded UTF-8/, /UTF-8/],
  ['the encoding of a query', { path: '/products?q=%ff' }, /^invalid_format \/q: .*percent-encoded UTF-8/, /UTF-8/],
  ['the biggest charge', charge('{"amount":1000000000001}'), /^too_big \/amount: .*at most 1000000000000\b/, /1000000000000\b/],
  [
    'the biggest charge, where the number is beyond every number',
    charge('{"amount":9007199254740993}'),
    /^too_big \/amount: .*at most 1000000000000\b/,
    /1000000000000\b/,
  ],
  [
    'the biggest charge, of an endless number',
    charge('{"amount":1e999}'),
    /^too_big \/amount: .*at most 1000000000000\b/,
    /1000000000000\b/,
  ],
  ['the smallest charge', charge('{"amount":-1e999}'), /^too_small \/amount: .*at least 1\b/, /1 이상/],
  [
    'how long a text is',
    { path: '/products', body: `{"name":"${'a'.repeat(201)}","price":1}` },
    /^too_big \/name: .*200 characters/,
    /200자/,
  ],
  ['how long an id is', { path: `/products/${'p'.repeat(65)}` }, /^too_big \/productId: .*64 characters/, /64자/],
  ['how long a list is', { path: '/orders', body: '{"items":[]}' }, /^too_small \/items: .*at least 1 entr/, /1개/],
  [
    'the sum of a product’s lines',
    {
      path: '/orders',
      body: '{"items":[{"productId":"mug","quantity":9999},{"productId":"mug","quantity":2}]}',
    },
    /^too_big \/items\/1\/quantity: .*10000/,
    /10000/,
  ],
  [
    'every order there is',
    { path: '/products?sort=stock' },
    /^not_allowed \/sort: .*createdAt, -createdAt, price, -price, name, -name/,
    /-createdAt/,
  ],
  ['every type there is', { path: '/balance/u1/transactions?type=x' }, /^not_allowed \/type: .*CHARGE, PAYMENT, REFUND/, /CHARGE/],
  ['every status there is', { path: '/orders?status=x' }, /^not_allowed \/status: .*PAID, CANCELLED/, /PAID/],
  [
    'every level there is',
    { path: '/products/mug', headers: { consistency: 'x' } },
    /^not_allowed \/consistency: .*strong, session, eventual/,
    /eventual/,
  ],
  ['that once is enough', { path: '/products/top?limit=5&limit=5' }, /^not_allowed \/limit: .*only once/, /한 번/],
  ['that nothing is no change', adjust('{"delta":0,"reason":"x"}'), /^not_allowed \/delta: .*not be 0/, /0/],
  [
    'which ids are taken',
    { path: '/products', body: '{"productId":"top","name":"n","price":1}' },
    /^not_allowed \/productId: .*top/,
    /top/,
  ],
  ['which id is no id', charge('{"userId":"..","amount":1}'), /^not_allowed \/userId: .*\. or \.\./, /\.\./],
  [
    'whose request it is',
    { path: '/orders/cart?userId=u1', headers: { 'x-user-id': 'u2' } },
    /^not_allowed \/x-user-id: .*userId/,
    /userId/,
  ],
  [
    'where If-Match counts',
    { ...charge('{"userId":"u1","amount":1}'), headers: { 'if-match': '"3"' } },
    /^not_allowed \/if-match: .*no If-Match/,
    /If-Match/,
  ],
];

describe('a refused value', () => {
  it.each(cases)('names %s', async (_, sent, english, korean) => {
    const [en, ko] = [await ask('en', sent), await ask('ko', sent)];
    expect(en).toHaveLength(1);
    expect(en[0]).toMatch(english);
    expect(ko[0]).toMatch(korean);
    expect(ko[0]).toMatch(/[가-힣]/);
  });

  it('names both, where an adjustment contradicts itself and has no reason', async () => {
    const said = await ask('en', adjust('{"delta":1,"setTo":3}'));
    expect(said.sort()).toEqual([
      expect.stringMatching(/^not_allowed \/setTo: .*delta or setTo, not both/),
      expect.stringMatching(/^required \/reason: .*text/),
    ]);
    expect(await ask('en', adjust('{"reason":"x"}'))).toEqual([expect.stringMatching(/^required \/delta: .*delta or setTo/)]);
  });

  it('names the amount before it asks for a user', async () => {
    expect(await ask('en', charge('{}'))).toEqual([expect.stringMatching(/^required \/amount/)]);
  });

  it('names the rule also where only a handler can find out', () => {
    const message = (path: string, code: 'too_big' | 'invalid_format') =>
      told(problemDocument(invalidInput({ in: 'query', path: [path], code }), { locale: 'en', instance: '/', requestId: 'r' }))[0];
    expect(message('asOf', 'too_big')).toMatch(/not be in the future/);
    expect(message('cursor', 'invalid_format')).toMatch(/nextCursor/);
  });
});
